/**
 * The rules of turning over, pure. The current file is NAME.log; what was turned over is NAME.log.1 (newest) … NAME.log.N
 * (oldest). A file ends at a line end: it is turned over when the next line does not fit any more.
 */

/** A line is never cut as long as it is not longer than this; a longer one may be ended by a newline of ours. */
export const LINE_MAX_BYTES = 1024 * 1024;

export interface Room {
  readonly sizeBytes: number;
  /** How much of it belongs to an unfinished line at its end. */
  readonly openBytes: number;
  readonly maxSizeBytes: number;
}

export interface Portion {
  /** So much of the bytes, from their beginning, goes into the current file now. */
  readonly bytes: number;
  /** Then the unfinished line is ended, because it is longer than `LINE_MAX_BYTES`. */
  readonly breakLine: boolean;
  /** Then the file is turned over. */
  readonly turnOver: boolean;
}

/** How much of `bytes` the current file still takes. A line that has begun in it is finished in it, beyond its size. */
export function portion(bytes: Buffer, { sizeBytes, openBytes, maxSizeBytes }: Room): Portion {
  const room = maxSizeBytes - sizeBytes;
  if (bytes.length <= room) return { bytes: bytes.length, breakLine: false, turnOver: false };
  const lastThatFits = room > 0 ? bytes.lastIndexOf(10, room - 1) : -1;
  if (lastThatFits !== -1) return { bytes: lastThatFits + 1, breakLine: false, turnOver: true };
  if (openBytes === 0 && sizeBytes > 0) return { bytes: 0, breakLine: false, turnOver: true };
  const end = bytes.indexOf(10);
  const lineBytes = openBytes + (end === -1 ? bytes.length : end);
  if (lineBytes > LINE_MAX_BYTES) {
    return { bytes: Math.max(0, LINE_MAX_BYTES - openBytes), breakLine: true, turnOver: true };
  }
  return end === -1
    ? { bytes: bytes.length, breakLine: false, turnOver: false }
    : { bytes: end + 1, breakLine: false, turnOver: true };
}

export type TurnOverStep =
  | { readonly do: 'remove'; readonly number: number }
  /** Number 0 is the current file. `replaces`: `to` exists, and is the oldest, beyond what is kept. */
  | { readonly do: 'rename'; readonly from: number; readonly to: number; readonly replaces: boolean };

/**
 * What turning over does, in this order, to the files that exist beside the current one. A gap in the numbers (someone
 * removed a file) is filled instead of carried on. `kept` are the numbers that exist afterwards.
 */
export function turnOverSteps(
  existing: readonly number[],
  maxFiles: number,
): { readonly steps: readonly TurnOverStep[]; readonly kept: readonly number[] } {
  const present = new Set(existing);
  const steps: TurnOverStep[] = existing
    .filter((number) => number > maxFiles)
    .map((number) => ({ do: 'remove', number }));
  if (maxFiles === 0) return { steps: [...steps, { do: 'remove', number: 0 }], kept: [] };
  let free = 1;
  while (free < maxFiles && present.has(free)) free += 1;
  for (let to = free; to >= 1; to -= 1)
    steps.push({ do: 'rename', from: to - 1, to, replaces: to === free && present.has(to) });
  const kept = new Set([...existing.filter((number) => number <= maxFiles), free]);
  return { steps, kept: [...kept].sort((a, b) => a - b) };
}

export function rotatedName(name: string, number: number): string {
  return number === 0 ? name : `${name}.${number}`;
}

/** The number in `photos.log.3`, for the log `photos.log`; null for every other name. */
export function rotatedNumber(name: string, entry: string): number | null {
  if (!entry.startsWith(`${name}.`)) return null;
  const digits = entry.slice(name.length + 1);
  return /^[1-9][0-9]{0,8}$/.test(digits) ? Number(digits) : null;
}
