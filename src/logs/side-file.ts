import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { attempt, existing } from './disk.ts';

/** Anything larger is not ours. */
const MAX_BYTES = 256 * 1024 * 1024;
/** After a failed write it is tried again after this long. */
const RETRY_MS = 1_000;

/**
 * A small file of our own, made with its first byte. Nothing here throws for a disk error: after a failed write there is no file any more,
 * better none than half of one, until it is begun anew.
 */
export class SideFile {
  readonly #path: string;
  #fd: number | null = null;
  #failedAtMs: number | null = null;
  /** The file exists, as far as we know. */
  #exists = false;

  /** Only we may write in its folder. */
  constructor(file: string) {
    this.#path = file;
  }

  get hasFailed(): boolean {
    return this.#failedAtMs !== null;
  }

  /** It has failed, and enough time has passed to begin anew. */
  get mayBeginAnew(): boolean {
    return this.#failedAtMs !== null && performance.now() - this.#failedAtMs >= RETRY_MS;
  }

  /** What an earlier supervisor wrote; null: nothing. Anything there that is not ours is removed. */
  read(): Buffer | null {
    const read = attempt(() => existing(() => bytesOf(this.#path)));
    const bytes = read.ok ? read.value : NOTHING;
    this.#exists = bytes !== null;
    if (bytes === null || bytes.length > 0) return bytes;
    this.remove();
    return null;
  }

  beginAnew(): void {
    this.#failedAtMs = null;
  }

  write(bytes: Buffer, at: number): void {
    this.#try((fd) => writeSync(fd, bytes, 0, bytes.length, at) === bytes.length);
  }

  truncate(size: number): void {
    this.#try((fd) => {
      ftruncateSync(fd, size);
      return true;
    });
  }

  remove(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = this.#failedAtMs = null;
    if (this.#exists)
      attempt(() =>
        existing(() => {
          unlinkSync(this.#path);
        }),
      );
    this.#exists = false;
  }

  #try(deed: (fd: number) => boolean): void {
    if (this.hasFailed) return;
    const done = attempt(() => {
      this.#fd ??= openOwn(this.#path);
      this.#exists = true;
      return deed(this.#fd);
    });
    if (done.ok && done.value) return;
    this.remove();
    this.#failedAtMs = performance.now();
  }
}

/** Neither blocks on a FIFO in its place nor follows a link. */
function bytesOf(file: string): Buffer {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const fd = openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(fd) : NOTHING;
  } finally {
    closeSync(fd);
  }
}

/** Anything in its place that cannot be opened (a link) is removed. */
function openOwn(file: string): number {
  const { O_RDWR, O_CREAT, O_EXCL, O_NONBLOCK, O_NOFOLLOW } = constants;
  const flags = O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW;
  const opened = attempt(() => openSync(file, flags, 0o640));
  if (opened.ok) return opened.value;
  existing(() => {
    unlinkSync(file);
  });
  return openSync(file, flags | O_EXCL, 0o640);
}

const NOTHING: Buffer = Buffer.alloc(0);
