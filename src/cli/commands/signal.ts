import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellFailure } from '../failure.ts';
import { reachToAct } from '../other-list.ts';
import type { Terminal } from '../print/terminal.ts';

/** `supervise signal SIGNAL NAME…`: `USR1`, `usr1` and `SIGUSR1` are the same. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const [written = '', ...names] = call.operands;
  const signal = `SIG${written.toUpperCase().replace(/^SIG/, '')}`;
  const found = await reachToAct(call);
  if (!found.ok) return tellFailure(found.error, call, terminal);
  const sent = await found.value.client.call('signal', { names, signal });
  found.value.client.close();
  if (!sent.ok) return tellFailure(sent.error, call, terminal);
  if (hasOption(call, 'json')) terminal.say(JSON.stringify(sent.value));
  else if (sent.value.length === 0) terminal.say('none of them has a process: nothing was sent');
  else terminal.say(`sent ${signal} to ${sent.value.join(', ')}`);
  return sent.value.length === 0 ? EXIT.trouble : EXIT.done;
}
