import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { globMatches } from '../../base/glob.ts';
import { readText } from '../../config/read.ts';
import { readFrameworks } from './frameworks.ts';
import { presetFor } from './known.ts';
import { programNote, readPm2 } from './pm2.ts';
import { readProcfile } from './procfile.ts';
import { readScripts, SCRIPT_FOLDERS } from './scripts.ts';
import type { ScriptFile } from './scripts.ts';
import type { Note, Sketch, Source } from './sketch.ts';
import type { ConfFile } from './supervisord.ts';
import { includesOf, isOfSupervisord, readSupervisord } from './supervisord.ts';

/** All that a folder says of daemons. Reads files, runs none. */
export function collect(folder: string): readonly Source[] {
  const written = [...procfile(folder), ...supervisord(folder), ...pm2(folder)];
  const known = readFrameworks((file) => textIn(folder, file).text).map((source) => without(source, written));
  const scripts = readScripts(scriptsIn(folder));
  const all = [...written, ...known, ...(scripts === null ? [] : [without(scripts, written)])];
  return all.filter(({ sketches, notes }) => sketches.length + notes.length > 0);
}

/** Leaves out what somebody has already written down how to run. */
function without(source: Source, written: readonly Source[]): Source {
  const there = written.flatMap(({ sketches }) => sketches);
  return { ...source, sketches: source.sketches.filter((sketch) => !there.some((each) => isSame(each, sketch))) };
}

function isSame(written: Sketch, found: Sketch): boolean {
  const line = JSON.stringify(written.keys);
  const { preset, script } = found.keys;
  if (typeof preset === 'string') return written.keys.preset === preset || presetFor(line) === preset;
  return typeof script === 'string' && line.includes(script.replace(/^\.\//, ''));
}

interface ReadFile {
  readonly text: string | null;
  /** Why there is no text of a file that is there. */
  readonly why: string | null;
}

function textIn(folder: string, file: string): ReadFile {
  const read = readText(path.join(folder, file));
  if (read.ok) return { text: read.value, why: null };
  return { text: null, why: read.error.startsWith('does not exist') ? null : read.error };
}

const unread = (file: string, why: string): Note => ({ what: file, mend: `${why}: nothing of it was taken` });

function procfile(folder: string): readonly Source[] {
  const { text, why } = textIn(folder, 'Procfile');
  if (text !== null) return [readProcfile(text, 'Procfile', existsSync(path.join(folder, '.env')))];
  return why === null ? [] : [{ file: 'Procfile', sketches: [], notes: [unread('Procfile', why)] }];
}

/** Where a supervisord.conf may lie; supervisord itself looks at the first two. */
const MAIN = ['supervisord.conf', 'etc/supervisord.conf', 'supervisor/supervisord.conf', 'docker/supervisord.conf'];
/** Folders of parts of one, in /etc/supervisor and elsewhere. */
const PARTS = ['conf.d/*.conf', 'supervisor/conf.d/*.conf', 'supervisord.d/*.ini', 'supervisord.d/*.conf'];
/** Where there is no main file each of these stands for itself. */
const ALONE = ['*.conf', 'supervisor/*.conf', ...PARTS];

function supervisord(folder: string): readonly Source[] {
  const main = MAIN.find((file) => existsSync(path.join(folder, file)));
  if (main !== undefined) return [mainFile(folder, main)];
  return ALONE.flatMap((pattern) => matching(path.join(folder, pattern))).flatMap((place) => {
    const { text } = textIn('/', place);
    if (text === null || !isOfSupervisord(text)) return [];
    return [readSupervisord([{ text, here: path.dirname(place) }], shownPath(folder, place))];
  });
}

/** A supervisord.conf with what it includes, and with the parts that lie beside it. */
function mainFile(folder: string, main: string): Source {
  const files: ConfFile[] = [];
  const notes: Note[] = [];
  const seen = new Set<string>();
  const take = (place: string, isNamed: boolean): void => {
    if (seen.has(place)) return;
    seen.add(place);
    const here = path.dirname(place);
    const { text, why } = textIn('/', place);
    if (why !== null && isNamed) notes.push(unread(shownPath(folder, place), why));
    if (text === null || !(isNamed || isOfSupervisord(text))) return;
    files.push({ text, here });
    for (const pattern of includesOf(text)) {
      const included = matching(path.resolve(here, pattern.replaceAll('%(here)s', here)));
      if (included.length === 0) notes.push({ what: `[include] files=${pattern}`, mend: 'matches no file here' });
      for (const each of included) take(each, true);
    }
  };
  take(path.join(folder, main), true);
  for (const pattern of PARTS) for (const place of matching(path.join(folder, pattern))) take(place, false);
  const read = readSupervisord(files, files.length <= 1 ? main : `${main} and ${files.length - 1} more`);
  return { ...read, notes: [...notes, ...read.notes] };
}

const shownPath = (folder: string, file: string): string => {
  const relative = path.relative(folder, file);
  return relative.startsWith('..') ? file : relative;
};

/** Files that a pattern names, in the order of their names: only its last part may be one. */
function matching(pattern: string): readonly string[] {
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

const PM2_JSON = ['ecosystem.config.json', 'ecosystem.json', 'pm2.config.json', 'pm2.json', 'process.json'];
const PM2_PROGRAMS = ['ecosystem.config.js', 'ecosystem.config.cjs', 'pm2.config.js', 'pm2.config.cjs'];

function pm2(folder: string): readonly Source[] {
  for (const file of PM2_JSON) {
    const { text, why } = textIn(folder, file);
    if (why !== null) return [{ file, sketches: [], notes: [unread(file, why)] }];
    if (text !== null) return [readPm2(text, file)];
  }
  const program = PM2_PROGRAMS.find((file) => existsSync(path.join(folder, file)));
  return program === undefined ? [] : [{ file: program, sketches: [], notes: [programNote(program)] }];
}

/** More are no folder of scripts. */
const MOST_SCRIPTS = 500;
const HEAD_BYTES = 64 * 1024;

function scriptsIn(folder: string): readonly ScriptFile[] {
  return SCRIPT_FOLDERS.flatMap((where) =>
    matching(path.join(folder, where, '*'))
      .slice(0, MOST_SCRIPTS)
      .flatMap((file) => {
        const head = headOf(file);
        return head === null ? [] : [{ file: path.join(where, path.basename(file)), ...head }];
      }),
  );
}

/** The beginning of a file; null for what is no file, no text, or not ours to read. */
function headOf(file: string): { text: string; isExecutable: boolean } | null {
  let fd: number | undefined;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return null;
    const bytes = Buffer.alloc(Math.min(stat.size, HEAD_BYTES));
    const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0));
    return text.includes('\0') ? null : { text, isExecutable: (stat.mode & 0o111) !== 0 };
  } catch {
    return null; // It went away, or may not be read: then it is none that we could propose.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
