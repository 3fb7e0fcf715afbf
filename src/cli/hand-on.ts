/** Hands everything over to a successor: the program now on disk. No daemon notices. */
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import { processCalls } from '../native/index.ts';
import type { StateFolder } from '../supervisor/world/folder.ts';
import { managerOf } from '../systemd/environment.ts';
import { guardHasGone, handOnEnvironment, spawnGuard, type Told } from './guard.ts';
import { messagesOf } from './print/message-file.ts';

export interface HandOn {
  readonly folder: StateFolder;
  readonly list: string;
  readonly lock: number;
  readonly told: Told;
  /** Resolves when no write is in progress. */
  readonly idle: () => Promise<void>;
  /** Saves everything in one go: between this and the successor nothing is read or decided. False: that failed, and we go on. */
  readonly writeDown: () => boolean;
  readonly tell: (words: string) => void;
}

/**
 * In our own place if koffi is there: the same process, so that our children stay ours. Otherwise, or if our guard has died, we end, and
 * our guard or systemd starts the successor; without either, one is started in the background with a guard. Returns only in the second
 * case; null: nothing has been handed over.
 */
export async function handOn({ folder, list, lock, told, idle, writeDown, tell }: HandOn): Promise<ExitCode | null> {
  const calls = await processCalls();
  await idle();
  if (!writeDown()) return null;
  const unguarded = guardHasGone(told, folder.path);
  // A guard is the parent of its supervisor: one that has lost it gets a new guard only as another process.
  if (calls !== null && !unguarded) {
    const environment = { ...process.env, ...handOnEnvironment(told, lock) };
    const args = [...process.execArgv, ...process.argv.slice(1)];
    tell(`cannot become the new program in place (${calls.become(process.execPath, args, environment, [lock])})`);
  }
  if (unguarded || (!told.isGuarded && managerOf(process.env, process.pid) === null)) {
    const messages = messagesOf(folder.messages, tell);
    const args = ['start', '--file', list, '--state-dir', folder.path];
    const { pid } = spawnGuard({ folder: folder.path, args, messages, lock });
    tell(`goes on in the background (its guard has pid ${pid ?? '?'}); its messages: ${folder.messages}`);
  }
  return EXIT.upgrade;
}
