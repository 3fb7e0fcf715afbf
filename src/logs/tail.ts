import {
  closeSync,
  constants,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdtempSync,
  read,
  rmSync,
  statSync,
  type Stats,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { messageOf } from '../base/error-words.ts';
import { clipped, NEWLINE } from '../base/lines.ts';
import { errorWords, existing } from './disk.ts';
import { openWithoutDetour } from './links.ts';
import { parseLine, SHOWN_MAX_BYTES, type LogLine } from './line.ts';
import { fileName, type RotatedFile } from './rotate.ts';
import { rotatedFiles } from './rotated.ts';

const BLOCK_BYTES = 64 * 1024;

/** Where the lines of a daemon are. */
export interface LogPlace {
  readonly daemon: string;
  /** The current file, absolute; null: none, its lines go to stdout. */
  readonly file: string | null;
  readonly named: boolean;
}

/**
 * Reads a daemon's files backwards, block by block, never more than requested: the current one, then the rotated ones. A rotation or a
 * compression meanwhile does no harm: files are identified by what they are, not by their names.
 */
export class Tail {
  readonly #place: LogPlace & { readonly file: string };
  #fd: number | null = null;
  #end = 0;
  /** The file being read, or last read. */
  #stat: Stats | null = null;
  /** What could not be read, in words. */
  readonly problems: string[] = [];

  /** The current file as it is now. The `openBytes` at its end are an unfinished line, which is left out. */
  constructor(place: LogPlace & { readonly file: string }, openBytes: number) {
    this.#place = place;
    if (this.#open(place.file)) this.#end = Math.max(0, this.#end - openBytes);
  }

  /** Batches of lines, newest first, as the files have them. */
  async *lines(): AsyncGenerator<readonly LogLine[]> {
    for (let more = true; more; more = await this.#openOlder()) {
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

  /** The file rotated before the one last read. */
  async #openOlder(): Promise<boolean> {
    const { file } = this.#place;
    const folder = path.dirname(file);
    const name = path.basename(file);
    const files = existing(() => rotatedFiles(folder, name)) ?? [];
    // What number does the last file read have by now? A missing current file came before all of them.
    const { number: at } =
      this.#stat === null
        ? CURRENT
        : this.#lastAmong([CURRENT, ...files], (each) => path.join(folder, fileName(name, each)));
    this.close();
    const next = files.find(({ number }) => number > at);
    if (next === undefined) return false;
    const found = path.join(folder, fileName(name, next));
    return next.gz ? this.#openCompressed(found) : this.#open(found);
  }

  /** The file last read, or its compressed successor, which kept its time: several may have that time. */
  #lastAmong(files: readonly RotatedFile[], pathOf: (file: RotatedFile) => string): RotatedFile {
    const last = this.#stat;
    const found = files.map((each) => ({ each, stat: existing(() => statSync(pathOf(each))) }));
    const itself = found.find(({ stat }) => stat !== null && stat.ino === last?.ino);
    const compressed = ({ each, stat }: (typeof found)[number]): boolean =>
      each.gz && stat !== null && Math.abs(stat.mtimeMs - (last?.mtimeMs ?? NaN)) < 1;
    return (itself ?? found.find(compressed))?.each ?? NONE;
  }

  #open(file: string): boolean {
    try {
      this.#fd = existing(() => openToRead(file));
      this.#stat = this.#fd === null ? null : fstatSync(this.#fd);
      this.#end = this.#stat?.size ?? 0;
      return this.#fd !== null;
    } catch (error) {
      this.problems.push(`cannot read ${file}: ${errorWords(error)}`);
      return false;
    }
  }

  /** Only plain text can be read backwards: it is unpacked into a file that has lost its name by the time it is read. */
  async #openCompressed(file: string): Promise<boolean> {
    try {
      const folder = mkdtempSync(path.join(tmpdir(), 'supervise-'));
      try {
        const plain = path.join(folder, 'log');
        const fd = openToRead(file);
        const stat = fstatSync(fd);
        // Loaded only here: it costs a supervisor 0.4 MB.
        const { createGunzip } = await import('node:zlib');
        await pipeline(createReadStream(file, { fd }), createGunzip(), createWriteStream(plain, { mode: 0o600 }));
        this.#open(plain);
        this.#stat = stat;
      } finally {
        rmSync(folder, { recursive: true });
      }
      return true;
    } catch (error) {
      this.problems.push(`cannot read ${file}: ${messageOf(error)}`);
      return false;
    }
  }
}

/** A FIFO in its place does not block us; its size is 0, like that of anything but a file. */
const openToRead = (file: string): number =>
  openWithoutDetour(file, { flags: constants.O_RDONLY | constants.O_NONBLOCK });

const CURRENT: RotatedFile = { number: 0, gz: false };
const NONE: RotatedFile = { number: Infinity, gz: false };

/** The lines of a file before `end`, newest first. A long line takes no more memory than the part that is shown. */
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
      // After the very last newline there is a line only if it is not empty.
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

/** The beginning of a line, as far as it is shown, and the length of all that is known of it. */
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
