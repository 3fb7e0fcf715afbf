/** The limits we were started with (`ulimit`). */
import fs from 'node:fs';

/** How many descriptors we may have open, or Infinity. */
export const openFilesLimit = (): number => read('Max open files');

/** How large a file we write may become, in bytes, or Infinity. Read once: later we may be short of descriptors. */
export const fileSizeLimit = (): number => (fileSize ??= read('Max file size'));

let fileSize: number | null = null;

function read(name: string): number {
  const [, limit] = new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(fs.readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return limit === undefined ? Infinity : Number(limit);
}
