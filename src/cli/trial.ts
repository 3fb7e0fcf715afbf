/**
 * A trial of the program that is on disk: the very command that would take our place is run, and ends where it would begin. So an
 * installation that is only half there is found out before anything is handed on to it.
 */
import { cleanText } from '../base/clean.ts';
import { EXIT } from '../base/exit-codes.ts';
import { tryProgram } from '../supervisor/world/try-program.ts';

/** In the environment of a `start`: it is only tried. One that does not know the word finds our lock taken, and fails. */
const TRIAL = 'SUPERVISE_TRIAL';

/** Why the program on disk cannot take our place, in words; null: all of it is there that a supervisor needs. */
export async function brokenProgram(list: string): Promise<string | null> {
  const args = [...process.execArgv, process.argv[1] ?? '', 'start', '--file', list];
  const { code, words } = await tryProgram(process.execPath, args, { [TRIAL]: '1' });
  return code === EXIT.done ? null : `the program that is on disk now does not work (${cleanText(words)})`;
}

export const isTrial = (): boolean => process.env[TRIAL] !== undefined;

/** Loads what a supervisor loads only when it needs it; the rest is there already, or we were not. Of the list it may think what it likes. */
export async function loadAll(): Promise<void> {
  await Promise.all([import('../supervisor/world/file-watcher.ts'), import('../config/load.ts')]);
}
