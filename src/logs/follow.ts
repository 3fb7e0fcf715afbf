import { lineSplitter, type LineSplitter } from '../base/lines.ts';
import { SHOWN_MAX_BYTES, type LogLine, type StreamName } from './line.ts';
import type { OpenLine } from './ring.ts';

/** How much waits for a slow follower; anything beyond is dropped and counted. */
export const QUEUE_MAX_LINES = 4096;
const QUEUE_MAX_CHARACTERS = 4 * 1024 * 1024;

/** Where lines come from: one stream of one instance. */
export interface LineOrigin {
  readonly number: number;
  readonly id: string;
  readonly stream: StreamName;
}

/** What a follower gets: a line, or how many were dropped here because it was too slow. */
export type Followed = LogLine | { readonly dropped: number };

/** A reader that wants each new line. Filling it never waits for the reader: a slow one misses lines and is told. */
export class Follower {
  #items: Followed[] = [];
  #characters = 0;
  #missed = 0;
  #wake: (() => void) | null = null;

  get full(): boolean {
    return this.#items.length >= QUEUE_MAX_LINES || this.#characters >= QUEUE_MAX_CHARACTERS;
  }

  take(line: LogLine): void {
    if (this.full) {
      this.miss(1);
      return;
    }
    this.#items.push(line);
    this.#characters += line.text.length;
    this.#wake?.();
  }

  miss(lines: number): void {
    this.#missed += lines;
    if (lines > 0) this.#wake?.();
  }

  /** Everything since the last call, as soon as there is something; null once `end` has fired. */
  async next(end: AbortSignal): Promise<readonly Followed[] | null> {
    if (this.#items.length === 0 && this.#missed === 0 && !end.aborted) {
      const something = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await orEnd(something, end);
      this.#wake = null;
    }
    if (end.aborted) return null;
    const items = this.#items;
    if (this.#missed > 0) items.push({ dropped: this.#missed });
    this.#items = [];
    this.#characters = this.#missed = 0;
    return items;
  }
}

/** Waits for the promise, but only until `end` fires; leaves no listener behind. */
export async function orEnd(wait: Promise<void>, end: AbortSignal): Promise<void> {
  if (end.aborted) return;
  let stop: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    stop = resolve;
  });
  end.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([wait, ended]);
  } finally {
    end.removeEventListener('abort', stop);
  }
}

/** The lines of one daemon as they come, for its followers. With no follower, nothing is split and nothing is kept. */
export class Live {
  readonly #followers = new Map<Follower, (origin: LineOrigin) => boolean>();
  readonly #splitters = new Map<number, { readonly lines: LineSplitter; atMs: number }>();

  /** `open`: the lines that have already begun. */
  add(follower: Follower, wants: (origin: LineOrigin) => boolean, open: readonly OpenLine[]): void {
    this.#splitters.clear();
    for (const { source, atMs, bytes, headless } of open) {
      const { lines } = this.#splitter(source, atMs);
      if (headless) lines.skip(bytes);
      else lines.push(bytes, () => undefined);
    }
    this.#followers.set(follower, wants);
  }

  remove(follower: Follower): void {
    this.#followers.delete(follower);
    if (this.#followers.size === 0) this.#splitters.clear();
  }

  get followed(): boolean {
    return this.#followers.size > 0;
  }

  feed(origin: LineOrigin, atMs: number, chunk: Uint8Array): void {
    const splitter = this.#splitter(origin.number, atMs);
    const followers = [...this.#followers].flatMap(([follower, wants]) => (wants(origin) ? [follower] : []));
    if (followers.every((follower) => follower.full)) {
      // No follower has room for or wants a line of it: no text is made.
      const lines = splitter.lines.skip(chunk);
      for (const follower of followers) follower.miss(lines);
      return;
    }
    const lost = splitter.lines.dropped;
    let began = splitter.lines.open ? splitter.atMs : atMs;
    splitter.lines.push(chunk, (text) => {
      const line = { id: origin.id, atMs: began, stream: origin.stream, text };
      for (const follower of followers) follower.take(line);
      began = atMs;
    });
    splitter.atMs = began;
    for (const follower of followers) follower.miss(splitter.lines.dropped - lost);
  }

  #splitter(source: number, atMs: number): { readonly lines: LineSplitter; atMs: number } {
    let splitter = this.#splitters.get(source);
    if (splitter === undefined) {
      splitter = { lines: lineSplitter({ maxBytes: SHOWN_MAX_BYTES, overlong: 'clip' }), atMs };
      this.#splitters.set(source, splitter);
    }
    return splitter;
  }
}
