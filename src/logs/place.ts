import type { FileEnd } from './end.ts';
import type { LogFile } from './file.ts';
import type { OpenLines } from './open-lines.ts';

/** Whether the file is still at its path is looked at when something is written, after so long or so much. */
const LOOK_AFTER_MS = 1_000;
const LOOK_AFTER_BYTES = 1024 * 1024;

/**
 * Notices that somebody has moved, deleted or truncated the file, without asking while nothing is written. Who moves or deletes
 * it means what is in it so far: we go on in a file at the path, and take along the line that is unfinished, and of a deleted
 * file all that was printed since it was last seen there.
 */
export class Place {
  readonly #file: LogFile;
  readonly #end: FileEnd;
  readonly #openLines: OpenLines;
  #seenAtMs = 0;
  #seenSize = 0;
  /** The end of its last whole line, when it was seen. */
  #seenLines = 0;

  constructor(file: LogFile, end: FileEnd, openLines: OpenLines) {
    this.#file = file;
    this.#end = end;
    this.#openLines = openLines;
  }

  /** Before something is written. */
  lookIfDue(atMs: number): void {
    if (Math.abs(atMs - this.#seenAtMs) >= LOOK_AFTER_MS || this.#file.size - this.#seenSize >= LOOK_AFTER_BYTES)
      this.look(atMs);
  }

  /** Where is it: still there, there and truncated, made anew by us, or gone and cannot be made anew? */
  look(atMs: number): 'here' | 'shorter' | 'anew' | 'nowhere' {
    const where = this.#file.whereabouts();
    if (where === 'unknown') return 'here';
    if (where !== 'here' && !this.#goOnAtThePath(where)) return 'nowhere';
    const shorter = where === 'here' && this.#isShorter();
    this.seenNow(atMs);
    if (where !== 'here') return 'anew';
    return shorter ? 'shorter' : 'here';
  }

  /** The file is known to be there. */
  seenNow(atMs: number): void {
    this.#seenAtMs = atMs;
    this.#seenSize = this.#file.size;
    this.#seenLines = this.#file.size - this.#end.openBytes;
  }

  #goOnAtThePath(where: 'moved' | 'deleted'): boolean {
    const { owner } = this.#end;
    if (owner !== null && !this.#end.toMemory(owner) && where === 'moved') return false;
    const newLines = Math.min(this.#seenLines, this.#file.size - this.#end.openBytes);
    // What went into a FIFO that is gone now has been read, or is gone, too.
    const done = this.#file.reopen(where === 'moved' || !this.#file.isRegular ? null : newLines);
    if (done.ok) this.#openLines.forget();
    return done.ok;
  }

  /** What others have cut off may have had the beginning of the unfinished line. */
  #isShorter(): boolean {
    const known = this.#file.size;
    if (this.#file.measure() >= known) return false;
    this.#openLines.forget();
    if (this.#file.size < this.#end.openBytes) this.#end.forget();
    return true;
  }
}
