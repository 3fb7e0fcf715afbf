import { countLineEnds, NEWLINE } from '../base/lines.ts';
import type { FileError, LogFile } from './file.ts';
import type { Hold } from './hold.ts';
import { LINE_MAX_BYTES, portion } from './rotate.ts';
import { Scratch } from './scratch.ts';

/** One stream of one instance, on its way into the daemon's file. */
export interface Thread {
  /** The beginning of its unfinished line, while another thread's unfinished line is at the end of the file. */
  readonly held: Hold;
  /** What its lines begin with, for a line that has to be broken. */
  prefix: Buffer;
  /** The beginning of its unfinished line could not be written: the rest of that line is dropped too. */
  lost: boolean;
}

/** A time in which the file could not be written. Its lines are counted once: when they begin to be lost. */
export interface Outage {
  readonly words: FileError;
  readonly sinceMs: number;
  lastMs: number;
  lines: number;
}

export interface WeaveOptions {
  readonly maxSizeBytes: number;
  /** The line, without newline, that stands in the log for the lines that an outage took. */
  readonly note: (outage: Outage) => string;
  readonly onTrouble: (words: string) => void;
}

/** An unfinished line longer than this is moved to memory instead of being written again behind each line of the others. */
const PATCH_MAX_BYTES = 64 * 1024;

const LINE_END = Buffer.from('\n');

/** One for all: nothing of it is needed any more when `put` returns. */
const completed = new Scratch();
const patched = new Scratch();

/**
 * Weaves the lines of several threads into one file, none cut, mixed, lost or doubled. What one thread alone writes goes
 * into the file as it comes, so the file may end in an unfinished line, which has an owner. Whole lines of another thread
 * go before it: they and it are written over it in one positional write. Unfinished lines of the others wait in memory.
 */
export class Weave {
  readonly #file: LogFile;
  readonly #options: WeaveOptions;
  /** Where the file is turned over: `maxSizeBytes`, later if turning over failed. */
  #limit: number;
  #owner: Thread | null = null;
  /** How much of the file's end is the owner's unfinished line. */
  #open = 0;
  #outage: Outage | null = null;

  constructor(file: LogFile, options: WeaveOptions) {
    this.#file = file;
    this.#options = options;
    this.#limit = options.maxSizeBytes;
  }

  /** How much of the file's end is an unfinished line. */
  get openBytes(): number {
    return this.#open;
  }

