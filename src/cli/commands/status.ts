import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { connect } from '../../control/client.ts';
import type { ClientError } from '../../control/client.ts';
import type { StatusView } from '../../control/view.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellFailure } from '../failure.ts';
import { statusLines } from '../print/status.ts';
import type { Terminal } from '../print/terminal.ts';
import { allFolders, explicitFolder, listFile, reach } from '../target.ts';

/** `supervise status [NAME…]`: of this list; in a folder without one, of all supervisors in reach. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const everywhere = listFile(call) === null && explicitFolder(call) === undefined && call.operands.length === 0;
  const ask = everywhere ? askEverywhere : askOne;
  if (hasOption(call, 'watch')) return watch(() => ask(call), call, terminal);
  const answer = await ask(call);
  if (!answer.ok) return tellFailure(answer.error, call, terminal);
  for (const line of await picture(answer.value, call, terminal)) terminal.say(line);
  for (const note of answer.value.notes) terminal.tell(`supervise: ${note}`);
  return codeOf(answer.value, call);
}

interface Answer {
  readonly views: readonly StatusView[];
  /** Supervisors that could not be asked. */
  readonly notes: readonly string[];
  readonly everywhere: boolean;
}

async function askOne(call: Invocation): Promise<Result<Answer, ClientError>> {
  const found = await reach(call);
  if (!found.ok) return found;
  const { client } = found.value;
  const status = await client.call('status', { names: call.operands, runs: call.operands.length > 0 });
  client.close();
  return status.ok ? ok({ views: [status.value], notes: [], everywhere: false }) : status;
}

async function askEverywhere(): Promise<Result<Answer, ClientError>> {
  const views: StatusView[] = [];
  const notes: string[] = [];
  for (const folder of allFolders()) {
    const client = await connect(folder, { timeoutMs: 2000 });
    const status = client.ok ? await client.value.call('status', {}, { timeoutMs: 2000 }) : client;
    if (client.ok) client.value.close();
    if (status.ok) views.push(status.value);
    else if (status.error.tag !== 'nobody') notes.push(status.error.words);
  }
  if (views.length > 0) return ok({ views, notes, everywhere: true });
  if (notes.length > 0) return fail({ tag: 'broken', words: notes.join('; ') });
  return fail({ tag: 'nobody', words: 'no supervisor is running; start one with: supervise start' });
}

async function picture(answer: Answer, call: Invocation, terminal: Terminal): Promise<readonly string[]> {
  if (hasOption(call, 'json')) return [JSON.stringify(answer.everywhere ? answer.views : answer.views[0])];
  const style = { width: terminal.columns, colour: terminal.colour, now: Date.now() };
  const pictures = await Promise.all(answer.views.map((view) => statusLines(view, style)));
  return pictures.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

function codeOf(answer: Answer, call: Invocation): ExitCode {
  const trouble = answer.views.some(({ supervisor }) => supervisor?.check === 'trouble');
  return hasOption(call, 'check') && trouble ? EXIT.trouble : EXIT.done;
}

/** Again each second, until Ctrl-C or until nobody reads: in place on a terminal, one block after the other elsewhere. */
async function watch(
  ask: () => Promise<Result<Answer, ClientError>>,
  call: Invocation,
  terminal: Terminal,
): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  while (!terminal.gone.aborted) {
    const answer = await ask();
    if (!answer.ok && answer.error.tag !== 'nobody' && answer.error.tag !== 'broken')
      return tellFailure(answer.error, call, terminal);
    code = answer.ok ? codeOf(answer.value, call) : EXIT.nobody;
    const lines = answer.ok
      ? [...(await picture(answer.value, call, terminal)), ...answer.value.notes]
      : [hasOption(call, 'json') ? NOBODY : `${answer.error.words}; looking again each second`];
    terminal.draw(lines);
    await terminal.room();
    await sleep(1000, undefined, { signal: terminal.gone }).catch(() => undefined); // Aborted: the loop ends.
  }
  return code;
}

const NOBODY = JSON.stringify({ supervisor: null, instances: [], resources: [] });
