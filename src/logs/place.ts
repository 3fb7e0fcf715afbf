import type { FileEnd } from './end.ts';
import type { LogFile } from './file.ts';
import type { OpenLines } from './open-lines.ts';

/** On a write, the file's presence at its path is checked after this much time or data. */
const LOOK_AFTER_MS = 1_000;
const LOOK_AFTER_BYTES = 1024 * 1024;

/**
 * Notices that someone has moved, deleted or truncated the file, without checking while nothing is written. Moving or deleting concerns
 * what is in it so far: we continue in a file at the path and take along the unfinished line and, from a deleted file, everything printed
 * since it was last seen there.
 */
export class Place {
  readonly #file: LogFile;
  readonly #end: FileEnd;
  readonly #openLines: OpenLines;
  #seenAtMs = 0;
  #seenSize = 0;
  /** The end of its last whole line when last seen. */
  #seenLines = 0;

  constructor(file: LogFile, end: FileEnd, openLines: OpenLines) {
    this.#file = file;
    this.#end = end;
    this.#openLines = openLines;
  }

  /** Called before something is written. */
  lookIfDue(atMs: number): void {
    if (Math.abs(atMs - this.#seenAtMs) >= LOOK_AFTER_MS || this.#file.size - this.#seenSize >= LOOK_AFTER_BYTES)
      this.look(atMs);
  }

  /** Is it still there, there but truncated, made anew by us, or gone and impossible to make? */
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
    // What went into a FIFO now gone has been read, or is gone too.
    const done = this.#file.reopen(where === 'moved' || !this.#file.isRegular ? null : newLines);
    if (done.ok) this.#openLines.forget();
    return done.ok;
  }

  /** The part cut off by others may have contained the beginning of the unfinished line. */
  #isShorter(): boolean {
    const known = this.#file.size;
    if (this.#file.measure() >= known) return false;
    this.#openLines.forget();
    if (this.#file.size < this.#end.openBytes) this.#end.forget();
    return true;
  }
}
