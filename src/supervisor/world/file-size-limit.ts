import fs from 'node:fs';

/** How large a file may become that we write (`ulimit -f`), in bytes; Infinity: there is no limit. */
export const fileSizeLimit = (): number => (known ??= read());

/** Read at the start: later on we may be too short of descriptors. */
let known: number | null = null;

function read(): number {
  const [, limit] = /^Max file size\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return limit === undefined ? Infinity : Number(limit);
}
