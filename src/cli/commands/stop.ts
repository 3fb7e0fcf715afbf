import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration, LEAST_WITHIN_MS, parseDuration } from '../../base/duration.ts';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { hasOption, valueOf } from '../args.ts';
import type { Invocation } from '../args.ts';
import { carryOut } from '../deed.ts';
import { tellUsage } from '../failure.ts';
import type { Terminal } from '../print/terminal.ts';
import { comingUp, endGuardOf } from '../target.ts';

/** How often a lock holder that does not answer is asked again, and how long apart: a supervisor on its way up or out takes less. */
const TRIES = 40;
const AGAIN_MS = 250;

/** `supervise stop [NAME…]`: without names everything, and the supervisor ends. */
export function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const within = withinOf(valueOf(call, 'within'));
  return within.ok ? stop(call, within.value, terminal, TRIES) : Promise.resolve(tellUsage(within.error, terminal));
}

/** Milliseconds; null: unlimited. */
function withinOf(written: string | undefined): Result<number | null> {
  if (written === undefined) return ok(null);
  const parsed = parseDuration(written);
  if (!parsed.ok) return fail(`--within: ${parsed.error}`);
  const least = formatDuration(LEAST_WITHIN_MS);
  return parsed.value >= LEAST_WITHIN_MS
    ? parsed
    : fail(`--within: at least ${least}, for the last 3s of it are for cutting in order; at once is --now`);
}

function stop(call: Invocation, within: number | null, terminal: Terminal, tries: number): Promise<ExitCode> {
  const names = call.operands;
  // An older supervisor does not know it.
  const bound = within === null ? {} : { within_ms: within };
  const how = { now: hasOption(call, 'now'), wait: !hasOption(call, 'no-wait'), ...bound };
  return carryOut(
    {
      kind: 'stop',
      names,
      last: names.length === 0,
      unanswered: () => (names.length === 0 ? stopLeft(call, within, terminal, tries) : Promise.resolve(null)),
      ask: (client, patience) =>
        names.length === 0 ? client.call('shutdown', how, patience) : client.call('stop', { names, ...how }, patience),
    },
    call,
    terminal,
  );
}

/** Nothing answers; but a stopped list must not come back a moment later, nor may its daemons live on. */
async function stopLeft(
  call: Invocation,
  within: number | null,
  terminal: Terminal,
  tries: number,
): Promise<ExitCode | null> {
  const [{ endLeft, findLeft }, { foldersMeant }] = await Promise.all([
    import('../end-left.ts'),
    import('../living.ts'),
  ]);
  const { meant, others } = await foldersMeant(call);
  const pid = comingUp(meant);
  const coming = pid === null ? null : `the supervisor (pid ${pid}) is on its way up`;
  if (coming !== null && tries > 0)
    return askOnceMore(`${coming}: waiting until it answers, to stop the list`, call, within, terminal, tries);
  const guard = await endGuardOf(meant);
  const left = await findLeft(call);
  if (left !== null) {
    const ended = await endLeft(left, hasOption(call, 'now') ? 'cut' : 'drain', within, call, terminal);
    return ended ?? askWhoWasQuicker(call, within, terminal, tries);
  }
  const [other] = others;
  if (guard === null && other !== undefined) {
    terminal.tell(`supervise: ${other.words}`);
    return EXIT.usage;
  }
  if (guard === null) return null;
  terminal.tell(
    `supervise: ${coming === null ? 'no supervisor is running: it has died' : `${coming}, and has not answered`}. Its guard (pid ${guard}), which would have started it again, is ended; none of its daemons lives`,
  );
  return EXIT.nobody;
}

/** Something else has the list now: another start or stop, which will answer in a moment or has already ended it. */
async function askWhoWasQuicker(
  call: Invocation,
  within: number | null,
  terminal: Terminal,
  tries: number,
): Promise<ExitCode> {
  if (tries === 0) {
    terminal.tell('supervise: nothing was stopped: who has the list does not answer. Look who it is: supervise status');
    return EXIT.trouble;
  }
  const words = 'somebody else has begun to supervise the list at this moment: waiting until that one answers';
  return askOnceMore(words, call, within, terminal, tries);
}

async function askOnceMore(
  words: string,
  call: Invocation,
  within: number | null,
  terminal: Terminal,
  tries: number,
): Promise<ExitCode> {
  if (tries === TRIES) terminal.tell(`supervise: ${words}`);
  await sleep(AGAIN_MS);
  return stop(call, within, terminal, tries - 1);
}
