/** Which supervisor has a state folder, according to its lock. */
import fs from 'node:fs';

export interface Holder {
  readonly pid: number;
  readonly list: string;
  readonly since: string;
}

export function readHolder(from: number | string): Holder | null {
  try {
    // A FIFO in its place would block us for ever.
    if (!(typeof from === 'string' ? fs.statSync(from) : fs.fstatSync(from)).isFile()) return null;
    const read: unknown = JSON.parse(fs.readFileSync(from, 'utf8'));
    return isHolder(read) ? read : null;
  } catch {
    return null; // Not written yet, or torn: the lock alone counts.
  }
}

/** The pid of the living process that has this very file open; null: none, or we may not look at its files. */
export function livingHolder(lock: string): number | null {
  const holder = readHolder(lock);
  if (holder === null) return null;
  try {
    const there = fs.statSync(lock);
    const files = `/proc/${holder.pid}/fd`;
    const isOpen = fs.readdirSync(files).some((fd) => {
      const file = fs.statSync(`${files}/${fd}`, { throwIfNoEntry: false });
      return file?.ino === there.ino && file.dev === there.dev;
    });
    return isOpen ? holder.pid : null;
  } catch {
    return null; // It is gone, or belongs to another user.
  }
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && 'pid' in value && 'list' in value && 'since' in value;
}
