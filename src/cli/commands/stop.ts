import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { carryOut } from '../deed.ts';
import type { Terminal } from '../print/terminal.ts';
import { endGuard } from '../target.ts';

/** Who has the list without answering is asked again so often, so long after: a supervisor on its way up or out takes less. */
const TRIES = 40;
const AGAIN_MS = 250;

/** `supervise stop [NAME…]`: without a name all, and the supervisor ends. */
export const run = (call: Invocation, terminal: Terminal): Promise<ExitCode> => stop(call, terminal, TRIES);

function stop(call: Invocation, terminal: Terminal, tries: number): Promise<ExitCode> {
  const names = call.operands;
  const how = { now: hasOption(call, 'now'), wait: !hasOption(call, 'no-wait') };
  return carryOut(
    {
      kind: 'stop',
      names,
      last: names.length === 0,
      unanswered: () => (names.length === 0 ? stopLeft(call, terminal, tries) : Promise.resolve(null)),
      ask: (client, patience) =>
        names.length === 0 ? client.call('shutdown', how, patience) : client.call('stop', { names, ...how }, patience),
    },
    call,
    terminal,
  );
}

/** Nobody answers; but who stops a list does not want it to be there again a moment later, nor its daemons to live on. */
async function stopLeft(call: Invocation, terminal: Terminal, tries: number): Promise<ExitCode | null> {
  const guard = await endGuard(call);
  const { endLeft, findLeft } = await import('../end-left.ts');
  const left = await findLeft(call);
  if (left !== null) {
    const ended = await endLeft(left, hasOption(call, 'now') ? 'cut' : 'drain', call, terminal);
    return ended ?? askWhoWasQuicker(call, terminal, tries);
  }
  if (guard === null) return null;
  terminal.tell(
    `supervise: no supervisor is running: it has died. Its guard (pid ${guard}), which would have started it again, is ended; none of its daemons lives`,
  );
  return EXIT.nobody;
}

/** Somebody else has the list now: another start or stop, which answers in a moment, or has ended it. */
async function askWhoWasQuicker(call: Invocation, terminal: Terminal, tries: number): Promise<ExitCode> {
  if (tries === TRIES)
    terminal.tell(
      'supervise: somebody else has begun to supervise the list at this moment: waiting until that one answers',
    );
  if (tries === 0) {
    terminal.tell('supervise: nothing was stopped: who has the list does not answer. Look who it is: supervise status');
    return EXIT.trouble;
  }
  await sleep(AGAIN_MS);
  return stop(call, terminal, tries - 1);
}
