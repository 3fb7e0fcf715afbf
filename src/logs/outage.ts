import { countLineEnds, NEWLINE } from '../base/lines.ts';
import type { FileError } from './disk.ts';
import type { OutageRecord } from './held-records.ts';

/** A period in which the file could not be written. Each line is counted once, when it begins to be lost. */
export class Outage implements OutageRecord {
  readonly words: FileError;
  readonly sinceMs: number;
  lastMs: number;
  lines = 0;

  constructor(words: FileError, atMs: number) {
    this.words = words;
    this.sinceMs = this.lastMs = atMs;
  }

  /** As it was saved, or with other figures. */
  static of({ lines, sinceMs, lastMs, words }: OutageRecord): Outage {
    const outage = new Outage(words, sinceMs);
    outage.lastMs = lastMs;
    outage.lines = lines;
    return outage;
  }

  /** These bytes are not written. True: they end in the middle of a line whose rest is useless then. */
  count(bytes: Buffer, atMs: number): boolean {
    this.lastMs = atMs;
    this.lines += countLineEnds(bytes);
    const midLine = bytes[bytes.length - 1] !== NEWLINE;
    if (midLine) this.lines += 1;
    return midLine;
  }
}
