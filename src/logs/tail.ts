import { closeSync, fstatSync, openSync, read, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { clipped, NEWLINE } from '../base/lines.ts';
import { errorWords, rotatedNumbers } from './file.ts';
import { parseLine, SHOWN_MAX_BYTES, type LogLine } from './line.ts';
import { rotatedName } from './rotate.ts';

const BLOCK_BYTES = 64 * 1024;

/** Where the lines of a daemon are on disk. */
export interface LogPlace {
  readonly daemon: string;
  /** The current file, absolute. */
  readonly file: string;
  readonly named: boolean;
}

/**
 * Reads a daemon's files backwards, block by block, never more than is asked for: the current one, then those that were
 * turned over. A turn-over meanwhile is no harm: files are followed by what they are, not by their name.
 */
export class Tail {
  readonly #place: LogPlace;
  #fd: number | null = null;
  #end = 0;
  /** What could not be read, in words. */
  readonly problems: string[] = [];

  /** The current file as it is now. `openBytes` at its end are an unfinished line, which is left out. */
  constructor(place: LogPlace, openBytes: number) {
    this.#place = place;
    if (this.#open(place.file)) this.#end = Math.max(0, this.#end - openBytes);
  }

  /** Batches of lines, newest first, as the files have them. */
  async *lines(): AsyncGenerator<readonly LogLine[]> {
    for (let more = true; more; more = this.#openOlder()) {
      if (this.#fd === null) continue;
      const { daemon, named } = this.#place;
      try {
        for await (const texts of textsBackward(this.#fd, this.#end)) {
          yield texts.map((text) => parseLine(text, daemon, named));
        }
      } catch (error) {
        this.problems.push(`cannot read a log file of ${daemon}: ${errorWords(error)}`);
      }
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  /** The file that was turned over before the one that was read last. */
  #openOlder(): boolean {
    const { file } = this.#place;
    const folder = path.dirname(file);
    const name = path.basename(file);
    const numbers = existing(() => rotatedNumbers(folder, name)) ?? [];
    // Which number has the file that was read last by now? A current file that is missing was before all of them.
    const last = this.#fd === null ? null : fstatSync(this.#fd).ino;
    const at =
      last === null
        ? 0
        : ([0, ...numbers].find((number) => inode(path.join(folder, rotatedName(name, number))) === last) ?? null);
    this.close();
    const next = at === null ? undefined : numbers.find((number) => number > at);
    return next !== undefined && this.#open(path.join(folder, rotatedName(name, next)));
  }

  #open(file: string): boolean {
    try {
      this.#fd = existing(() => openSync(file, 'r'));
      this.#end = this.#fd === null ? 0 : fstatSync(this.#fd).size;
      return this.#fd !== null;
    } catch (error) {
      this.problems.push(`cannot read ${file}: ${errorWords(error)}`);
      return false;
    }
  }
}

/** The lines of a file before `end`, newest first. A long line costs no more memory than what is shown of it. */
async function* textsBackward(fd: number, end: number): AsyncGenerator<readonly string[]> {
  let later: Part = NO_PART;
  let position = end;
  let newest = true;
  while (position > 0) {
    const length = Math.min(BLOCK_BYTES, position);
    const { bytesRead, buffer } = await readAsync(fd, Buffer.allocUnsafe(length), 0, length, position - length);
    position -= length;
    const block = buffer.subarray(0, bytesRead);
    const texts: string[] = [];
    let upTo = block.length;
    while (upTo > 0) {
      const newline = block.lastIndexOf(NEWLINE, upTo - 1);
      if (newline === -1) break;
      // What follows the last newline of all is no line, if it is nothing.
      if (!newest || newline + 1 < block.length) texts.push(textOf(before(block.subarray(newline + 1, upTo), later)));
      newest = false;
      later = NO_PART;
      upTo = newline;
    }
    later = before(block.subarray(0, upTo), later);
    newest &&= later.bytes === 0;
    if (position === 0) texts.push(textOf(later));
    yield texts;
  }
}

const readAsync = promisify(read);

/** The beginning of a line, as far as it is shown, and how long all that is known of it is. */
interface Part {
  readonly shown: Buffer;
  readonly bytes: number;
}

const NO_PART: Part = { shown: Buffer.alloc(0), bytes: 0 };

function before(earlier: Buffer, { shown, bytes }: Part): Part {
  const room = Math.max(0, SHOWN_MAX_BYTES - earlier.length);
  return {
    shown: Buffer.concat([earlier.subarray(0, SHOWN_MAX_BYTES), shown.subarray(0, room)]),
    bytes: earlier.length + bytes,
  };
}

function textOf({ shown, bytes }: Part): string {
  return bytes > SHOWN_MAX_BYTES ? clipped(shown.toString(), bytes) : shown.toString();
}

function inode(file: string): number | null {
  return existing(() => statSync(file).ino);
}

/** Null where there is no such file (any more). */
function existing<T>(deed: () => T): T | null {
  try {
    return deed();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
