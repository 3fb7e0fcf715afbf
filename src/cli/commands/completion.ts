import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { cleanText } from '../../base/clean.ts';
import type { Invocation } from '../args.ts';
import { candidatesFor } from '../completion/candidates.ts';
import { namesFor } from '../completion/names.ts';
import { COMPLETION_SCRIPTS, SHELLS } from '../completion/scripts.ts';
import { tellUsage } from '../failure.ts';
import type { Terminal } from '../print/terminal.ts';

/** `supervise completion SHELL`: prints its script. `supervise completion words -- WORD…`: what the script asks on each Tab. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const [first = '', ...rest] = call.operands;
  if (first === 'words') return complete(rest, terminal);
  const shell = SHELLS.find((each) => each === first);
  if (shell === undefined || rest.length > 0)
    return tellUsage(`completion is for one of ${SHELLS.join(', ')}, not '${call.operands.join(' ')}'`, terminal);
  terminal.say(COMPLETION_SCRIPTS[shell].trimEnd());
  return EXIT.done;
}

async function complete(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const candidates = await candidatesFor(words, namesFor);
  if (typeof candidates === 'string') terminal.say(`:${candidates}`);
  else for (const { word, doc } of candidates) terminal.say(`${word}\t${cleanText(doc)}`);
  return EXIT.done;
}
