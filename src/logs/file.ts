import { getSystemErrorMap } from 'node:util';
import {
  close,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';
import { NEWLINE } from '../base/lines.ts';
import { rotatedName, rotatedNumber, turnOverSteps, type TurnOverStep } from './rotate.ts';

/** An error of the file system in words that follow "cannot …: ", with its code. */
export type FileError = string;

interface Written {
  readonly written: number;
  readonly error: FileError | null;
}

const DONE = ok(undefined);

/**
 * One log file on disk: appended to, patched at its end, cut back to a line end, turned over. It is opened with the first
 * byte: a silent daemon has no file and takes no descriptor. Nothing here throws for what a disk can do.
 */
export class LogFile {
  readonly path: string;
  readonly #maxFiles: number;
  #fd: number | null = null;
  /** A second description, without O_APPEND, with which Linux would ignore the position of a patch. Opened when needed. */
  #patchFd: number | null = null;
  #regular = true;
  #size = 0;
  #torn = false;
  #rotated: readonly number[] | null = null;

  constructor(file: string, maxFiles: number) {
    this.path = file;
    this.#maxFiles = maxFiles;
  }

  /** How large the file is, as far as we know: others may have truncated it. */
  get size(): number {
    return this.#size;
  }

  /** Anything but a regular file (/dev/null) is never turned over nor cut back. */
  get canTurnOver(): boolean {
    return this.#regular;
  }

  /** Opens the file if it is not open, and ends a line that somebody left unfinished. Before each `append`. */
  ready(): Result<void> {
    const opened = this.#open();
    if (!opened.ok) return opened;
    if (!this.#torn) return DONE;
    const { error } = this.append(Buffer.from('\n'));
    if (error !== null) return fail(error);
    this.#torn = false;
    return DONE;
  }

  /** Writes all of `bytes` at the end. On an error `written` says how much of them is in the file all the same. */
  append(bytes: Buffer): Written {
    const opened = this.#open();
    if (!opened.ok) return { written: 0, error: opened.error };
    const done = writeAll(opened.value, bytes, null);
    this.#size += done.written;
    return done;
  }

  /** Writes `bytes` over the end of the file, from `position` on; they must reach at least to its end. */
  patch(bytes: Buffer, position: number): Written {
    const opened = this.#openForPatches();
    if (!opened.ok) return { written: 0, error: opened.error };
    const done = writeAll(opened.value, bytes, position);
    this.#size = Math.max(this.#size, position + done.written);
    return done;
  }

  /** The last `length` bytes; null if the file is not as large any more as we know it: someone truncated it. */
  readEnd(length: number): Buffer | null {
    const fd = this.#fd;
    if (fd === null || !this.#regular) return null;
    const read = attempt(() => {
      const bytes = Buffer.allocUnsafe(length);
      return readSync(fd, bytes, 0, length, this.#size - length) === length ? bytes : null;
    });
    return read.ok ? read.value : null;
  }

  /** Takes back what was written behind `size`; works on a full disk. False: it stays, as a line of its own. */
  cutBack(size: number): boolean {
    const fd = this.#fd;
    if (fd === null || !this.#regular || this.#size === size) return true;
    const cut = attempt(() => {
      ftruncateSync(fd, size);
    });
    if (cut.ok) this.#size = size;
    else this.#torn = true;
    return cut.ok;
  }

  /** What stands unfinished at the end stays there, as a line of its own. */
  abandonLine(): void {
    this.#torn = true;
  }

  /** Asks the file itself how large it is; for when others may have truncated it. */
  measure(): number {
    const fd = this.#fd;
    if (fd === null || !this.#regular) return this.#size;
    const measured = attempt(() => fstatSync(fd).size);
    if (measured.ok) this.#size = measured.value;
    return this.#size;
  }

  /** NAME.log becomes NAME.log.1, and so on; the next byte opens a new NAME.log. After an error the file goes on as it is. */
  turnOver(): Result<void> {
    const folder = path.dirname(this.path);
    const name = path.basename(this.path);
    const done = attempt(() => {
      this.#rotated ??= rotatedNumbers(folder, name);
      const { steps, kept } = turnOverSteps(this.#rotated, this.#maxFiles);
      for (const step of steps) carryOut(step, folder, name);
      this.#rotated = kept;
    });
    if (done.ok) this.close();
    else this.#rotated = null;
    return done;
  }

  close(): void {
    if (this.#patchFd !== null) closeSync(this.#patchFd);
    if (this.#fd !== null) closeSync(this.#fd);
    this.#patchFd = this.#fd = null;
    this.#size = 0;
    this.#torn = false;
  }

  #open(): Result<number> {
    if (this.#fd !== null) return ok(this.#fd);
    return attempt(() => {
      // O_NONBLOCK: a FIFO in the place of the log must not stop us.
      const flags =
        constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;
      const fd = openSync(this.path, flags, 0o640);
      const stat = fstatSync(fd);
      this.#regular = stat.isFile();
      this.#size = this.#regular ? stat.size : 0;
      const last = Buffer.alloc(1);
      this.#torn = this.#size > 0 && readSync(fd, last, 0, 1, this.#size - 1) === 1 && last[0] !== NEWLINE;
      this.#fd = fd;
      return fd;
    });
  }

  #openForPatches(): Result<number> {
    if (this.#patchFd !== null) return ok(this.#patchFd);
    const opened = this.#open();
    if (!opened.ok) return opened;
    // By way of /proc it is the same file even if its name has gone to another.
    return attempt(() => (this.#patchFd = openSync(`/proc/self/fd/${opened.value}`, constants.O_WRONLY)));
  }
}

/** The numbers of the files that were turned over, ascending. */
export function rotatedNumbers(folder: string, name: string): readonly number[] {
  return readdirSync(folder)
    .map((entry) => rotatedNumber(name, entry))
    .filter((number) => number !== null)
    .sort((a, b) => a - b);
}

export function errorWords(error: unknown): FileError {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') throw error;
  const [code, words] = getSystemErrorMap().get(error.errno) ?? ['?', error.message];
  return `${words} (${code})`;
}

/** A write may be short without an error (a tmpfs that is nearly full): only the next one says why. */
function writeAll(fd: number, bytes: Buffer, position: number | null): Written {
  let written = 0;
  try {
    while (written < bytes.length) {
      const at = position === null ? null : position + written;
      written += writeSync(fd, bytes, written, bytes.length - written, at);
    }
    return { written, error: null };
  } catch (error) {
    return { written, error: errorWords(error) };
  }
}

function carryOut(step: TurnOverStep, folder: string, name: string): void {
  const target = path.join(folder, rotatedName(name, step.do === 'remove' ? step.number : step.to));
  // Freeing the blocks of a large file takes milliseconds, and it is done by who closes it last: a thread of the pool, by
  // this descriptor, instead of the loop that every daemon's output passes through.
  const frees = step.do === 'remove' || step.replaces;
  const doomed = frees ? attempt(() => openSync(target, constants.O_RDONLY | constants.O_NONBLOCK)) : null;
  try {
    if (step.do === 'remove') unlinkSync(target);
    else renameSync(path.join(folder, rotatedName(name, step.from)), target);
  } catch (error) {
    // Somebody removed it before us.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  } finally {
    if (doomed?.ok === true) close(doomed.value, () => undefined);
  }
}

function attempt<T>(deed: () => T): Result<T> {
  try {
    return ok(deed());
  } catch (error) {
    return fail(errorWords(error));
  }
}
