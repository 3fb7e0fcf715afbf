import { countLineEnds } from '../base/lines.ts';
import type { OutageRecord } from './held-records.ts';
import { Outage } from './outage.ts';

/** Something with a single reader: our stdout. */
export interface Device {
  /** Takes the bytes, one portion at a time. `done`: this many, `taken`, are dealt with; null: no error. */
  write(bytes: Buffer, done: (taken: number, error: DeviceError | null) => void): void;
}

export interface DeviceError {
  /** They follow "stdout: ". */
  readonly words: string;
  /** It will never accept anything again. */
  readonly forGood: boolean;
}

export interface OutletParts {
  readonly device: Device;
  /** The line, with newline, that says how many lines are missing here. */
  readonly note: (lost: OutageRecord) => Buffer;
  /** Nothing gets through, in words; null: it does again. */
  readonly onTrouble: (words: string | null) => void;
}

/** With this much waiting, nothing more is read from the daemons. */
export const ENOUGH_BYTES = 1024 * 1024;
/** The most that may wait: beyond ENOUGH_BYTES only those that end, or are asked to while the reader stands still, are read. */
export const MOST_BYTES = 16 * 1024 * 1024;
/** A reader that has taken nothing for this long stands still. */
export const STILL_MS = 1_000;
/** After this long that is reported. */
const TOLD_STILL_MS = 5_000;
/** A device that took nothing (a full disk) is tried again after this. */
const RETRY_MS = 1_000;
/** How much is written in one go. */
const PORTION_BYTES = 64 * 1024;
/** How many are resumed at a time: each may bring as much as one portion. */
const WOKEN_AT_ONCE = 8;
/** The overhead per piece of memory: one line per piece is the worst case. */
const PIECE_BYTES = 128;

export interface Undelivered {
  readonly lines: number;
  readonly why: string;
}

interface Waiting {
  /** It resumes when less than this is waiting. */
  readonly enough: number;
  readonly go: () => void;
  readonly presses: () => boolean;
}

/**
 * The lines of all daemons on their way to one reader, in bounded memory. A slow reader is waited for: the daemons are no longer read, and
 * wait in turn. Nothing else waits: the supervisor never does.
 */
export class Outlet {
  readonly #parts: OutletParts;
  #queue: Buffer[] = [];
  /** The cost of the queue and of the portion under way. */
  #bytes = 0;
  /** What the device has been given but has not yet taken. */
  #underway: Buffer | null = null;
  #waiting: Waiting[] = [];
  #takenAtMs = 0;
  /** What is missing and not yet reported. */
  #outage: Outage | null = null;
  #state: 'open' | 'full disk' | 'dead' = 'open';
  #isTold = false;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Nothing more is read from any daemon, whether there is room or not. */
  #isHeld = false;
  #onChange: () => void = () => undefined;

  constructor(parts: OutletParts) {
    this.#parts = parts;
  }

  /** Whole lines. The memory is ours from now on. */
  put(lines: Buffer): void {
    if (this.#state !== 'open') {
      this.#lose(lines, 'nothing is taken');
      return;
    }
    const limit = this.#outage === null ? MOST_BYTES : ENOUGH_BYTES;
    if (this.#bytes >= limit) {
      this.#lose(lines, TOO_SLOW);
      return;
    }
    this.#noteLost();
    this.#push(lines);
    this.#writeOn();
  }

