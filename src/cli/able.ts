/** Whether this machine lets us supervise: of a start that nobody watches it is no answer that it does not. */
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

/** A guard, systemd or the supervisor before this one has started it: what is in the way can be told to nobody. */
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
 * Is all there that a supervisor needs of its machine? It is waited for where daemons live on whom nobody would look after otherwise: a
 * guard takes the exit code for an answer. null: it is there; else with what to end.
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
