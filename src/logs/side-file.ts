import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { attempt, existing } from './disk.ts';

/** More than that is not ours. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Where it could not be written, it is tried again after so long. */
const RETRY_MS = 1_000;

/**
 * A small file of our own, made with its first byte. Nothing here throws for what a disk can do: once a write has failed there is
 * no file any more, better nothing than half, until it is begun anew.
 */
export class SideFile {
  readonly #path: string;
  #fd: number | null = null;
  #failedAtMs: number | null = null;
  /** There is such a file, as far as we know. */
  #exists = false;

  /** Nobody else may write in its folder. */
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

  /** What an earlier supervisor has written; null: nothing. What is there and is not ours goes. */
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

/** A FIFO in its place does not hold us, and a link does not lead us. */
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

/** What is in its place and cannot be opened (a link) goes. */
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
