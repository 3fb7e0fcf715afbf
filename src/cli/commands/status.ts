import { setTimeout as sleep } from 'node:timers/promises';
import { cleanText } from '../../base/clean.ts';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { connect } from '../../control/client.ts';
import type { ClientError } from '../../control/client.ts';
import type { StatusView } from '../../control/view.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellFailure, unanswered } from '../failure.ts';
import { Picture } from '../print/picture.ts';
import { statusLines, type StatusStyle } from '../print/status.ts';
import type { Terminal } from '../print/terminal.ts';
import type { Draw } from '../status-watch.ts';
import { allFolders, explicitFolder, listFile, reach } from '../target.ts';

/** `supervise status [NAME…]`: of this list; in a folder without one, of all reachable supervisors. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const everywhere = listFile(call) === null && explicitFolder(call) === undefined && call.operands.length === 0;
  const ask = everywhere ? askEverywhere : askOne;
  if (hasOption(call, 'watch')) return watch(() => ask(call), call, terminal);
  const answer = await ask(call);
  if (!answer.ok) return tellFailure(answer.error, call, terminal);
  for (const line of await linesOf(answer.value, call, terminal)) terminal.say(line);
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

function linesOf(answer: Answer, call: Invocation, terminal: Terminal): Promise<readonly string[]> {
  if (hasOption(call, 'json'))
    return Promise.resolve([JSON.stringify(answer.everywhere ? answer.views : answer.views[0])]);
  return picture(answer, { width: terminal.columns, colour: terminal.colour, now: Date.now() });
}

/** One supervisor below the other; if rows are scarce, each gets as many as the others leave. */
async function picture({ views }: Answer, style: StatusStyle): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [index, view] of views.entries()) {
    if (index > 0) lines.push('');
    const left = views.length - index;
    const rows = style.rows === undefined ? {} : { rows: Math.floor((style.rows - lines.length - (left - 1)) / left) };
    lines.push(...(await statusLines(view, { ...style, ...rows })));
  }
  return lines;
}

function codeOf(answer: Answer, call: Invocation): ExitCode {
  const trouble = answer.views.some(({ supervisor }) => supervisor?.check === 'trouble');
  return hasOption(call, 'check') && trouble ? EXIT.trouble : EXIT.done;
}

/** Every second, until a signal or until nothing reads: in place on a terminal, block after block elsewhere. */
async function watch(
  ask: () => Promise<Result<Answer, ClientError>>,
  call: Invocation,
  terminal: Terminal,
): Promise<ExitCode> {
  if (hasOption(call, 'json') || !Picture.canDraw(process.env)) return repeat(ask, call, terminal);
  const { watchOnTerminal } = await import('../status-watch.ts');
  const draw: Draw<Answer> = async (answer, { columns, rows, ...style }) => {
    const notes = answer.notes.map((note) => cleanText(note));
    return [...(await picture(answer, { ...style, width: columns, rows: rows - notes.length })), ...notes];
  };
  const ended = await watchOnTerminal(ask, draw, terminal);
  return ended.ok ? ended.value : tellFailure(ended.error, call, terminal);
}

async function repeat(
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
      ? [...(await linesOf(answer.value, call, terminal)), ...answer.value.notes]
      : [hasOption(call, 'json') ? unanswered(answer.error) : `${answer.error.words}; looking again each second`];
    for (const line of lines) terminal.say(line);
    await terminal.room();
    await sleep(1000, undefined, { signal: terminal.gone }).catch(() => undefined); // Aborted: the loop ends.
  }
  return code;
}
