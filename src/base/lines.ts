/** Splits a stream of bytes into lines, however it is chunked. It never holds more than `maxBytes`. */
export interface LineSplitter {
  /** Passes each line that ends in `chunk` to `take`, without its newline, in order. The chunk is not kept. */
  push(chunk: Uint8Array, take: (line: string) => void): void;
  /** Skips `chunk`: the lines that end in it, and the one that begins in it, are not taken. Returns how many ended. */
  skip(chunk: Uint8Array): number;
  /** The stream has ended: passes on the unfinished last line, if any. */
  end(take: (line: string) => void): void;
  /** A line has begun but not ended. */
  readonly open: boolean;
  /** How many lines were not taken because they were longer than `maxBytes` (`overlong: 'drop'`). */
  readonly dropped: number;
}

export interface LineLimits {
  readonly maxBytes: number;
  /** A longer line is dropped entirely and counted, or its first `maxBytes` are taken, with a mark and its length. */
  readonly overlong: 'drop' | 'clip';
}

export function lineSplitter({ maxBytes, overlong }: LineLimits): LineSplitter {
  let held = Buffer.alloc(0);
  let heldBytes = 0;
  /** The length of the unfinished line, kept or not. */
  let openBytes = 0;
  /** The rest of the unfinished line is ignored: its beginning was skipped. */
  let skipping = false;
  let dropped = 0;

  const keep = (part: Buffer): void => {
    openBytes += part.length;
    const room = maxBytes - heldBytes;
    if (room <= 0 || skipping) return;
    const kept = part.subarray(0, room);
    if (held.length < heldBytes + kept.length) {
      const larger = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(256, 2 * (heldBytes + kept.length))));
      held.copy(larger, 0, 0, heldBytes);
      held = larger;
    }
    kept.copy(held, heldBytes);
    heldBytes += kept.length;
  };

  const finish = (take: (line: string) => void): void => {
    if (skipping) dropped += 1;
    else deliver(held.toString('utf8', 0, heldBytes), openBytes, take);
    forget();
  };

  const deliver = (text: string, bytes: number, take: (line: string) => void): void => {
    if (bytes <= maxBytes) take(text);
    else if (overlong === 'clip') take(clipped(text, bytes));
    else dropped += 1;
  };

  const forget = (): void => {
    skipping = false;
    openBytes = heldBytes = 0;
    if (held.length > 4096) held = Buffer.alloc(0);
  };

  return {
    push(chunk, take) {
      const bytes = asBuffer(chunk);
      let from = 0;
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
        if (openBytes > 0 || skipping) {
          keep(bytes.subarray(from, at));
          finish(take);
        } else {
          deliver(bytes.toString('utf8', from, Math.min(at, from + maxBytes)), at - from, take);
        }
        from = at + 1;
      }
      if (from < bytes.length) keep(bytes.subarray(from));
    },
    skip(chunk) {
      const bytes = asBuffer(chunk);
      const ends = countLineEnds(bytes);
      if (bytes.length === 0) return 0;
      forget();
      skipping = bytes[bytes.length - 1] !== NEWLINE;
      return ends;
    },
    end(take) {
      if (openBytes > 0 || skipping) finish(take);
    },
    get open() {
      return openBytes > 0 || skipping;
    },
    get dropped() {
      return dropped;
    },
  };
}

export const NEWLINE = 10;

/** The same memory as a Buffer, whose searches are many times faster than a Uint8Array's. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function countLineEnds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** How many of the first `most` bytes are whole UTF-8 characters; anything that is not UTF-8 is cut anywhere. */
export function wholeCharacters(bytes: Buffer, most: number): number {
  if (bytes.length <= most) return bytes.length;
  for (let at = most; at > most - 4 && at > 0; at -= 1) {
    // The first byte of a character, or ASCII: 10xxxxxx continues a character.
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  }
  return most;
}

/** What is shown of a line too long to be shown whole. */
export function clipped(text: string, bytes: number): string {
  return `${text} … (a line of ${bytes} bytes)`;
}
