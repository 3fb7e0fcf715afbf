import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { codeOf } from '../base/error-words.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { NEWLINE } from '../base/lines.ts';
import { attempt, existing, refusal, writeAll, type Written } from './disk.ts';
import { openWithoutDetour } from './links.ts';
import { isSame, Rotated } from './rotated.ts';

const DONE = ok(undefined);
const BLOCK_BYTES = 64 * 1024;

/**
 * One log file on disk: appended to, patched at its end, cut back to a line end, rotated. It is opened with the first byte: a silent
 * daemon has no file and takes no descriptor. Nothing here throws for a disk error.
 */
export class LogFile {
  readonly path: string;
  readonly rotated: Rotated;
  #fd: number | null = null;
  /** A second description without O_APPEND, which would make Linux ignore the position of a patch. Opened when needed. */
  #patchFd: number | null = null;
  #regular = true;
  #inode = 0;
  #size = 0;
  #torn = false;

  constructor(file: string, maxFiles: number) {
    this.path = file;
    this.rotated = new Rotated(file, maxFiles);
  }

  /** The size of the file as far as we know: others may have truncated it. */
  get size(): number {
    return this.#size;
  }

  /** The inode number; 0 while it is not open. */
  get inode(): number {
    return this.#inode;
  }

  /** Anything else (/dev/null, a FIFO) is never rotated, and nothing written is taken back. As of the last open. */
  get isRegular(): boolean {
    return this.#regular;
  }

