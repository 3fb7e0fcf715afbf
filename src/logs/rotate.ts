/**
 * The rules of rotation, pure. The current file is NAME.log; rotated files are NAME.log.1 (newest) … NAME.log.N (oldest), or
 * NAME.log.1.gz … if compressed. A file ends at a line end: it is rotated when the next line does not fit any more.
 */

/** A line up to this length is never cut; a longer one may be ended by a newline of ours. */
export const LINE_MAX_BYTES = 1024 * 1024;

export interface Room {
  readonly sizeBytes: number;
  /** How much of it belongs to an unfinished line at its end. */
  readonly openBytes: number;
  readonly maxSizeBytes: number;
}

export interface Portion {
  /** How many of the bytes, from their beginning, go into the current file now. */
  readonly bytes: number;
  /** The unfinished line is then ended because it is longer than `LINE_MAX_BYTES`. */
  readonly breakLine: boolean;
  /** The file is then rotated. */
  readonly rotate: boolean;
}

/** How much of `bytes` the current file still takes. A line begun in it is finished in it, even beyond its size. */
export function portion(bytes: Buffer, { sizeBytes, openBytes, maxSizeBytes }: Room): Portion {
  const room = maxSizeBytes - sizeBytes;
  if (bytes.length <= room) return { bytes: bytes.length, breakLine: false, rotate: false };
  const lastThatFits = room > 0 ? bytes.lastIndexOf(10, room - 1) : -1;
  if (lastThatFits !== -1) return { bytes: lastThatFits + 1, breakLine: false, rotate: true };
  if (openBytes === 0 && sizeBytes > 0) return { bytes: 0, breakLine: false, rotate: true };
  const end = bytes.indexOf(10);
  const lineBytes = openBytes + (end === -1 ? bytes.length : end);
  if (lineBytes > LINE_MAX_BYTES) {
    return { bytes: Math.max(0, LINE_MAX_BYTES - openBytes), breakLine: true, rotate: true };
  }
  return end === -1
    ? { bytes: bytes.length, breakLine: false, rotate: false }
    : { bytes: end + 1, breakLine: false, rotate: true };
}

/** A rotated file, identified by its name. */
export interface RotatedFile {
  readonly number: number;
  /** Compressed: NAME.log.3.gz. */
  readonly gz: boolean;
}

export type RotationStep =
  | { readonly do: 'remove'; readonly file: RotatedFile }
  /** Number 0 is the current file. There is nothing at `to`. */
  | { readonly do: 'rename'; readonly file: RotatedFile; readonly to: number };

const CURRENT: RotatedFile = { number: 0, gz: false };

/**
 * What rotation does, in this order, to the files that exist beside the current one (ascending, each number once). A gap in the numbers
 * (someone removed a file) is filled rather than kept. `kept` are those that exist afterwards.
 */
export function rotationSteps(
  existing: readonly RotatedFile[],
  maxFiles: number,
): { readonly steps: readonly RotationStep[]; readonly kept: readonly RotatedFile[] } {
  if (maxFiles === 0) return { steps: [...existing, CURRENT].map((file) => ({ do: 'remove', file })), kept: [] };
  const present = new Map(existing.map((file) => [file.number, file]));
  let free = 1;
  while (free < maxFiles && present.has(free)) free += 1;
  const removed = existing.filter(({ number }) => number > maxFiles || number === free);
  const steps: RotationStep[] = removed.map((file) => ({ do: 'remove', file }));
  const kept = existing.filter(({ number }) => number > free && number <= maxFiles);
  for (let to = free; to >= 1; to -= 1) {
    const file = present.get(to - 1) ?? CURRENT;
    steps.push({ do: 'rename', file, to });
    kept.unshift({ number: to, gz: file.gz });
  }
  return { steps, kept };
}

export function fileName(name: string, { number, gz }: RotatedFile): string {
  return `${name}${number === 0 ? '' : `.${number}`}${gz ? '.gz' : ''}`;
}

/** What `photos.log.3` and `photos.log.3.gz` are to the log `photos.log`; null for any other name. */
export function rotatedFile(name: string, entry: string): RotatedFile | null {
  if (!entry.startsWith(`${name}.`)) return null;
  const [, digits, gz] = /^([1-9][0-9]{0,8})(\.gz)?$/.exec(entry.slice(name.length + 1)) ?? [];
  return digits === undefined ? null : { number: Number(digits), gz: gz !== undefined };
}
