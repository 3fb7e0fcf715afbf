import type { Holder, OpenLines } from './open-lines.ts';

/** A stream and the way it is read. */
export interface Paced extends Holder {
  /** The last time a read ended in the middle of a line. */
  halfAtMs: number;
}

/** A read this large that ends in the middle of a line: more was waiting. */
const BUSY_BYTES = 4096;
/** Reads ending in the middle of a line this close together are so frequent that a SIGKILL may well follow one. */
const BUSY_MS = 1_000;

/**
 * A stream often read to the middle of a line, or with more waiting, is marked as busy: if a SIGKILL loses what was read from it, it is
 * unknown whether the next read continues the line that had begun. So the line of a busy stream is then given up. All others are read so
 * seldom that theirs continues. A mark costs a write, and stays until the stream has been quiet, or whole, for a while.
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

  /** This many bytes were read, ending in the middle of a line. Called before they are written. */
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
