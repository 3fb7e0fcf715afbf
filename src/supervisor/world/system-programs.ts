/** The small programs of every Linux that the supervisor depends on; some container images lack them. */
import { findProgram } from '../../config/programs.ts';

const PACKAGES = { flock: 'util-linux', mkfifo: 'coreutils', setsid: 'util-linux' } as const;

/** Names those missing from this PATH, in a sentence, or null. `detaches`: there will be a guard. */
export function missingPrograms(searchPath: string | undefined, detaches: boolean): string | null {
  const needed = detaches ? (['flock', 'mkfifo', 'setsid'] as const) : (['flock', 'mkfifo'] as const);
  const missing = needed.filter((program) => findProgram(program, searchPath, '/') === undefined);
  if (missing.length === 0) return null;
  const named = missing.map((program) => `${program} (of ${PACKAGES[program]})`).join(', ');
  const where = searchPath === undefined ? 'the usual folders' : `PATH (${searchPath})`;
  return `this needs ${named}, and ${where} has not got ${missing.length === 1 ? 'it' : 'them'}; install what is missing, or name its folder in PATH`;
}
