/** Where a path leads now, through all its links, and which folders decide that. */
import fs from 'node:fs';
import path from 'node:path';
import { isErrno } from './errno.ts';

export interface Whereabouts {
  /** With links resolved; null: it leads nowhere (yet). */
  readonly real: string | null;
  readonly kind: 'file' | 'folder' | null;
  /** As long as this is unchanged, so is what it leads to: contents included for a file, not for a folder. */
  readonly print: string;
  /** The folders, and names in them, that the way depends on: switched links, renamed folders, things that appear later. */
  readonly steps: readonly Step[];
  /** Why its destination is unknown: EACCES. */
  readonly refused: string | null;
}

export interface Step {
  readonly folder: string;
  /** Tells it from another folder that has come to the same place. */
  readonly inode: string;
  readonly name: string;
  /** The way turns or ends here: a link, or the last step possible. */
  readonly decides: boolean;
}

/** The kernel's own limit. */
const MOST_LINKS = 40;

/** `file` is absolute. */
export function whereaboutsOf(file: string): Whereabouts {
  const steps: Step[] = [];
  const todo = namesIn(file);
  let [at, stats] = ['/', fs.statSync('/')];
  let links = 0;
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (name === '..') {
      // The folder it came through exists: it was in it a moment ago.
      at = path.dirname(at);
      stats = fs.statSync(at, { throwIfNoEntry: false }) ?? stats;
      continue;
    }
    const full = path.join(at, name);
    const found = lookAt(full);
    const decides = typeof found === 'string' || found.target !== null || todo.length === 0;
    steps.push({ folder: at, inode: inodeOf(stats), name, decides });
    if (typeof found === 'string') return nowhere(steps, found === 'EACCES' ? full : null);
    if (found.target === null) {
      at = full;
      stats = found.stats;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return nowhere(steps, null);
    todo.push(...namesIn(found.target));
    if (found.target.startsWith('/')) [at, stats] = ['/', fs.statSync('/')];
  }
  const kind = stats.isDirectory() ? 'folder' : 'file';
  const content = kind === 'file' ? ` ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}` : '';
  return { real: at, kind, print: `${at} ${inodeOf(stats)}${content}`, steps, refused: null };
}

/** In reverse order. */
const namesIn = (file: string): string[] =>
  file
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .reverse();

/** With its birth time: the inode number of a removed folder is reused for the next one. */
const inodeOf = ({ dev, ino, birthtimeMs }: fs.Stats): string => `${dev}:${ino}:${birthtimeMs}`;

const nowhere = (steps: readonly Step[], refused: string | null): Whereabouts => ({
  ...{ real: null, kind: null, print: '', steps, refused },
});

/** An error code if it cannot be examined: ENOENT, ENOTDIR, EACCES. */
function lookAt(full: string): { readonly stats: fs.Stats; readonly target: string | null } | string {
  try {
    const stats = fs.lstatSync(full);
    return { stats, target: stats.isSymbolicLink() ? fs.readlinkSync(full) : null };
  } catch (error) {
    if (isErrno(error)) return error.code ?? 'unknown';
    throw error;
  }
}
