/** Hands everything a supervisor holds over to a successor, or nothing. */
import { setImmediate } from 'node:timers/promises';
import type { ExitCode } from '../base/exit-codes.ts';
import type { Out } from '../logs/options.ts';
import { processCalls } from '../native/index.ts';
import { untoldWords, type Untold } from '../supervisor/trouble.ts';
import { leaveFor } from '../supervisor/world/handed-words.ts';
import { managerOf } from '../systemd/environment.ts';
import type { Told } from './guard.ts';
import { handOn } from './hand-on.ts';
import { NOT_HANDED_ON } from './not-handed-on.ts';
import type { Parts } from './parts.ts';
import { LAST_WORDS_MS } from './stdout-way.ts';
import type { Ask } from './supervise-list.ts';

/** Returns only if the successor does not take over this very process. null: nothing is handed over, and we go on. */
export async function handAllOn(
  { list, folder, lock, told, terminal }: Ask,
  parts: Parts,
  out: Out | null,
): Promise<ExitCode | null> {
  const { journal, logs, state, running, teller, lost } = parts;
  const refuse = (why: string): boolean => {
    journal.add({ id: null, type: NOT_HANDED_ON, level: 'error', words: `nothing is handed on: ${why}` });
    return false;
  };
  const wait = { isDue: false };
  const writeDown = (): boolean => {
    // Something may have been said in the very turn in which this wait ended.
    wait.isDue = out?.outlet.isEmpty === false;
    if (wait.isDue) return false;
    running.lookOnceMore();
    const why = running.end.isAsked ? STOPPING : (lost() ?? state.handOn(running.fleet));
    if (why !== null) return refuse(why);
    logs.handOn();
    const { waiting, dropped } = teller.untold();
    if (waiting.length + dropped > 0 && !leaveFor(folder.untold, { waiting, dropped } satisfies Untold))
      journal.add({ id: null, type: 'untold', level: 'error', words: untoldWords(waiting.length + dropped) });
    return true;
  };
  const tell = (words: string): void => {
    terminal.tell(`supervise: ${words}`);
  };
  const idle = async (): Promise<void> => {
    await out?.outlet.hold(LAST_WORDS_MS);
    await setImmediate();
    await state.idle();
  };
  const until = performance.now() + LAST_WORDS_MS;
  let code: ExitCode | null;
  do code = await handOn({ folder, list: list.file, lock, told, idle, writeDown, tell });
  while (wait.isDue && performance.now() < until);
  if (wait.isDue) refuse('what waits for the reader of stdout would be lost');
  if (code === null) out?.outlet.release();
  return code;
}

const STOPPING = 'the list is stopping by now';

/** Why a successor could not continue as we do, in words, or null. */
export async function cannotBecome(told: Told, { logs }: Parts): Promise<string | null> {
  if (told.isGuarded || managerOf(process.env, process.pid) !== null || (await processCalls()) !== null) return null;
  if (process.pid === 1)
    return 'as pid 1 it takes the optional package koffi to become another program, and all in here ends with this one: start a new container instead';
  return logs.anyOnStdout()
    ? 'without the optional package koffi the new program runs in the background, where nobody reads stdout (log: stdout): end this one, and start the new one'
    : null;
}
