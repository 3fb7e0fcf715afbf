import { existsSync } from 'node:fs';
import path from 'node:path';
import { LONGEST_SOURCE, MOST_FILES } from './bounds.ts';
import { matching, NOT_FOLLOWED } from './files.ts';
import type { Files, ReadFile } from './files.ts';
import { unread } from './sketch.ts';
import type { Note, Source } from './sketch.ts';
import type { ConfFile } from './supervisord.ts';
import { hasSection, includesOf, isOfSupervisord, readSupervisord } from './supervisord.ts';

/** Where a supervisord.conf may be; supervisord itself looks at the first two. */
const MAIN = ['supervisord.conf', 'etc/supervisord.conf', 'supervisor/supervisord.conf', 'docker/supervisord.conf'];
/** Folders with parts of one, in /etc/supervisor and elsewhere. */
const PARTS = ['conf.d/*.conf', 'supervisor/conf.d/*.conf', 'supervisord.d/*.ini', 'supervisord.d/*.conf'];
/** Without a main file each of these stands alone. */
const ALONE = ['*.conf', 'supervisor/*.conf', ...PARTS];

/** What a folder tells supervisord. */
export function supervisord(files: Files): readonly Source[] {
  const { folder } = files;
  const main = MAIN.find((file) => existsSync(path.join(folder, file)));
  if (main !== undefined) return [new Gathering(files).of(main)];
  const places = ALONE.flatMap((pattern) => matching(path.join(folder, pattern)));
  return places.slice(0, MOST_FILES).flatMap((place) => {
    const { text, isForAll } = files.read(place);
    if (text === null || !isOfSupervisord(text)) return [];
    const file = files.shown(place);
    const source = readSupervisord([{ text, here: path.dirname(place), uncitedAs: null }], file);
    return [{ ...source, narrow: isForAll ? [] : [file] }];
  });
}

/** A supervisord.conf with its includes, and the parts beside it. */
class Gathering {
  readonly #files: Files;
  readonly #taken: ConfFile[] = [];
  readonly #narrow: string[] = [];
  readonly #notes: Note[] = [];
  readonly #seen = new Set<string>();
  #patterns = 0;
  #length = 0;
  #isFull = false;

  constructor(files: Files) {
    this.#files = files;
  }

  of(main: string): Source {
    const { folder } = this.#files;
    this.#take(path.join(folder, main), null);
    for (const pattern of PARTS) {
      for (const place of matching(path.join(folder, pattern))) {
        const read = this.#readOnce(place, null);
        if (read?.text != null && isOfSupervisord(read.text)) this.#add(place, read, read.text);
      }
    }
    const count = this.#taken.length;
    const read = readSupervisord(this.#taken, count <= 1 ? main : `${main} and ${count - 1} more`);
    return { ...read, notes: [...this.#notes, ...read.notes], narrow: this.#narrow };
  }

  /** Takes a file that was named: by a file of that owner, or (null) by its place. false: it may not be read. */
  #take(place: string, namedBy: number | null): boolean {
    const read = this.#readOnce(place, namedBy);
    if (read === null) return true;
    if (read.why === NOT_FOLLOWED && namedBy !== null) return false;
    if (read.why !== null) this.#notes.push(unread(this.#files.shown(place), read.why));
    if (read.text === null) return true;
    if (hasSection(read.text)) this.#add(place, read, read.text);
    else if (read.text.trim() !== '') this.#notes.push(unread(this.#files.shown(place), 'there is no [section] in it'));
    return true;
  }

  #add(place: string, { owner, isOutside, isForAll }: ReadFile, text: string): void {
    const here = path.dirname(place);
    const shown = this.#files.shown(place);
    // Its length once expanded.
    this.#length += text.length + text.split('%(here)s').length * here.length * 2;
    if (this.#length > LONGEST_SOURCE) {
      this.#notes.push(unread(shown, 'with it the files of supervisord are more than 1 MiB'));
      return;
    }
    this.#taken.push({ text, here, uncitedAs: isOutside ? shown : null });
    if (!isForAll) this.#narrow.push(shown);
    for (const pattern of includesOf(text)) this.#include(pattern, here, owner);
  }

  #include(pattern: string, here: string, owner: number): void {
    this.#patterns += 1;
    if (this.#patterns > MOST_FILES) {
      this.#full();
      return;
    }
    const what = `[include] files=${pattern}`;
    const included = matching(
      path.resolve(
        here,
        pattern.replaceAll('%(here)s', () => here),
      ),
    );
    if (included.length === 0) this.#notes.push({ what, mend: 'matches no file here' });
    // Without their names: those in a folder that only root may read are private, too.
    const isAllTaken = included.map((each) => this.#take(each, owner)).every((each) => each);
    if (!isAllTaken) this.#notes.push({ what, mend: `${NOT_FOLLOWED}: not taken over` });
  }

  /** null: already read, or there is no room for it. */
  #readOnce(place: string, namedBy: number | null): ReadFile | null {
    if (this.#seen.has(place)) return null;
    if (this.#seen.size >= MOST_FILES) {
      this.#full();
      return null;
    }
    this.#seen.add(place);
    return this.#files.read(place, namedBy);
  }

  #full(): void {
    if (!this.#isFull)
      this.#notes.push({
        what: '[include]',
        mend: `more than ${MOST_FILES} files or patterns: the others were not read`,
      });
    this.#isFull = true;
  }
}
