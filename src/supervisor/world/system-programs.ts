/** The small programs of every Linux without which there is no supervisor; some images of containers have not got them. */
import { findProgram } from '../../config/programs.ts';

const PACKAGES = { flock: 'util-linux', mkfifo: 'coreutils', setsid: 'util-linux' } as const;

/** Which of them are not in this PATH, in a sentence; null: all are there. `detaches`: there will be a guard. */
export function missingPrograms(searchPath: string | undefined, detaches: boolean): string | null {
  const needed = detaches ? (['flock', 'mkfifo', 'setsid'] as const) : (['flock', 'mkfifo'] as const);
  const missing = needed.filter((program) => findProgram(program, searchPath, '/') === undefined);
  if (missing.length === 0) return null;
  const named = missing.map((program) => `${program} (of ${PACKAGES[program]})`).join(', ');
  const where = searchPath === undefined ? 'the usual folders' : `PATH (${searchPath})`;
  return `this needs ${named}, and ${where} has not got ${missing.length === 1 ? 'it' : 'them'}; install what is missing, or name its folder in PATH`;
}
