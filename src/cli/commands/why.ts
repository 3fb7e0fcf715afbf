import { cleanText } from '../../base/clean.ts';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellFailure } from '../failure.ts';
import type { Terminal } from '../print/terminal.ts';
import { reach } from '../target.ts';

/** `supervise why NAME…`: answers in sentences. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const found = await reach(call);
  if (!found.ok) return tellFailure(found.error, call, terminal);
  const why = await found.value.client.call('why', { names: call.operands });
  found.value.client.close();
  if (!why.ok) return tellFailure(why.error, call, terminal);
  if (hasOption(call, 'json')) terminal.say(JSON.stringify(why.value));
  else
    for (const { id, state, words } of why.value) {
      terminal.say(`${terminal.colour('strong', id)}: ${state}`);
      for (const sentence of words) terminal.say(`  ${cleanText(sentence)}`);
    }
  return EXIT.done;
}
