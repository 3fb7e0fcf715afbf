/** Amounts that fit into a column of four cells. */

const SECOND_MS = 1_000;
const UNITS = [
  ['d', 86_400 * SECOND_MS],
  ['h', 3_600 * SECOND_MS],
  ['m', 60 * SECOND_MS],
] as const;

/** `3d`, `2h`, `45m`, `12s`: only the largest full unit. The detail shows the rest. */
export function coarseSpan(ms: number): string {
  const [name, unit] = UNITS.find(([, each]) => ms >= each) ?? ['s', SECOND_MS];
  return `${Math.floor(Math.max(0, ms) / unit)}${name}`;
}

const GIGA = 1_000;

/** Megabytes as displayed: values that look the same are the same. */
export function writtenMegabytes(bytes: number): number {
  const megabytes = Math.round(bytes / 1e6);
  if (megabytes < GIGA) return megabytes;
  return megabytes < 9_950 ? Math.round(megabytes / 100) * 100 : Math.round(megabytes / GIGA) * GIGA;
}

/** `<1M`, `61M`, `1.2G`, `12G`. */
export function memoryText(bytes: number): string {
  if (bytes < 1e6) return '<1M';
  const megabytes = writtenMegabytes(bytes);
  if (megabytes < GIGA) return `${megabytes}M`;
  return `${megabytes < 10 * GIGA ? (megabytes / GIGA).toFixed(1) : megabytes / GIGA}G`;
}
