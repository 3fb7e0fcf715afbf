import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { codeOf, messageOf } from '../base/error-words.ts';
import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';

/** A list of a thousand daemons has some 200 KB; more than a MiB is a mistake (or an attack) and is not even parsed. */
const LARGEST_BYTES = 1024 * 1024;

/** The text of a list or an env file, or why there is none, in words. A byte order mark is dropped. */
export function readText(path: string): Result<string> {
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  const text = decode(bytes.value);
  if (text === undefined) return fail('is not text in UTF-8');
  const control = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/.exec(text);
  if (control !== null) return fail(`is not text: there is a control character (byte ${hex(control[0])}) in it`);
  return ok(text);
}

/** What an env file (lines of `KEY=value`) sets, or why it cannot be read, in words. */
export function readEnvFile(path: string): Result<Readonly<Record<string, string>>> {
  const text = readText(path);
  if (!text.ok) return text;
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(parseEnv(text.value))) if (value !== undefined) found[key] = value;
  return ok(found);
}

function readBytes(path: string): Result<Buffer> {
  let fd: number | undefined;
  try {
    // Non-blocking, since a FIFO without a writer would hang us here.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (stat.isDirectory()) return fail('is a folder');
    if (!stat.isFile()) return fail('is not a file');
    if (stat.size > LARGEST_BYTES) return fail(`is too large: ${stat.size} bytes, and 1 MiB is the most`);
    const bytes = Buffer.allocUnsafe(stat.size);
    return ok(bytes.subarray(0, readSync(fd, bytes, 0, stat.size, 0)));
  } catch (error) {
    return fail(sentenceOf(error));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // Its only error: these bytes are not UTF-8.
  }
}

function sentenceOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'may not be read by this user';
  if (code === 'ENOTDIR') return 'does not exist: a part of its path is not a folder';
  if (code === 'ELOOP') return 'cannot be read: its links go in a circle';
  return `cannot be read: ${messageOf(error)}`;
}

const hex = (char: string): string => `0x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
