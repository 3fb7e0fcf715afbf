import { NEWLINE } from '../base/lines.ts';
import type { LogFile } from './file.ts';
import type { Holder, OpenLines } from './open-lines.ts';

/** One stream of one instance on its way into the daemon's file. Holds its unfinished line while another thread's ends the file. */
export interface Thread extends Holder {
  /** The prefix of its lines, for a line that has to be broken. */
  prefix: Buffer;
}

/** What the file ends in: a whole line, or one thread's unfinished line. Changes to it are announced first. */
export class FileEnd {
  readonly #file: LogFile;
  readonly #openLines: OpenLines;
  #owner: Thread | null = null;
  #open = 0;

  constructor(file: LogFile, openLines: OpenLines) {
    this.#file = file;
    this.#openLines = openLines;
  }

  get owner(): Thread | null {
    return this.#owner;
  }

  /** How much of the file's end is the owner's unfinished line. */
  get openBytes(): number {
    return this.#open;
  }

  /** The unfinished line at the end of the file continues with the next bytes of this thread. */
  goOn(thread: Thread, openBytes: number): void {
    this.#file.keepLine();
    this.#owner = thread;
    this.#open = openBytes;
  }

  /** The thread has written this at the end. */
  note(thread: Thread, written: Buffer): void {
    const end = written.lastIndexOf(NEWLINE);
    this.#open = end === -1 ? this.#open + written.length : written.length - end - 1;
    this.#owner = this.#open > 0 ? thread : null;
  }

  /** No part of the file's end is known to be an unfinished line any more. */
  forget(): void {
    this.#open = 0;
    this.#owner = null;
  }

  /** The thread is about to append `piece`, the beginning of `bytes`. */
  announceAppend(writer: Thread, piece: Buffer, bytes: Buffer): void {
    if (piece.length === 0) return;
    const { inode, size: from } = this.#file;
    const midLine = bytes[bytes.length - 1] !== NEWLINE;
    const unfinished = piece[piece.length - 1] !== NEWLINE;
    const to = from + piece.length;
    this.#openLines.before({ inode, from, to, writer, midLine, owner: writer, spare: null }, unfinished);
  }

  /** The thread is about to write whole lines before the owner's unfinished one. `midLine`: it has said more than these. */
  announcePatch(writer: Thread, lines: Buffer, owner: Thread, spare: Buffer, midLine: boolean): void {
    const { inode, size } = this.#file;
    const from = size - this.#open;
    this.#openLines.before({ inode, from, to: size + lines.length, writer, midLine, owner, spare }, true);
  }

  /** Takes the unfinished line from the file into memory. False: it has to stay there. */
  toMemory(owner: Thread): boolean {
    const unfinished = this.#file.readEnd(this.#open);
    if (unfinished === null) return false;
    owner.held.add(unfinished);
    this.#openLines.save(owner);
    if (this.#file.cutBack(this.#file.size - this.#open)) {
      this.#openLines.forget();
      this.forget();
      return true;
    }
    this.#openLines.took(owner);
    owner.held.clear();
    return false;
  }
}
