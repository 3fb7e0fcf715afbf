import { writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { codeOf } from '../base/error-words.ts';
import { fail, ok, type Result } from '../base/result.ts';

/** A file system error in words that follow "cannot …: ", with its code. */
export type FileError = string;

export function errorWords(error: unknown): FileError {
  if (error instanceof Error && 'refusal' in error && typeof error.refusal === 'string') return error.refusal;
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') throw error;
  const [code, words] = getSystemErrorMap().get(error.errno) ?? ['?', error.message];
  return `${words} (${code})`;
}

/** We could open what is there, but refuse to. The words stand in for a file system error. */
export function refusal(words: FileError): Error {
  return Object.assign(new Error(words), { refusal: words });
}

/** Failures of the disk become words; a bug of ours is rethrown. */
export function attempt<T>(deed: () => T): Result<T> {
  try {
    return ok(deed());
  } catch (error) {
    return fail(errorWords(error));
  }
}

/** Null if there is no such file (any more). */
export function existing<T>(deed: () => T): T | null {
  try {
    return deed();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return null;
    throw error;
  }
}

export interface Written {
  readonly written: number;
  readonly error: FileError | null;
}

/** A write may be short without an error (a nearly full tmpfs): only the next one says why. */
export function writeAll(fd: number, bytes: Buffer, position: number | null): Written {
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
