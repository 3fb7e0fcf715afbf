/** Can this machine run a supervisor? For a start that nobody watches, "no" is no answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import { fail, type Result } from '../base/result.ts';
import type { ListSpec } from '../config/spec.ts';
import { makeStateFolder, type StateFolder } from '../supervisor/world/folder.ts';
import type { CaughtSignals } from '../supervisor/world/signals.ts';
import { missingPrograms } from '../supervisor/world/system-programs.ts';
import { managerOf } from '../systemd/environment.ts';
import type { Told } from './guard.ts';
import { livesIn } from './living.ts';
import type { Terminal } from './print/terminal.ts';

/** Started by a guard, by systemd or in place of an earlier supervisor: there is nobody to be told what is in the way. */
export const repeatsItself = (told: Told): boolean =>
  told.isGuarded || told.lock !== null || managerOf(process.env, process.pid) !== null;

export interface Beginning {
  readonly folder: StateFolder;
  /** As in `Past`. */
  readonly list: ListSpec | null;
  readonly told: Told;
  readonly signals: Pick<CaughtSignals, 'isEndAsked'>;
  readonly terminal: Terminal;
  readonly detaches: boolean;
}

const AGAIN_MS = 1_000;

/**
 * Does the machine have everything a supervisor needs? If daemons live that nothing else would look after, this waits: a guard takes the
 * exit code for an answer. null: it has; else the exit code.
 */
export async function untilAble({
  folder,
  list,
  told,
  signals,
  terminal,
  detaches,
}: Beginning): Promise<ExitCode | null> {
  const look = (): Result<unknown> => {
    const missing = missingPrograms(process.env.PATH, detaches);
    return missing === null ? makeStateFolder(folder) : fail(missing);
  };
  let able = look();
  if (able.ok) return null;
  const waits = repeatsItself(told) && livesIn(folder, list);
  terminal.tell(
    `supervise: ${able.error}${waits ? '. Daemons live on there without a supervisor, so this is tried again each second' : ''}`,
  );
  if (!waits) return EXIT.usage;
  while (!able.ok) {
    if (signals.isEndAsked) return EXIT.terminated;
    await sleep(AGAIN_MS);
    able = look();
  }
  return null;
}
