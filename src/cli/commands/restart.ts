import type { ExitCode } from '../../base/exit-codes.ts';
import type { RestartHow } from '../../control/api.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { carryOut } from '../deed.ts';
import type { Terminal } from '../print/terminal.ts';

function howOf(call: Invocation): RestartHow {
  if (hasOption(call, 'all-at-once')) return 'all-at-once';
  return hasOption(call, 'one-by-one') ? 'one-by-one' : 'scout';
}

/** `supervise restart [NAME…]`: without a name all. */
export function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const names = call.operands;
  const how = howOf(call);
  // An older supervisor does not know of it.
  const ask = { names, wait: !hasOption(call, 'no-wait'), ...(how === 'scout' ? {} : { how }) };
  return carryOut(
    { kind: 'restart', names, last: false, ask: (client, patience) => client.call('restart', ask, patience) },
    call,
    terminal,
  );
}
