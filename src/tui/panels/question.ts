/** A question before something irreversible. It says what will happen and names what may be cut. */
import { listed } from '../../base/listed.ts';
import { notMeant } from '../../control/seen.ts';
import type { InstanceView } from '../../control/view.ts';
import { span, titleRule, wrapText } from '../cells.ts';
import { phraseOf } from '../many.ts';
import { agedTo, factsAt, instanceOf, type Model, type Question } from '../model.ts';
import type { Line, Size, Span } from '../screen.ts';
import { drainText, iterationOf } from './drain-text.ts';
import { manyText, manyTitle } from './many.ts';
import { pagedPanel } from './paged.ts';
import { bad, plain, type Passage } from './passage.ts';
import { planLines } from './plan.ts';

const NO_ROOM = 'The terminal is too small for this question.';

export function questionPanel(model: Model, size: Size): readonly Line[] {
  const { mode } = model;
  const { width } = size;
  if (mode.is !== 'asking') return [];
  if (mode.question.about === 'reload')
    return pagedPanel([titleOf(mode.question, model)], planLines(mode.question.plan, width), mode.question.top, size);
  return (
    fitting(model, mode.question, size) ?? [titleLine(model, mode.question, width), ...rowsOf(bad(NO_ROOM), width)]
  );
}

/** Is everything visible that has to be seen before an answer? A plan is scrolled. */
export function isReadable(model: Model, size: Size): boolean {
  const { mode } = model;
  return mode.is !== 'asking' || mode.question.about === 'reload' || fitting(model, mode.question, size) !== null;
}

/** All of it, regardless of room. */
export function questionLines(model: Model, width: number): readonly Line[] {
  if (model.mode.is !== 'asking') return [];
  const { question } = model.mode;
  if (question.about === 'reload') return [titleLine(model, question, width), ...planLines(question.plan, width)];
  return framed(
    model,
    question,
    width,
    textOf(model, question).flatMap((passage) => rowsOf(passage, width)),
  );
}

/** What fits: at least that something may be cut, and how much. Null: not even that. */
function fitting(model: Model, question: PlainQuestion, { width, height }: Size): readonly Line[] | null {
  const text = textOf(model, question);
  const rows = text.flatMap((passage) => rowsOf(passage, width));
  const all = framed(model, question, width, rows);
  if (all.length <= height) return all;
  const room = height - (all.length - rows.length);
  const least = text.flatMap((passage) =>
    passage.least === undefined ? [] : rowsOf({ ...passage, words: passage.least }, width),
  );
  if (least.length > room || room < 1) return null;
  const rest = text.filter((passage) => passage.least === undefined).flatMap((passage) => rowsOf(passage, width));
  return framed(model, question, width, [...least, ...rest].slice(0, room));
}

/** Between its title and the line for typing. */
function framed(model: Model, question: Question, width: number, rows: readonly Line[]): readonly Line[] {
  const title = titleLine(model, question, width);
  return 'typed' in question ? [title, ...rows, typedLine(question)] : [title, ...rows];
}

const rowsOf = ({ words, role }: Passage, width: number): readonly Line[] =>
  wrapText(words, width - 2).map((row): Line => [span(' '), span(row, role)]);

const titleLine = (model: Model, question: Question, width: number): Line =>
  titleRule([titleOf(question, model)], width);

type PlainQuestion = Exclude<Question, { about: 'reload' }>;

/** The text left of the cursor. */
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
      return `${question.about} ${question.of.id}?`;
    case 'cut':
      return `kill ${question.of.id} now?`;
    case 'many':
    case 'cut-many':
      return manyTitle(question, model);
    case 'reload':
    case 'leave':
      return `${question.about}?`;
  }
}

function textOf(model: Model, question: PlainQuestion): readonly Passage[] {
  if (question.about === 'leave') return leaveText(model);
  if (question.about === 'many' || question.about === 'cut-many') return manyText(question, model);
  const { of } = question;
  const known = instanceOf(model, of.id);
  if (known === null) return [plain('It is not in the list any more.')];
  const now = factsAt(model);
  const instance = agedTo(known, now);
  if (question.about === 'cut') return cutText(instance, question.of.pid);
  const changed = notMeant(question.about, of, known);
  if (changed !== null) return [plain(`${changed}: nothing is asked of it.`)];
  const limits = model.asked.answer?.id === of.id ? (model.asked.answer.limits ?? null) : null;
  return drainText(instance, question.about, limits, now);
}

function cutText(instance: InstanceView, pid: number): readonly Passage[] {
  if (instance.pid !== pid) return [plain(`Process ${pid} has ended meanwhile: there is nothing to kill.`)];
  const harm =
    instance.busy === false
      ? plain(`SIGKILL to pid ${pid} and its session. It says that it is between two iterations; it stays stopped.`)
      : bad(
          `SIGKILL to pid ${pid} and its session cuts ${iterationOf(instance)} in the middle; it stays stopped.`,
          'SIGKILL cuts what it is at.',
        );
  return [harm, plain(`To do it, type ${instance.id} and Enter.`)];
}

function leaveText({ instances }: Model): readonly Passage[] {
  const risky = instances.filter(({ pid, flags }) => pid !== null && flags.includes('no_drain')).map(({ id }) => id);
  return [
    plain('Detached, all run on; supervise tui comes back.'),
    plain('Stopped, each ends at its boundary.'),
    ...(risky.length === 0
      ? []
      : [bad(`A stop may cut ${listed(risky, 3)} (no_drain).`, `A stop may cut ${risky.length}.`)]),
  ];
}
