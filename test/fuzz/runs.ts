/** How often each property is tried: FUZZ_RUNS (`npm run fuzz`), else as often as the suite has time for. */
export const runs = (usual: number): { readonly numRuns: number } => ({
  numRuns: Number(process.env.FUZZ_RUNS ?? usual),
});
