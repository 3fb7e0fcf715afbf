/** One key: from the table to its effect. */
import { never } from '../base/never.ts';
import {
  carryOut,
  onMarked,
  pressRoll,
  pressKill,
  pressLeave,
  pressPlan,
  pressReload,
  pressRestart,
  pressStartOrStop,
  pressWhy,
  readEvents,
  read,
  step,
  tell,
  type Step,
} from './acts.ts';
import {
  beginSearch,
  dropSearch,
  followAgain,
  giveUpSearch,
  goToMatch,
  keepSearch,
  scrollSideways,
  searchFor,
  turnStream,
  turnTimes,
  turnWhole,
  turnWrap,
} from './log-acts.ts';
import { letterOf, rowOf, type Action, type KeyRow } from './keys.ts';
import { isQuestionReadable } from './layout.ts';
import { isShort, isTooSmall } from './sizes.ts';
import type { Key } from './message.ts';
import { placeOf, selectedOf, selectedRow, type Asking, type Model, type Question } from './model.ts';
import { dropMarks, turnAllMarks, turnMark } from './marks.ts';
import { killMany, phraseOf, restartMany, startOrStopMany } from './many.ts';
import { moveSelection, pageOf, scrollFocused } from './scroll.ts';
import { reverseSort, sortByNext } from './sort.ts';

/** Keys faster than a hand types are a paste. */
const HAND_MS = 20;
/** Reading a question keeps the hands off the keyboard for this long. */
const QUIET_MS = 300;
const LONGEST_TYPED = 200;

export function pressKey(model: Model, key: Key): Step {
  const gap = model.now - model.lastKeyAt;
  const pressed: Model = { ...model, lastKeyAt: model.now };
  if (isTooSmall(model.size)) return pressUnseen(pressed, key, gap);
  const row = rowOf(placeOf(pressed), key);
  if (pressed.mode.is === 'asking' && !pressed.mode.isHeard) {
    // No is accepted at once.
    if (gap >= 0 && gap < QUIET_MS && row?.action !== 'no') return step(pressed);
    return dispatch({ ...pressed, mode: { ...pressed.mode, isHeard: true } }, key);
  }
  if (row !== undefined && isTooFast(row, gap))
    return step(tell(pressed, 'bad', `that came too fast for a hand (a paste?): ${key} was not obeyed`));
  return dispatch({ ...pressed, told: null }, key);
}

/** Nothing is drawn, so a key could touch a daemon that nobody sees: only leaving and Ctrl-Z work. */
function pressUnseen(model: Model, key: Key, gap: number): Step {
  const row = rowOf('list', key);
  if (row === undefined || isTooFast(row, gap)) return step(model);
  if (row.action === 'suspend') return step(model, { do: 'suspend' });
  // The question what to do with the list could not be read.
  return row.action === 'leave' ? step(model, { do: 'leave', how: 'detach' }) : step(model);
}

const isTooFast = ({ byHandOnly }: KeyRow, gap: number): boolean => byHandOnly && gap >= 0 && gap < HAND_MS;

function dispatch(model: Model, key: Key): Step {
  const row = rowOf(placeOf(model), key);
  if (row !== undefined) return act(model, row.action);
  const letter = letterOf(key);
  return step(letter === null ? model : typeText(model, (text) => text + letter));
}

