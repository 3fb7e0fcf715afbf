import type { ExitCode } from '../../base/exit-codes.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { carryOut } from '../deed.ts';
import type { Terminal } from '../print/terminal.ts';

/** `supervise restart [NAME…]`: without a name all. */
export function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const names = call.operands;
  const ask = { names, wait: !hasOption(call, 'no-wait') };
  return carryOut(
    { kind: 'restart', names, last: false, ask: (client, patience) => client.call('restart', ask, patience) },
    call,
    terminal,
  );
}
