import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { carryOut } from '../deed.ts';
import type { Terminal } from '../print/terminal.ts';
import { endGuard } from '../target.ts';

/** `supervise stop [NAME…]`: without a name all, and the supervisor ends. */
export const run = (call: Invocation, terminal: Terminal): Promise<ExitCode> => stop(call, terminal, true);

function stop(call: Invocation, terminal: Terminal, isFirst: boolean): Promise<ExitCode> {
  const names = call.operands;
  const how = { now: hasOption(call, 'now'), wait: !hasOption(call, 'no-wait') };
  return carryOut(
    {
      kind: 'stop',
      names,
      last: names.length === 0,
      unanswered: () => (names.length === 0 ? stopLeft(call, terminal, isFirst) : Promise.resolve(null)),
      ask: (client, patience) =>
        names.length === 0 ? client.call('shutdown', how, patience) : client.call('stop', { names, ...how }, patience),
    },
    call,
    terminal,
  );
}

/** Nobody answers; but who stops a list does not want it to be there again a moment later, nor its daemons to live on. */
async function stopLeft(call: Invocation, terminal: Terminal, isFirst: boolean): Promise<ExitCode | null> {
  const guard = await endGuard(call);
  const { endLeft, findLeft } = await import('../end-left.ts');
  const left = await findLeft(call);
  if (left !== null) {
    const ended = await endLeft(left, hasOption(call, 'now') ? 'cut' : 'drain', call, terminal);
    // Somebody was quicker and has the list now: then there is one to ask.
    return ended ?? (isFirst ? stop(call, terminal, false) : null);
  }
  if (guard === null) return null;
  terminal.tell(
    `supervise: no supervisor is running: it has died. Its guard (pid ${guard}), which would have started it again, is ended; none of its daemons lives`,
  );
  return EXIT.nobody;
}