  /**
   * Resolves when more may be read from this daemon; undefined: now. `presses`: it has been asked to end and does not wait for a reader
   * that stands still. `enough`: one that can wait leaves room for others.
   */
  room(presses: () => boolean, enough = ENOUGH_BYTES): Promise<void> | undefined {
    if (this.#state !== 'open' || (this.#bytes < enough && !this.#isHeld)) return undefined;
    if (presses() && this.#isStill) return undefined;
    this.#watch();
    return new Promise((go) => {
      this.#waiting.push({ enough, go, presses });
    });
  }

  /** No daemon is read until `release`. Resolves when nothing waits any more or, as in `end`, when waiting is pointless. */
  async hold(withinMs: number): Promise<void> {
    this.#isHeld = true;
    await this.#waitUntilEmpty(withinMs);
  }

  release(): void {
    this.#isHeld = false;
    this.#wake();
  }

  /** Each that waits reads on once and asks again: it may print somewhere else by now. */
  askAnew(): void {
    for (const { go } of this.#waiting.splice(0)) go();
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** Resolves when nothing waits any more or waiting is pointless: the reader stands still, or time is up. Returns what was not delivered. */
  async end(withinMs: number | null): Promise<Undelivered> {
    await this.#waitUntilEmpty(withinMs);
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    const left = [this.#underway ?? NOTHING, ...this.#queue].reduce((sum, lines) => sum + countLineEnds(lines), 0);
    return { lines: left + (this.#outage?.lines ?? 0), why: this.#outage?.words ?? TOO_SLOW };
  }

  async #waitUntilEmpty(withinMs: number | null): Promise<void> {
    const until = withinMs === null ? Infinity : performance.now() + withinMs;
    while (this.#bytes > 0 && this.#state === 'open' && !this.#isStill && performance.now() < until) {
      const { promise, change } = this.#nextChange();
      const timer = setTimeout(change, Math.min(STILL_MS / 10, until - performance.now()));
      await promise;
      clearTimeout(timer);
    }
  }

  #nextChange(): { readonly promise: Promise<void>; readonly change: () => void } {
    let change = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      change = resolve;
    });
    this.#onChange = change;
    return { promise, change };
  }

  get #isStill(): boolean {
    return this.#bytes > 0 && performance.now() - this.#takenAtMs >= STILL_MS;
  }

  #push(lines: Buffer): void {
    if (this.#bytes === 0) this.#takenAtMs = performance.now();
    this.#queue.push(lines);
    this.#bytes += lines.length + PIECE_BYTES;
  }

  #noteLost(): void {
    if (this.#outage === null) return;
    const note = this.#parts.note(this.#outage);
    this.#outage = null;
    this.#push(note);
  }

  #writeOn(): void {
    if (this.#underway !== null || this.#queue.length === 0) return;
    let count = 0;
    let length = 0;
    for (; count < this.#queue.length && length < PORTION_BYTES; count += 1) length += this.#queue[count]?.length ?? 0;
    const pieces = this.#queue.splice(0, count);
    const [first = NOTHING] = pieces;
    const portion = count === 1 ? first : Buffer.concat(pieces, length);
    this.#underway = portion;
    this.#parts.device.write(portion, (taken, error) => {
      this.#underway = null;
      this.#bytes -= length + count * PIECE_BYTES;
      this.#takenAtMs = performance.now();
      if (error === null) this.#goOn();
      else this.#fail(portion.subarray(taken), error);
      this.#onChange();
    });
  }

  #goOn(): void {
    if (this.#isTold) this.#tell(null);
    if (this.#bytes === 0) this.#noteLost();
    this.#wake();
    this.#writeOn();
  }

  /** Gives up what waits: a daemon does not stand still for a full disk, nor for a reader that is gone. */
  #fail(rest: Buffer, { words, forGood }: DeviceError): void {
    for (const lines of [rest, ...this.#queue]) this.#lose(lines, words);
    this.#queue = [];
    this.#bytes = 0;
    this.#state = forGood ? 'dead' : 'full disk';
    this.#tell(`stdout: ${words}: the lines that go there are dropped`);
    this.askAnew();
    if (!forGood) this.#retryLater();
  }

  #retryLater(): void {
    this.#retry = setTimeout(() => {
      const outage = this.#outage;
      if (outage === null) return;
      this.#parts.device.write(this.#parts.note(outage), (_, error) => {
        if (error !== null) {
          this.#retryLater();
          return;
        }
        this.#outage = null;
        this.#state = 'open';
        this.#tell(null);
      });
    }, RETRY_MS).unref();
  }

  #lose(lines: Buffer, words: string): void {
    if (lines.length === 0) return;
    const atMs = Date.now();
    this.#outage ??= new Outage(words, atMs);
    this.#outage.count(lines, atMs);
  }

  /** Few at a time, since each may bring a portion. One with nothing to bring does not make the others wait. */
  #wake(): void {
    if (this.#isHeld) return;
    const room = Math.ceil((ENOUGH_BYTES - this.#bytes) / PORTION_BYTES);
    const next = this.#waiting
      .filter(({ enough }) => this.#bytes < enough)
      .slice(0, Math.max(0, Math.min(room, WOKEN_AT_ONCE)));
    this.#letGo(next);
    if (this.#waiting.length > 0 && this.#bytes === 0)
      setImmediate(() => {
        this.#wake();
      });
  }

  #letGo(some: readonly Waiting[]): void {
    this.#waiting = this.#waiting.filter((each) => !some.includes(each));
    for (const { go } of some) go();
  }

  /** While something waits: does the reader stand still? */
  #watch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting.length === 0) return;
      if (this.#isStill) {
        this.#letGo(this.#waiting.filter(({ presses }) => presses()));
        if (!this.#isTold && performance.now() - this.#takenAtMs >= TOLD_STILL_MS) this.#tell(STANDS_STILL);
      }
      this.#watch();
    }, STILL_MS / 2).unref();
  }

  #tell(words: string | null): void {
    this.#isTold = words !== null;
    this.#parts.onTrouble(words);
  }
}

const NOTHING = Buffer.alloc(0);
const TOO_SLOW = 'who reads it was too slow';
const STANDS_STILL =
  'stdout: nobody has read on for 5s; daemons whose lines go there wait once their pipes are full, until it is read on';
