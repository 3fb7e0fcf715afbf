/** The last row: the keys that would do something now, as many as fit; `? help` and `q quit` always do. */
import { isUnchanged } from '../../control/describe-plan.ts';
import { notMeant, startOrStop } from '../../control/seen.ts';
import type { InstanceView } from '../../control/view.ts';
import { lineWidth, span } from '../cells.ts';
import { isQuestionReadable } from '../layout.ts';
import { hiddenCells } from '../log-pane.ts';
import { phraseOf } from '../many.ts';
import { markedIn } from '../marks.ts';
import { rowsAt, type Action, type KeyRow } from '../keys.ts';
import { instanceOf, isStopping, placeOf, selectedOf, type Model, type Question } from '../model.ts';
import type { Line, Size } from '../screen.ts';
import { isWide } from '../sizes.ts';
import { stillMeant } from '../still.ts';

export function footerLines(model: Model, { width }: Size): readonly Line[] {
  const told = rowsAt(placeOf(model)).filter(({ footer, action }) => footer !== null && isOfUse(action, model));
  const kept = new Set<KeyRow>();
  let left = width - MARGIN;
  for (const row of told.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    left -= lineWidth(hint(row, model)) + (kept.size === 0 ? MARGIN : GAP);
    if (left < 0) break;
    kept.add(row);
  }
  const hints = told.filter((row) => kept.has(row)).map((row) => hint(row, model));
  return [hints.flatMap((line, index) => [span(' '.repeat(index === 0 ? MARGIN : GAP)), ...line])];
}

const MARGIN = 1;
const GAP = 2;

const rankOf = ({ footer }: KeyRow): number => footer?.rank ?? Infinity;

function hint({ footer, action }: KeyRow, model: Model): Line {
  if (footer === null) return [];
  return [span(footer.label, 'key'), span(` ${wordsOf(action, footer.words, model)}`, 'faint')];
}

/** Would the key do anything now? */
const isOfUse = (action: Action, model: Model): boolean => USES[action]?.(model) ?? true;

const USES: Readonly<Partial<Record<Action, (model: Model) => boolean>>> = {
  follow: ({ log }) => log.held !== null,
  'older-match': hasMatch,
  'newer-match': hasMatch,
  right: (model) => model.log.left > 0 || hiddenCells(model) > 0,
  wrap: (model) => model.focus === 'log' && (model.logLook.isWrapped || hiddenCells(model) > 0),
  'next-stream': ({ focus }) => focus === 'log',
  open: ({ wholeFrom, isOpen, shown, size }) => wholeFrom === null && !isOpen && !isWide(size) && shown.length > 0,
  'start-or-stop': (model) => isSelectedIn(model, (one) => !isStopping(model) || startOrStop(one) === 'stop'),
  restart: (model) => isSelectedIn(model, () => !isStopping(model)),
  kill: (model) => isSelectedIn(model, ({ pid }) => pid !== null),
  events: ({ mode }) => mode.is !== 'reading' || mode.what.about === 'events',
  yes: isYesOfUse,
  plan: ({ connection }) => connection.is === 'up',
  reload: (model) => isReloadOfUse(model),
  why: (model) => isSelectedIn(model, () => true),
  back: (model) => model.mode.is !== 'browsing' || isInside(model) || model.marked.size > 0 || model.filter !== '',
};

/** For a text, only below a plan that would do something. */
function isReloadOfUse({ connection, mode }: Model): boolean {
  if (connection.is !== 'up') return false;
  if (mode.is !== 'reading') return true;
  return mode.what.about === 'plan' && mode.what.plan?.ok === true && !isUnchanged(mode.what.plan.value);
}

/** If the question is unreadable, or nothing it named is left, only no is an answer. */
function isYesOfUse(model: Model): boolean {
  if (model.mode.is !== 'asking') return true;
  if (!isQuestionReadable(model)) return false;
  const { question } = model.mode;
  switch (question.about) {
    case 'stop':
    case 'restart':
      return notMeant(question.about, question.of, instanceOf(model, question.of.id)) === null;
    case 'many':
      return stillMeant(question.deed, question.targets, model).length > 0;
    case 'cut':
    case 'cut-many':
    case 'reload':
    case 'leave':
      return true;
  }
}

function hasMatch({ log }: Model): boolean {
  return (log.search?.found.length ?? 0) > 0;
}

const MANY: ReadonlySet<Action> = new Set(['start-or-stop', 'restart', 'kill']);

const stopOrStartAll = (marked: readonly InstanceView[]): 'start' | 'stop' =>
  marked.some((one) => startOrStop(one) === 'stop') ? 'stop' : 'start';

function yesWords(question: Question, model: Model): string {
  if (question.about !== 'many') return `${question.about} it`;
  return `${question.deed === 'roll' ? 'restart' : question.deed} ${stillMeant(question.deed, question.targets, model).length}`;
}

/** Nothing is requested of a supervisor that does not answer. */
function isSelectedIn(model: Model, test: (selected: InstanceView) => boolean): boolean {
  if (model.connection.is !== 'up') return false;
  if (model.marked.size > 0) return markedIn(model).some(test);
  const selected = selectedOf(model);
  return selected !== null && test(selected);
}

/** Inside something: Esc leads back to the list. */
const isInside = ({ focus, isOpen }: Model): boolean => focus === 'log' || isOpen;

/** What a key does depends on what has the keys and what is selected. */
function wordsOf(action: Action, words: string, model: Model): string {
  const { mode } = model;
  const selected = selectedOf(model);
  if (action === 'events' && mode.is === 'reading' && mode.what.about === 'events')
    return mode.what.of === 'all' ? `only ${selected?.id ?? 'one'}` : 'all';
  if (action === 'yes' && mode.is === 'asking') return yesWords(mode.question, model);
  if (action === 'accept' && mode.is === 'asking' && mode.question.about === 'cut-many') return phraseOf(mode.question);
  const marked = markedIn(model);
  if (marked.length > 0 && MANY.has(action))
    return `${action === 'start-or-stop' ? stopOrStartAll(marked) : words} ${marked.length}`;
  if (marked.length > 0 && action === 'back' && placeOf(model) === 'list') return 'drop marks';
  if (action === 'start-or-stop' && selected !== null) return startOrStop(selected);
  if (action === 'back' && placeOf(model) === 'log' && model.log.search !== null) return 'drop search';
  if (action === 'whole-log' && model.wholeFrom !== null) return 'all panes';
  if (mode.is === 'browsing' && !isInside(model)) return action === 'back' ? 'show all' : words;
  if (action === 'next-pane' && model.focus === 'log') return 'list';
  return action === 'down' && placeOf(model) !== 'list' && mode.is !== 'filtering' ? 'scroll' : words;
}
