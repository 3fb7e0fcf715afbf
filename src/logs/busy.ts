import type { Holder, OpenLines } from './open-lines.ts';

/** A stream, and how it is read. */
export interface Paced extends Holder {
  /** When it was read last to the middle of a line. */
  halfAtMs: number;
}

/** A read of at least so much that ends in the middle of a line: more has been waiting. */
const BUSY_BYTES = 4096;
/** Reads to the middle of a line that follow each other within this time: so many that a SIGKILL may well come after one. */
const BUSY_MS = 1_000;

/**
 * Who is often read to the middle of a line, or has more waiting, is marked as busy: where a SIGKILL takes what was read of it, nobody
 * could tell whether the next read goes on with the line that had begun. The line of one who is busy is given up then. All others
 * are read so seldom that it goes on. A mark costs a write, and stays until the stream has been quiet, or whole, for a while.
 */
export class Busy {
  readonly #openLines: OpenLines;
  readonly #streams: readonly Paced[];
  readonly #nowMs: () => number;
  #calm: NodeJS.Timeout | null = null;

  constructor(openLines: OpenLines, streams: readonly Paced[], nowMs: () => number) {
    this.#openLines = openLines;
    this.#streams = streams;
    this.#nowMs = nowMs;
  }

  /** So much was read of it, and ends in the middle of a line. Before it is written. */
  readHalf(stream: Paced, bytes: number, atMs: number): void {
    if (bytes >= BUSY_BYTES || Math.abs(atMs - stream.halfAtMs) < BUSY_MS) {
      this.#openLines.setBusy(stream, true);
      this.#calmLater();
    }
    stream.halfAtMs = atMs;
  }

  close(): void {
    if (this.#calm !== null) clearTimeout(this.#calm);
    this.#calm = null;
  }

  #calmLater(): void {
    this.#calm ??= setTimeout(() => {
      this.#calm = null;
      const nowMs = this.#nowMs();
      for (const stream of this.#streams)
        if (Math.abs(nowMs - stream.halfAtMs) >= BUSY_MS) this.#openLines.setBusy(stream, false);
      if (this.#streams.some(({ busy }) => busy)) this.#calmLater();
    }, BUSY_MS).unref();
  }
}