  /** Is it a regular file? Opens it to find out. */
  looksRegular(): boolean {
    if (this.#fd === null) this.#open();
    return this.#regular;
  }

  /** Opens the file if necessary, and ends a line that someone left unfinished. Before each `append`. */
  ready(): Result<void> {
    const opened = this.#open();
    if (!opened.ok) return opened;
    if (!this.#torn) return DONE;
    const { error } = this.append(LINE_END);
    if (error !== null) return fail(error);
    this.#torn = false;
    return DONE;
  }

  /** Writes all of `bytes` at the end. On an error `written` says how much is in the file all the same. */
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

  /** The last `length` bytes; null if the file is smaller than we believe: someone truncated it. */
  readEnd(length: number): Buffer | null {
    const fd = this.#fd;
    if (fd === null || !this.#regular) return null;
    const read = attempt(() => {
      const bytes = Buffer.allocUnsafe(length);
      return readSync(fd, bytes, 0, length, this.#size - length) === length ? bytes : null;
    });
    return read.ok ? read.value : null;
  }

  /** Takes back what was written after `size`; works on a full disk. False: it stays, as a line of its own. */
  cutBack(size: number): boolean {
    const fd = this.#fd;
    if (fd === null || this.#size === size) return true;
    if (!this.#regular) {
      this.#torn = true;
      return false;
    }
    const cut = attempt(() => {
      ftruncateSync(fd, size);
    });
    if (cut.ok) this.#size = size;
    else this.#torn = true;
    return cut.ok;
  }

  /** The unfinished line at the end stays there as a line of its own. */
  abandonLine(): void {
    this.#torn = true;
  }

  /** The unfinished line at the end has an owner and will be continued. */
  keepLine(): void {
    this.#torn = false;
  }

  /** Asks the file itself for its size, in case others have truncated it. */
  measure(): number {
    const fd = this.#fd;
    if (fd === null || !this.#regular) return this.#size;
    const measured = attempt(() => fstatSync(fd).size);
    if (measured.ok) this.#size = measured.value;
    return this.#size;
  }

  /** Opens an existing file. Returns how much of its end is an unfinished line. Null: no file, or not a regular one. */
  unfinished(): number | null {
    const looked = attempt(() => existing(() => statSync(this.path)));
    if (!looked.ok || looked.value === null) return null;
    const opened = this.#open();
    if (!opened.ok || !this.#regular) return null;
    if (!this.#torn) return 0;
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    for (let end = this.#size; end > 0;) {
      const from = Math.max(0, end - BLOCK_BYTES);
      const newline = block.subarray(0, readSync(opened.value, block, 0, end - from, from)).lastIndexOf(NEWLINE);
      if (newline !== -1) return this.#size - (from + newline + 1);
      end = from;
    }
    return this.#size;
  }

  /** Is the file that we write still at its path, moved away, or deleted? One that is not open is where it was. */
  whereabouts(): 'here' | 'moved' | 'deleted' | 'unknown' {
    const fd = this.#fd;
    if (fd === null) return 'here';
    const looked = attempt(() => {
      const ours = fstatSync(fd);
      if (
        isSame(
          existing(() => statSync(this.path)),
          ours,
        )
      )
        return 'here';
      return ours.nlink === 0 ? 'deleted' : 'moved';
    });
    // A folder that may not be searched: asked again later.
    return looked.ok ? looked.value : 'unknown';
  }

  /** Continues in a file at the path, taking along the present file's contents from `keepFrom` on; null: nothing. */
  reopen(keepFrom: number | null): Result<void> {
    const [fd, patchFd, regular, inode] = [this.#fd, this.#patchFd, this.#regular, this.#inode];
    const old = { fd, patchFd, regular, inode, size: this.#size, torn: this.#torn };
    this.#fd = this.#patchFd = null;
    const done = this.#takeAlong(old.fd, keepFrom, old.size);
    const [gone, goneToo] = done.ok ? [old.fd, old.patchFd] : [this.#fd, this.#patchFd];
    for (const fd of [gone, goneToo]) if (fd !== null) closeSync(fd);
    if (!done.ok) {
      [this.#fd, this.#patchFd, this.#regular] = [old.fd, old.patchFd, old.regular];
      [this.#inode, this.#size, this.#torn] = [old.inode, old.size, old.torn];
    }
    return done;
  }

  /** NAME.log becomes NAME.log.1, and so on; the next byte opens a new NAME.log. After an error the file continues as it is. */
  rotate(): Result<void> {
    const done = this.rotated.rotate();
    if (done.ok) this.close();
    return done;
  }

  close(): void {
    if (this.#patchFd !== null) closeSync(this.#patchFd);
    if (this.#fd !== null) closeSync(this.#fd);
    this.#patchFd = this.#fd = null;
    this.#size = this.#inode = 0;
    this.#torn = false;
  }

  #open(): Result<number> {
    if (this.#fd !== null) return ok(this.#fd);
    return attempt(() => {
      const [fd, stat] = openLog(this.path);
      this.#regular = stat.isFile();
      this.#inode = stat.ino;
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
    // Through /proc it is the same file even if another has its name by now.
    return attempt(() => (this.#patchFd = openSync(`/proc/self/fd/${opened.value}`, constants.O_WRONLY)));
  }

  #takeAlong(from: number | null, keepFrom: number | null, end: number): Result<void> {
    const ready = this.ready();
    if (!ready.ok || from === null || keepFrom === null) return ready;
    const before = this.#size;
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    for (let at = keepFrom; at < end;) {
      const read = attempt(() => readSync(from, block, 0, Math.min(BLOCK_BYTES, end - at), at));
      const error = read.ok ? this.append(block.subarray(0, read.value)).error : read.error;
      if (error !== null) {
        this.cutBack(before);
        return fail(error);
      }
      if (!read.ok || read.value === 0) break;
      at += read.value;
    }
    return DONE;
  }
}

/** Opens (or makes) a log to read and append; makes its folder again if it was removed. */
function openLog(file: string): readonly [number, Stats] {
  const { O_RDWR, O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants;
  // O_NONBLOCK: a FIFO in place of the log must not block us.
  const flags = O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY;
  const open = (access: number): readonly [number, Stats] => {
    const fd = openWithoutDetour(file, { flags: flags | access, mode: 0o640, makeFolders: true });
    return [fd, fstatSync(fd)];
  };
  const [fd, stat] = open(O_RDWR);
  if (!stat.isFIFO()) return [fd, stat];
  closeSync(fd);
  try {
    // A descriptor open for reading counts as a reader: without another one, what we write would vanish.
    return open(O_WRONLY);
  } catch (error) {
    if (codeOf(error) === 'ENXIO') throw refusal('it is a FIFO that nobody reads (ENXIO)');
    throw error;
  }
}

const LINE_END = Buffer.from('\n');
