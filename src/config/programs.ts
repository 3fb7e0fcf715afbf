import type { Stats } from 'node:fs';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from '../base/error-words.ts';
import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';

/** Where programs are looked up without a PATH: the default of execvp. */
const PATH_WITHOUT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** The first executable file of that name in the PATH, or undefined. Relative parts of the PATH are relative to cwd. */
export function findProgram(program: string, searchPath: string | undefined, cwd: string): string | undefined {
  const folders = (searchPath ?? PATH_WITHOUT_PATH).split(':');
  return folders.map((folder) => path.resolve(cwd, folder, program)).find((file) => wrongProgram(file) === undefined);
}

/** What keeps a file from being run, in words that follow its path; undefined when nothing does. */
export function wrongProgram(file: string): string | undefined {
  const wrong = wrongFile(file);
  if (wrong !== undefined) return wrong;
  return may(file, constants.X_OK) ? undefined : 'is not executable (chmod +x makes it so)';
}

/** What keeps a file from being read as a script, in words that follow its path; undefined when nothing does. */
export function wrongScript(file: string): string | undefined {
  return wrongFile(file) ?? (may(file, constants.R_OK) ? undefined : 'may not be read by this user');
}

/** The folder that a daemon runs in, or a sentence that says why it cannot. */
export function checkFolder(folder: string): Result<string> {
  const stat = statOf(folder);
  if (!stat.ok) return fail(`its folder (cwd) ${folder} ${stat.error}`);
  if (!stat.value.isDirectory()) return fail(`its folder (cwd) ${folder} is not a folder`);
  return may(folder, constants.X_OK) ? ok(folder) : fail(`its folder (cwd) ${folder} may not be entered by this user`);
}

function wrongFile(file: string): string | undefined {
  const stat = statOf(file);
  if (!stat.ok) return stat.error;
  if (stat.value.isDirectory()) return 'is a folder';
  return stat.value.isFile() ? undefined : 'is not a file';
}

function statOf(file: string): Result<Stats> {
  try {
    return ok(statSync(file));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return fail('does not exist');
    if (code === 'ENOTDIR') return fail('does not exist: a part of its path is a file');
    if (code === 'EACCES') return fail('cannot be reached: a folder of its path is closed to this user');
    if (code === 'ELOOP') return fail('cannot be reached: its links go in a circle');
    return fail(`cannot be reached (${code ?? String(error)})`);
  }
}

function may(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false; // Throwing means no.
  }
}

/** The contents of a folder, for hints. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // It would only have been a hint.
  }
}
