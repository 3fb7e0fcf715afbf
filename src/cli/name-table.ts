/** Found by trial with Node 20 and 22: with so many more the table is as large as all names of ours need it. */
const NAMES = 3_000;

/**
 * V8 keeps its names in one block of memory, and moves them to one of twice the size where they are too many. Where it does that while it
 * reads the program of a supervisor, the new block lies above the memory that the reading takes, and glibc gives nothing of that
 * back (malloc_trim(3)): 5 MiB for good. So it grows before, which takes 1 ms.
 */
export function growNameTable(): void {
  const names: Record<string, number> = {};
  for (let n = 0; n < NAMES; n += 1) names[`name ${n}`] = n;
}
