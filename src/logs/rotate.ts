/**
 * The rules of turning over, pure. The current file is NAME.log; turned-over files are NAME.log.1 (newest) … NAME.log.N (oldest), or
 * NAME.log.1.gz … if compressed. A file ends at a line end: it is turned over when the next line does not fit any more.
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
  /** The file is then turned over. */
  readonly turnOver: boolean;
}

/** How much of `bytes` the current file still takes. A line begun in it is finished in it, even beyond its size. */
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

/** A turned-over file, identified by its name. */
export interface TurnedOverFile {
  readonly number: number;
  /** Compressed: NAME.log.3.gz. */
  readonly gz: boolean;
}

export type TurnOverStep =
  | { readonly do: 'remove'; readonly file: TurnedOverFile }
  /** Number 0 is the current file. There is nothing at `to`. */
  | { readonly do: 'rename'; readonly file: TurnedOverFile; readonly to: number };

const CURRENT: TurnedOverFile = { number: 0, gz: false };

/**
 * What turning over does, in this order, to the files that exist beside the current one (ascending, each number once). A gap in the numbers
 * (someone removed a file) is filled rather than kept. `kept` are those that exist afterwards.
 */
export function turnOverSteps(
  existing: readonly TurnedOverFile[],
  maxFiles: number,
): { readonly steps: readonly TurnOverStep[]; readonly kept: readonly TurnedOverFile[] } {
  if (maxFiles === 0) return { steps: [...existing, CURRENT].map((file) => ({ do: 'remove', file })), kept: [] };
  const present = new Map(existing.map((file) => [file.number, file]));
  let free = 1;
  while (free < maxFiles && present.has(free)) free += 1;
  const removed = existing.filter(({ number }) => number > maxFiles || number === free);
  const steps: TurnOverStep[] = removed.map((file) => ({ do: 'remove', file }));
  const kept = existing.filter(({ number }) => number > free && number <= maxFiles);
  for (let to = free; to >= 1; to -= 1) {
    const file = present.get(to - 1) ?? CURRENT;
    steps.push({ do: 'rename', file, to });
    kept.unshift({ number: to, gz: file.gz });
  }
  return { steps, kept };
}

export function fileName(name: string, { number, gz }: TurnedOverFile): string {
  return `${name}${number === 0 ? '' : `.${number}`}${gz ? '.gz' : ''}`;
}

/** What `photos.log.3` and `photos.log.3.gz` are to the log `photos.log`; null for any other name. */
export function turnedOverFile(name: string, entry: string): TurnedOverFile | null {
  if (!entry.startsWith(`${name}.`)) return null;
  const [, digits, gz] = /^([1-9][0-9]{0,8})(\.gz)?$/.exec(entry.slice(name.length + 1)) ?? [];
  return digits === undefined ? null : { number: Number(digits), gz: gz !== undefined };
}
