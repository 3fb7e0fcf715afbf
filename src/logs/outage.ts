import { countLineEnds, NEWLINE } from '../base/lines.ts';
import type { FileError } from './disk.ts';

/** A time in which the file could not be written. Its lines are counted once: when they begin to be lost. */
export class Outage {
  readonly words: FileError;
  readonly sinceMs: number;
  lastMs: number;
  lines = 0;

  constructor(words: FileError, atMs: number) {
    this.words = words;
    this.sinceMs = this.lastMs = atMs;
  }

  /** These bytes are not written. True: they end in the middle of a line, whose rest is of no use then. */
  count(bytes: Buffer, atMs: number): boolean {
    this.lastMs = atMs;
    this.lines += countLineEnds(bytes);
    const midLine = bytes[bytes.length - 1] !== NEWLINE;
    if (midLine) this.lines += 1;
    return midLine;
  }
}
