import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../base/error-words.ts';
import { globMatches } from '../../base/glob.ts';
import { readText } from '../../config/read.ts';

/** A file that was asked for. */
export interface ReadFile {
  readonly text: string | null;
  /** Why there is no text of a file that is there. */
  readonly why: string | null;
  /** Who may say what else is read, by their number. */
  readonly owner: number;
  /** It does not lie in the folder: by a link, or because it is named so. */
  readonly isOutside: boolean;
  /** Everybody may read it. What lies elsewhere may lie where not everybody gets to. */
  readonly isForAll: boolean;
}

/**
 * The files of a folder that is not necessarily ours: root is asked to look at folders of others, and what it may read, they
 * may not. So a file outside is read only where who points to it might read it himself: its owner is the same, or we are.
 */
export class Files {
  readonly folder: string;
  readonly #user: number;

  constructor(folder: string, user = process.geteuid?.() ?? 0) {
    this.folder = folder;
    this.#user = user;
  }

  /** `namedBy`: the owner of the file that names it; null: it lies where such a file usually lies. */
  read(file: string, namedBy: number | null = null): ReadFile {
    let fd: number | undefined;
    try {
      // Open all the while: it is looked at and read as one, whatever is put in its place meanwhile.
      fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
      const stat = fstatSync(fd);
      const isOutside = !isWithin(realpathSync(this.folder), readlinkSync(`/proc/self/fd/${fd}`));
      const seen = { text: null, owner: stat.uid, isOutside, isForAll: !isOutside && (stat.mode & 0o004) !== 0 };
      if (isOutside && !this.#mayPoint(file, stat, namedBy)) return { ...seen, why: NOT_FOLLOWED };
      const read = readText(`/proc/self/fd/${fd}`);
      return read.ok ? { ...seen, text: read.value, why: null } : { ...seen, why: read.error };
    } catch (error) {
      return { text: null, why: whyNot(file, error), owner: -1, isOutside: false, isForAll: true };
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #mayPoint(file: string, target: Stats, namedBy: number | null): boolean {
    if (namedBy !== null) return namedBy === this.#user || namedBy === target.uid;
    if (this.#user !== 0) return true;
    const folder = lstatSync(realpathSync(this.folder));
    const isForAll = (folder.mode & 0o002) !== 0;
    return !isForAll && folder.uid === target.uid && this.#wayTo(file).every(({ uid }) => uid === folder.uid);
  }

  /** The folders and links from the folder to the file. */
  #wayTo(file: string): readonly Stats[] {
    const parts = path.relative(this.folder, file).split(path.sep);
    return parts.map((_, index) => lstatSync(path.join(this.folder, ...parts.slice(0, index + 1))));
  }

  /** As it is called in messages: relative where it is named within the folder. */
  shown(file: string): string {
    const relative = path.relative(this.folder, file);
    return relative.startsWith('..') ? file : relative;
  }
}

/** In the words of the reader of lists; null: there is none. */
function whyNot(file: string, error: unknown): string | null {
  const read = readText(file);
  if (read.ok) return `cannot be looked at: ${messageOf(error)}`;
  return read.error.startsWith('does not exist') ? null : read.error;
}

export const NOT_FOLLOWED = 'lies outside of the folder and belongs to somebody else than who points to it';

const isWithin = (folder: string, file: string): boolean => file.startsWith(folder === '/' ? '/' : `${folder}/`);

/** Files that a pattern names, in the order of their names: only its last part may be one. */
export function matching(pattern: string): readonly string[] {
  const folder = path.dirname(pattern);
  try {
    return readdirSync(folder)
      .filter((name) => globMatches(path.basename(pattern), name) && !name.startsWith('.'))
      .sort()
      .map((name) => path.join(folder, name));
  } catch {
    return []; // No such folder, or not ours to look into: whoever needs a file of it says so.
  }
}