function act(model: Model, action: Action): Step {
  switch (action) {
    case 'up':
      return step(scrollFocused(model, -1));
    case 'down':
      return step(scrollFocused(model, 1));
    case 'page-up':
      return step(scrollFocused(model, -pageOf(model)));
    case 'page-down':
      return step(scrollFocused(model, pageOf(model)));
    case 'first':
      return step(scrollFocused(model, -Infinity));
    case 'last':
      return step(scrollFocused(model, Infinity));
    case 'follow':
      return step(followAgain(model));
    case 'search':
      return step(beginSearch(model));
    case 'older-match':
      return step(goToMatch(model, 'older'));
    case 'newer-match':
      return step(goToMatch(model, 'newer'));
    case 'next-stream':
      return step(turnStream(model, 1));
    case 'previous-stream':
      return step(turnStream(model, -1));
    case 'times':
      return step(turnTimes(model));
    case 'wrap':
      return step(turnWrap(model));
    case 'whole-log':
      return step(turnWhole(model));
    case 'left':
    case 'right':
      return step(scrollSideways(model, action));
    case 'open':
      return step(open(model));
    case 'next-pane':
      return step(nextPane(model));
    case 'back':
      return step(back(model));
    case 'mark':
      return step(turnMark(model));
    case 'mark-all':
      return step(turnAllMarks(model));
    case 'sort':
      return step(sortByNext(model));
    case 'reverse':
      return step(reverseSort(model));
    case 'start-or-stop':
      return onMarked(model, startOrStopMany, pressStartOrStop);
    case 'restart':
      return onMarked(model, restartMany, pressRestart);
    case 'roll':
      return pressRoll(model);
    case 'kill':
      return onMarked(model, killMany, pressKill);
    case 'filter':
      return step({ ...model, focus: 'list', isOpen: false, mode: { is: 'filtering' } });
    case 'why':
      return pressWhy(model);
    case 'events':
      return step(readEvents(model));
    case 'plan':
      return pressPlan(model);
    case 'reload':
      return pressReload(model);
    case 'help':
      return step(read(model, { about: 'help' }));
    case 'leave':
      return pressLeave(model);
    case 'suspend':
      return step(model, { do: 'suspend' });
    case 'yes':
    case 'stop-all':
      return model.mode.is === 'asking' ? answered(model, model.mode.question) : step(model);
    case 'detach':
      return step({ ...model, mode: { is: 'browsing' } }, { do: 'leave', how: 'detach' });
    case 'no':
      return step({ ...model, mode: { is: 'browsing' } });
    case 'accept':
      return accept(model);
    case 'erase':
      return step(typeText(model, withoutLast));
    case 'erase-all':
      return step(typeText(model, () => ''));
    default:
      return never(action);
  }
}

/** The selected instance fills the screen; if it is already beside the list, its log gets the keys. */
function open(model: Model): Model {
  if (selectedOf(model) === null) return model;
  // Pressed again: its whole detail, which may be more than fits above the log.
  if (model.isOpen) return read(model, { about: 'detail' });
  // If there is room for only one, its detail comes first; Tab goes on to its log.
  return { ...model, wholeFrom: null, isOpen: true, focus: isShort(model.size) ? 'list' : 'log' };
}

function nextPane(model: Model): Model {
  if (model.focus === 'log') return toList(model);
  return { ...model, focus: 'log', isOpen: isShort(model.size) };
}

const toList = (model: Model): Model => ({ ...model, focus: 'list', isOpen: false, wholeFrom: null });

/** Out of the text, the filter line, the log; finally, the filter is cleared. */
function back(model: Model): Model {
  switch (model.mode.is) {
    case 'reading':
    case 'asking':
      return { ...model, mode: { is: 'browsing' } };
    case 'filtering':
      return { ...model, filter: '', mode: { is: 'browsing' } };
    case 'searching':
      return giveUpSearch(model);
    case 'browsing':
      if (model.focus === 'log' && model.log.search !== null) return dropSearch(model);
      if (model.focus === 'log' || model.isOpen) return toList(model);
      return model.marked.size > 0 ? dropMarks(model) : { ...model, filter: '' };
  }
}

/** Enter after typing. */
function accept(model: Model): Step {
  const { mode } = model;
  if (mode.is === 'filtering') {
    // From now on this one is selected, whatever was before the filter.
    return step(moveSelection({ ...model, mode: { is: 'browsing' } }, selectedRow(model)));
  }
  if (mode.is === 'searching') return step(keepSearch(model));
  if (mode.is !== 'asking' || !('typed' in mode.question)) return step(model);
  const { question } = mode;
  const wanted = question.about === 'cut' ? question.of.id : phraseOf(question);
  if (question.typed === wanted) return answered(model, question);
  const what = question.about === 'cut' ? `the name ${wanted}` : wanted;
  return step(tell(model, 'bad', `nothing was killed: that is not ${what}`));
}

/** A yes to an unreadable question does not count. */
function answered(model: Model, question: Question): Step {
  if (isQuestionReadable(model)) return carryOut(model, question);
  return step(tell(model, 'bad', 'terminal too small for this question: nothing was asked'));
}

function typeText(model: Model, edit: (text: string) => string): Model {
  const { mode } = model;
  if (mode.is === 'filtering') return { ...model, filter: edit(model.filter).slice(0, LONGEST_TYPED) };
  if (mode.is === 'searching') return searchFor(model, edit(model.log.search?.text ?? '').slice(0, LONGEST_TYPED));
  if (mode.is !== 'asking' || !('typed' in mode.question)) return model;
  const typed = edit(mode.question.typed).slice(0, LONGEST_TYPED);
  return { ...model, mode: { ...mode, question: { ...mode.question, typed } } satisfies Asking };
}

const withoutLast = (text: string): string => Array.from(text).slice(0, -1).join('');