  /** Takes the next bytes of a thread. They are written or copied when it returns; an error of the disk is not thrown. */
  put(thread: Thread, bytes: Buffer, atMs: number): void {
    let rest = bytes;
    if (thread.lost) {
      const end = bytes.indexOf(NEWLINE);
      if (end === -1) return;
      thread.lost = false;
      rest = bytes.subarray(end + 1);
    }
    if (rest.length === 0) return;
    if (this.#owner !== null && this.#owner !== thread) this.#insert(thread, this.#owner, rest, atMs);
    else this.#append(thread, rest, atMs);
  }

  /** Says in the file what the last outage took, if that can be written now. */
  close(): void {
    if (this.#outage === null) return;
    const ready = this.#file.ready();
    const before = this.#file.size;
    if (ready.ok && this.#file.append(Buffer.from(`${this.#options.note(this.#outage)}\n`)).error !== null)
      this.#file.cutBack(before);
  }

  /** At the end of the file there is nothing unfinished, or the thread's own line. */
  #append(thread: Thread, fresh: Buffer, atMs: number): void {
    const held = thread.held.length;
    if (held > 0 && held + fresh.length > PATCH_MAX_BYTES && !fresh.includes(NEWLINE)) {
      this.#hold(thread, fresh, atMs);
      return;
    }
    let bytes = thread.held.takeWith(fresh, completed);
    if (this.#outage !== null) {
      this.#resume(thread, bytes, this.#outage, atMs);
      return;
    }
    while (bytes.length > 0) {
      const ready = this.#file.ready();
      if (!ready.ok) {
        this.#lose(thread, bytes, 0, this.#file.size, ready.error, atMs);
        return;
      }
      const part = portion(bytes, { sizeBytes: this.#file.size, openBytes: this.#open, maxSizeBytes: this.#roomEnd() });
      const whole = part.bytes === bytes.length;
      let piece = whole ? bytes : bytes.subarray(0, part.bytes);
      if (part.breakLine) piece = Buffer.concat([piece, LINE_END]);
      const before = this.#file.size;
      const { written, error } = this.#file.append(piece);
      if (error !== null) {
        this.#lose(thread, bytes, written, before, error, atMs);
        return;
      }
      this.#noteEnd(thread, piece);
      if (whole && !part.turnOver) return;
      bytes = bytes.subarray(part.bytes);
      if (part.breakLine) bytes = Buffer.concat([thread.prefix, bytes]);
      if (part.turnOver) this.#turnOver();
    }
  }

  /** The end of the file is another's unfinished line: whole lines go before it, the rest waits. */
  #insert(thread: Thread, owner: Thread, bytes: Buffer, atMs: number): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#insertLines(thread, owner, thread.held.takeWith(bytes.subarray(0, end), completed), atMs);
    if (end < bytes.length) this.#hold(thread, bytes.subarray(end), atMs);
  }

  #insertLines(thread: Thread, owner: Thread, lines: Buffer, atMs: number): void {
    const known = this.#file.size;
    const lineEnd = known - this.#open;
    // Others may have truncated the file, or appended to it.
    const ours = this.#file.measure() === known && this.#open <= LINE_MAX_BYTES;
    const unfinished = ours ? this.#file.readEnd(this.#open) : null;
    if (
      unfinished !== null &&
      unfinished.length <= PATCH_MAX_BYTES &&
      this.#file.size + lines.length <= this.#roomEnd()
    ) {
      const { written, error } = this.#file.patch(patched.join(lines, unfinished), lineEnd);
      if (error === null) return;
      this.#noteEnd(thread, LINE_END);
      owner.held.add(unfinished);
      this.#lose(thread, lines, Math.min(written, lines.length), lineEnd, error, atMs);
      return;
    }
    if (unfinished !== null && this.#file.cutBack(lineEnd)) {
      owner.held.add(unfinished);
    } else if (this.#file.size >= known) {
      // Longer than a line may be, or not at the end any more: it ends here, and goes on as a line of its own.
      this.#file.abandonLine();
      owner.held.add(owner.prefix);
    }
    this.#noteEnd(thread, LINE_END);
    this.#append(thread, lines, atMs);
  }

  #hold(thread: Thread, bytes: Buffer, atMs: number): void {
    if (this.#owner === null && thread.held.length === 0 && bytes.length <= PATCH_MAX_BYTES) {
      this.#append(thread, bytes, atMs);
      return;
    }
    thread.held.add(bytes);
    if (thread.held.length <= LINE_MAX_BYTES) return;
    const line = thread.held.takeWith(LINE_END, completed);
    if (this.#owner !== null) this.#insertLines(thread, this.#owner, line, atMs);
    else this.#append(thread, line, atMs);
    thread.held.add(thread.prefix);
  }

  /** Keeps the whole lines that were written of `bytes` from `before` on, and counts the others. */
  #lose(thread: Thread, bytes: Buffer, written: number, before: number, words: FileError, atMs: number): void {
    const kept = bytes.subarray(0, written).lastIndexOf(NEWLINE) + 1;
    this.#file.cutBack(kept > 0 ? before + kept : before - this.#open);
    this.#noteEnd(thread, LINE_END);
    this.#outage = { words, sinceMs: atMs, lastMs: atMs, lines: 0 };
    this.#count(this.#outage, thread, bytes.subarray(kept), atMs);
    this.#options.onTrouble(
      `cannot write ${this.#file.path}: ${words}; lines are dropped, and counted in the log, until it can be written again`,
    );
  }

  #count(outage: Outage, thread: Thread, bytes: Buffer, atMs: number): void {
    outage.lastMs = atMs;
    outage.lines += countLineEnds(bytes);
    thread.lost = bytes[bytes.length - 1] !== NEWLINE;
    if (thread.lost) outage.lines += 1;
  }

  /** Tries whether the file can be written again: the note and the lines, or neither. */
  #resume(thread: Thread, bytes: Buffer, outage: Outage, atMs: number): void {
    const ready = this.#file.ready();
    const before = this.#file.size;
    const all = Buffer.concat([Buffer.from(`${this.#options.note(outage)}\n`), bytes]);
    if (ready.ok && this.#file.append(all).error === null) {
      this.#outage = null;
      this.#noteEnd(thread, all);
    } else {
      this.#file.cutBack(before);
      this.#count(outage, thread, bytes, atMs);
    }
  }

  #noteEnd(thread: Thread, written: Buffer): void {
    const end = written.lastIndexOf(NEWLINE);
    this.#open = end === -1 ? this.#open + written.length : written.length - end - 1;
    this.#owner = this.#open > 0 ? thread : null;
  }

  #roomEnd(): number {
    return this.#file.canTurnOver ? this.#limit : Infinity;
  }

  #turnOver(): void {
    const known = this.#file.size;
    // Truncated by others (logrotate's copytruncate): there is room again.
    if (this.#file.measure() < known) return;
    const done = this.#file.turnOver();
    if (done.ok) {
      this.#limit = this.#options.maxSizeBytes;
      return;
    }
    this.#limit = known + this.#options.maxSizeBytes;
    this.#options.onTrouble(
      `cannot turn over ${this.#file.path}: ${done.error}; it goes on growing, and is tried again later`,
    );
  }
}
