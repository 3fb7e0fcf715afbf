import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../base/error-words.ts';
import { globMatches } from '../../base/glob.ts';
import { readText } from '../../config/read.ts';

/** A requested file. */
export interface ReadFile {
  readonly text: string | null;
  /** Why an existing file has no text. */
  readonly why: string | null;
  /** The user id that decides which other files may be read on its behalf. */
  readonly owner: number;
  /** It is not in the folder, through a link or because it is named so. */
  readonly isOutside: boolean;
  /** Everybody may read it. A file elsewhere may be in a place that not everybody can reach. */
  readonly isForAll: boolean;
}

/**
 * The files of a folder that is not necessarily ours: root may be asked to examine other users' folders and may read what they may not. So
 * an outside file is read only if whoever points to it could read it: it has the same owner, or that is us.
 */
export class Files {
  readonly folder: string;
  readonly #user: number;

  constructor(folder: string, user = process.geteuid?.() ?? 0) {
    this.folder = folder;
    this.#user = user;
  }

  /** `namedBy`: the owner of the file that names it; null: it is in the usual place of such a file. */
  read(file: string, namedBy: number | null = null): ReadFile {
    let fd: number | undefined;
    try {
      // Kept open throughout: it is examined and read as one file, whatever replaces it meanwhile.
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

  /** The folders and links between the folder and the file. */
  #wayTo(file: string): readonly Stats[] {
    const parts = path.relative(this.folder, file).split(path.sep);
    return parts.map((_, index) => lstatSync(path.join(this.folder, ...parts.slice(0, index + 1))));
  }

  /** Its name in messages: relative if named within the folder. */
  shown(file: string): string {
    const relative = path.relative(this.folder, file);
    return relative.startsWith('..') ? file : relative;
  }
}

/** In the words of the list reader; null: there is no such file. */
function whyNot(file: string, error: unknown): string | null {
  const read = readText(file);
  if (read.ok) return `cannot be looked at: ${messageOf(error)}`;
  return read.error.startsWith('does not exist') ? null : read.error;
}

export const NOT_FOLLOWED = 'lies outside of the folder and belongs to somebody else than who points to it';

const isWithin = (folder: string, file: string): boolean => file.startsWith(folder === '/' ? '/' : `${folder}/`);

/** Files matching a pattern, sorted by name: only its last part may have wildcards. */
export function matching(pattern: string): readonly string[] {
  const folder = path.dirname(pattern);
  try {
    return readdirSync(folder)
      .filter((name) => globMatches(path.basename(pattern), name) && !name.startsWith('.'))
      .sort()
      .map((name) => path.join(folder, name));
  } catch {
    return []; // No such folder, or not accessible: whatever needs a file in it says so.
  }
}
