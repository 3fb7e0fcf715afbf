/** A question before something that cannot be taken back. It says what will happen and names what can be cut. */
import { listed } from '../../base/listed.ts';
import { count, span as duration } from '../../control/describe.ts';
import type { InstanceView } from '../../control/view.ts';
import { span, titleRule, wrapText } from '../cells.ts';
import { phraseOf } from '../many.ts';
import { agedTo, factsAt, instanceOf, type Model, type Question } from '../model.ts';
import type { Line, Size, Span } from '../screen.ts';
import { manyText, manyTitle, type Passage } from './many.ts';
import { pagedPanel } from './paged.ts';
import { planLines } from './plan.ts';

/** The line in which something is typed stays, whatever there is no room for. */
export function questionPanel(model: Model, size: Size): readonly Line[] {
  const { mode } = model;
  const { width, height } = size;
  if (mode.is === 'asking' && mode.question.about === 'reload')
    return pagedPanel([titleOf(mode.question, model)], planLines(mode.question.plan, width), mode.question.top, size);
  const lines = questionLines(model, width);
  return lines.length <= height ? lines : [...lines.slice(0, height - 1), ...lines.slice(-1)];
}

export function questionLines(model: Model, width: number): readonly Line[] {
  if (model.mode.is !== 'asking') return [];
  const { question } = model.mode;
  const title = titleRule([titleOf(question, model)], width);
  if (question.about === 'reload') return [title, ...planLines(question.plan, width)];
  const text = textOf(model, question).flatMap(({ words, role }) =>
    wrapText(words, width - 2).map((row): Line => [span(' '), span(row, role)]),
  );
  return 'typed' in question ? [title, ...text, typedLine(question)] : [title, ...text];
}

/** What stands left of the cursor. */
export const typedBefore = (question: TypedQuestion): string => promptOf(question) + question.typed;

type TypedQuestion = Extract<Question, { readonly typed: string }>;

const promptOf = (question: TypedQuestion): string =>
  question.about === 'cut' ? ' name: ' : ` type ${phraseOf(question)}: `;

const typedLine = (question: TypedQuestion): Line => [span(promptOf(question), 'key'), span(question.typed, 'input')];

const titleOf = (question: Question, model: Model): Span => span(titleWords(question, model), 'warning');

function titleWords(question: Question, model: Model): string {
  switch (question.about) {
    case 'stop':
    case 'restart':
      return `${question.about} ${question.id}?`;
    case 'cut':
      return `kill ${question.id} now?`;
    case 'many':
    case 'cut-many':
      return manyTitle(question, model);
    case 'reload':
    case 'leave':
      return `${question.about}?`;
  }
}

const plain = (words: string): Passage => ({ words, role: 'plain' });
const bad = (words: string): Passage => ({ words, role: 'bad' });

function textOf(model: Model, question: Exclude<Question, { about: 'reload' }>): readonly Passage[] {
  if (question.about === 'leave') return leaveText(model);
  if (question.about === 'many' || question.about === 'cut-many') return manyText(question, model);
  const known = instanceOf(model, question.id);
  if (known === null) return [plain('It is not in the list any more.')];
  const instance = agedTo(known, factsAt(model));
  return question.about === 'cut' ? cutText(instance, question.pid) : drainText(instance, question.about);
}

function drainText(instance: InstanceView, deed: 'stop' | 'restart'): readonly Passage[] {
  const then = deed === 'stop' ? 'then it stays stopped' : 'then it is started again';
  if (instance.pid === null) return [plain(`It has no process now, so nothing is cut; ${then}.`)];
  if (instance.flags.includes('no_drain'))
    return [
      bad(`It dies of the stop signal wherever it is: ${iterationOf(instance)} may be cut.`),
      plain(`docs/stopping.md has the few lines that mend it.`),
    ];
  if (instance.state === 'draining' || instance.state === 'killing') return [plain(`It drains already; ${then}.`)];
  switch (instance.busy) {
    case true:
      return [plain(`${capital(iterationOf(instance))} is waited for; ${then}.`)];
    case false:
      return [plain(`It is between two iterations, so nothing is cut; ${then}.`)];
    case null:
      return [plain(`It is sent its stop signal and has its grace to finish what it is at; ${then}.`)];
  }
}

function cutText(instance: InstanceView, pid: number): readonly Passage[] {
  if (instance.pid !== pid) return [plain(`Process ${pid} has ended meanwhile: there is nothing to kill.`)];
  const harm =
    instance.busy === false
      ? plain(`SIGKILL to pid ${pid} and its session. It says that it is between two iterations; it stays stopped.`)
      : bad(`SIGKILL to pid ${pid} and its session cuts ${iterationOf(instance)} in the middle; it stays stopped.`);
  return [harm, plain(`To do it, type ${instance.id} and Enter.`)];
}

/** `iteration #12,409, open for 3.2s`, as far as it is known. */
function iterationOf({ iterations, iteration_ms: open }: InstanceView): string {
  if (iterations === null) return 'the work it is at';
  return `iteration #${count(iterations + 1)}${open === null ? '' : `, open for ${duration(open)},`}`;
}

function leaveText({ instances }: Model): readonly Passage[] {
  const risky = instances.filter(({ pid, flags }) => pid !== null && flags.includes('no_drain')).map(({ id }) => id);
  return [
    plain('Detached, all run on; supervise tui comes back.'),
    plain('Stopped, each ends at its boundary.'),
    ...(risky.length === 0 ? [] : [bad(`A stop may cut ${listed(risky, 3)} (no_drain).`)]),
  ];
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
