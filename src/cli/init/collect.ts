import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../../config/read.ts';
import { withinBounds } from './bounds.ts';
import { Files, matching } from './files.ts';
import { readFrameworks } from './frameworks.ts';
import { presetFor } from './known.ts';
import { programNote, readPm2 } from './pm2.ts';
import { readProcfile } from './procfile.ts';
import { readScripts, SCRIPT_FOLDERS } from './scripts.ts';
import type { ScriptFile } from './scripts.ts';
import { unread } from './sketch.ts';
import type { Sketch, Source } from './sketch.ts';
import { supervisord } from './supervisord-files.ts';

/** Everything a folder says about daemons. Reads files, runs none. */
export function collect(folder: string, files = new Files(folder)): readonly Source[] {
  const written = withinBounds([...procfile(files), ...supervisord(files), ...pm2(files)]);
  const lines = written.flatMap(({ sketches }) => sketches).map(({ keys }) => JSON.stringify(keys));
  const known = readFrameworks((file) => textIn(folder, file)).map((source) => without(source, lines));
  const scripts = readScripts(scriptsIn(folder));
  const all = [...written, ...known, ...(scripts === null ? [] : [without(scripts, lines)])];
  return withinBounds(all).filter(({ sketches, notes }) => sketches.length + notes.length > 0);
}

/** Leaves out what someone has already described how to run. */
function without(source: Source, written: readonly string[]): Source {
  return { ...source, sketches: source.sketches.filter((sketch) => !written.some((line) => isSame(line, sketch))) };
}

function isSame(line: string, { keys: { preset, script } }: Sketch): boolean {
  if (typeof preset === 'string') return line.includes(`"preset":"${preset}"`) || presetFor(line) === preset;
  return typeof script === 'string' && line.includes(script.replace(/^\.\//, ''));
}

/** Only examined: none of it gets into the list. */
function textIn(folder: string, file: string): string | null {
  const read = readText(path.join(folder, file));
  return read.ok ? read.value : null;
}

const procfile = (files: Files): readonly Source[] =>
  sourceIn(files, 'Procfile', (text, file) => readProcfile(text, file, existsSync(path.join(files.folder, '.env'))));

const PM2_JSON = ['ecosystem.config.json', 'ecosystem.json', 'pm2.config.json', 'pm2.json', 'process.json'];
const PM2_PROGRAMS = ['ecosystem.config.js', 'ecosystem.config.cjs', 'pm2.config.js', 'pm2.config.cjs'];

function pm2(files: Files): readonly Source[] {
  for (const file of PM2_JSON) {
    const found = sourceIn(files, file, readPm2);
    if (found.length > 0) return found;
  }
  const program = PM2_PROGRAMS.find((file) => existsSync(path.join(files.folder, file)));
  return program === undefined ? [] : [{ file: program, sketches: [], notes: [programNote(program)] }];
}

/** What a file says, or why it was not read; nothing if there is none. */
function sourceIn(files: Files, file: string, read: (text: string, file: string) => Source): readonly Source[] {
  const { text, why, isForAll } = files.read(path.join(files.folder, file));
  if (why !== null) return [{ file, sketches: [], notes: [unread(file, why)] }];
  return text === null ? [] : [{ ...read(text, file), narrow: isForAll ? [] : [file] }];
}

/** With more than this it is no folder of scripts. */
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

/** The beginning of a file; null if it is no file, not text, or not readable by us. */
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
    return null; // Gone or unreadable: not one that we could propose.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
