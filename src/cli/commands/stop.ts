import type { ExitCode } from '../../base/exit-codes.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { carryOut } from '../deed.ts';
import type { Terminal } from '../print/terminal.ts';

/** `supervise stop [NAME…]`: without a name all, and the supervisor ends. */
export function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const names = call.operands;
  const how = { now: hasOption(call, 'now'), wait: !hasOption(call, 'no-wait') };
  return carryOut(
    {
      kind: 'stop',
      names,
      last: names.length === 0,
      ask: (client, patience) =>
        names.length === 0 ? client.call('shutdown', how, patience) : client.call('stop', { names, ...how }, patience),
    },
    call,
    terminal,
  );
}
