/** The limits that we were started with (`ulimit`). */
import fs from 'node:fs';

/** How many descriptors we may have open; Infinity: as many as we like. */
export const openFilesLimit = (): number => read('Max open files');

/** How large a file may become that we write, in bytes; Infinity: there is no limit. Read once: later on we may be too short of descriptors. */
export const fileSizeLimit = (): number => (fileSize ??= read('Max file size'));

let fileSize: number | null = null;

function read(name: string): number {
  const [, limit] = new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(fs.readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return limit === undefined ? Infinity : Number(limit);
}
