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
import { fileName, type TurnedOverFile } from './rotate.ts';
import { turnedOverFiles } from './turned-over.ts';

const BLOCK_BYTES = 64 * 1024;

/** Where the lines of a daemon are. */
export interface LogPlace {
  readonly daemon: string;
  /** The current file, absolute; null: there is none, its lines go to stdout. */
  readonly file: string | null;
  readonly named: boolean;
}

/**
 * Reads a daemon's files backwards, block by block, never more than is asked for: the current one, then those that were
 * turned over. A turn-over or a compression meanwhile is no harm: files are followed by what they are, not by their name.
 */
export class Tail {
  readonly #place: LogPlace & { readonly file: string };
  #fd: number | null = null;
  #end = 0;
  /** The file that is read, or was read last. */
  #stat: Stats | null = null;
  /** What could not be read, in words. */
  readonly problems: string[] = [];

  /** The current file as it is now. `openBytes` at its end are an unfinished line, which is left out. */
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

  /** The file that was turned over before the one that was read last. */
  async #openOlder(): Promise<boolean> {
    const { file } = this.#place;
    const folder = path.dirname(file);
    const name = path.basename(file);
    const files = existing(() => turnedOverFiles(folder, name)) ?? [];
    // Which number has the file that was read last by now? A current file that is missing was before all of them.
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

  /** The one that was read last, or what that was compressed to meanwhile, which kept its time: several may have that time. */
  #lastAmong(files: readonly TurnedOverFile[], pathOf: (file: TurnedOverFile) => string): TurnedOverFile {
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

  /** Backwards goes only what is plain: in a file that has no name any more when it is read. */
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

/** A FIFO in its place does not hold us; it has the size 0, as all has that is no file. */
const openToRead = (file: string): number =>
  openWithoutDetour(file, { flags: constants.O_RDONLY | constants.O_NONBLOCK });

const CURRENT: TurnedOverFile = { number: 0, gz: false };
const NONE: TurnedOverFile = { number: Infinity, gz: false };

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
