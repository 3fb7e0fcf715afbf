/**
 * A trial of the program on disk: runs the very command that would take our place, which ends where it would begin. So a half-finished
 * installation is discovered before anything is handed over to it.
 */
import { cleanText } from '../base/clean.ts';
import { EXIT } from '../base/exit-codes.ts';
import { tryProgram } from '../supervisor/world/try-program.ts';

/** In the environment of a `start`: it is only a trial. One that does not know the word finds our lock taken, and fails. */
const TRIAL = 'SUPERVISE_TRIAL';

/** Why the program on disk cannot take our place, in words; null: it has everything that a supervisor needs. */
export async function brokenProgram(list: string): Promise<string | null> {
  const args = [...process.execArgv, process.argv[1] ?? '', 'start', '--file', list];
  const { code, words } = await tryProgram(process.execPath, args, { [TRIAL]: '1' });
  return code === EXIT.done ? null : `the program that is on disk now does not work (${cleanText(words)})`;
}

export const isTrial = (): boolean => process.env[TRIAL] !== undefined;

/**
 * Loads what a supervisor otherwise loads on demand; the rest is loaded already, or we would not be here. Its verdict on the list does not
 * matter.
 */
export async function loadAll(): Promise<void> {
  await Promise.all([import('../supervisor/world/file-watcher.ts'), import('../config/load.ts')]);
}
