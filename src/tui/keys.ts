/** Every key of the screen: what it does and where. update.ts dispatches on this table; footer and help are made from it. */
import type { Key } from './message.ts';

/** What gets the keys. */
export type Place =
  | 'list'
  | 'log'
  /** The line for typing the filter. */
  | 'filter'
  /** The line for typing a log search. */
  | 'search'
  /** Yes or no. */
  | 'question'
  /** The name has to be typed before anything is cut. */
  | 'name'
  /** Yes or no, below a plan that can be longer than its space. */
  | 'reload'
  /** Leaving the screen that started the supervisor. */
  | 'leaving'
  /** A text: help, why, events, a plan. */
  | 'reading';

export type Action =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'open'
  | 'next-pane'
  | 'back'
  | 'follow'
  | 'search'
  | 'older-match'
  | 'newer-match'
  | 'next-stream'
  | 'previous-stream'
  | 'times'
  | 'wrap'
  | 'whole-log'
  | 'left'
  | 'right'
  | 'mark'
  | 'mark-all'
  | 'roll'
  | 'sort'
  | 'reverse'
  | 'start-or-stop'
  | 'restart'
  | 'kill'
  | 'filter'
  | 'why'
  | 'events'
  | 'plan'
  | 'reload'
  | 'help'
  | 'leave'
  | 'suspend'
  | 'yes'
  | 'no'
  | 'accept'
  | 'erase'
  | 'erase-all'
  | 'detach'
  | 'stop-all';

export interface KeyRow {
  readonly keys: readonly Key[];
  /** The name of the key in footer and help. */
  readonly label: string;
  readonly where: readonly Place[];
  readonly action: Action;
  /** What it does, for the help; null: its place is explained by its footer alone. */
  readonly words: string | null;
  /** What it does, for the footer, where the lowest ranks stay if space is short; null: not shown there. */
  readonly footer: InFooter | null;
  /**
   * Ignored when faster than a hand types: terminals deliver a pasted text as keys, and none of its letters may touch a daemon or leave the
   * rest of the text to the shell.
   */
  readonly byHandOnly: boolean;
}

export interface InFooter {
  readonly label: string;
  readonly words: string;
  readonly rank: number;
}

const BROWSING: readonly Place[] = ['list', 'log'];
const SCROLLING: readonly Place[] = ['list', 'log', 'reading', 'reload'];
const YES_OR_NO: readonly Place[] = ['question', 'reload'];
const EVERYWHERE: readonly Place[] = [
  'list',
  'log',
  'reading',
  'filter',
  'search',
  'question',
  'name',
  'reload',
  'leaving',
];

// A sequence split by a slow line arrives as `escape`, `[` and one of A-D, F, H: none of them may do harm.
export const KEYS: readonly KeyRow[] = [
  row(['up', 'k'], '↑ k', SCROLLING, 'up', 'up: the selection, or the log once it has the keys'),
  row(['down', 'j'], '↓ j', SCROLLING, 'down', 'down', { label: '↑↓', words: 'move', rank: 9 }),
  row(['pageup', 'C-b'], 'PgUp', SCROLLING, 'page-up', 'a page up'),
  row(['pagedown', 'C-f'], 'PgDn', SCROLLING, 'page-down', 'a page down'),
  row([' '], 'Space', ['log', 'reading', 'reload'], 'page-down', 'a page down'),
  row([' '], 'Space', ['list'], 'mark', 'mark it, for acts on many, and go on; or take its mark away', {
    words: 'mark',
    rank: 13,
  }),
  row(['*'], '*', ['list'], 'mark-all', 'mark all that are shown, or none of them'),
  row(['o'], 'o', ['list'], 'sort', 'sort by the next column: the list, name, state, cpu, memory, up, restarts', {
    words: 'sort',
    rank: 14,
  }),
  row(['O'], 'O', ['list'], 'reverse', 'the other way round'),
  row(['home', 'g'], 'Home g', SCROLLING, 'first', 'to the first'),
  row(['end', 'G'], 'End G', SCROLLING, 'last', 'to the last; a log follows again'),
  row(['f'], 'f', ['log'], 'follow', 'the log follows again', { words: 'follow', rank: 1 }),
  row(['/'], '/', ['log'], 'search', 'search: a plain text; the case counts once a capital is typed', {
    words: 'search',
    rank: 8,
  }),
  row(['n'], 'n', ['log'], 'older-match', 'to the next match upwards, which is older', { words: 'older', rank: 2 }),
  row(['N'], 'N', ['log'], 'newer-match', 'to the next match downwards, which is newer', { words: 'newer', rank: 2 }),
  row(['left'], '←', ['log'], 'left', 'back to what was scrolled out at the left'),
  row(['right'], '→', ['log'], 'right', 'the rest of lines that are cut at the right', {
    label: '←→',
    words: 'sideways',
    rank: 6,
  }),
  row(['l'], 'l', BROWSING, 'whole-log', 'the log over the whole screen, and back', { words: 'whole log', rank: 10 }),
  row(['W'], 'W', BROWSING, 'wrap', 'long lines in several rows, or cut', { words: 'wrap', rank: 11 }),
  row([']'], ']', BROWSING, 'next-stream', 'of the log stdout alone, stderr alone, both again', {
    label: '[ ]',
    words: 'out/err',
    rank: 12,
  }),
  row(['['], '[', BROWSING, 'previous-stream', 'the same, the other way round'),
  row(['t'], 't', BROWSING, 'times', 'times before the lines of the log, or none'),
  row(['enter'], 'Enter', BROWSING, 'open', 'the selected one: its detail and log', { words: 'open', rank: 3 }),
  row(['tab', 'S-tab'], 'Tab', BROWSING, 'next-pane', 'keys go to the log, or back to the list', {
    words: 'log',
    rank: 9,
  }),
  row(['escape'], 'Esc', BROWSING, 'back', 'back: drops the search, leaves the log, drops marks, then the filter', {
    words: 'back',
    rank: 2,
  }),
  row(['s'], 's', BROWSING, 'start-or-stop', 'start it, or stop it at its boundary', { words: 'stop', rank: 2 }, true),
  row(['r'], 'r', BROWSING, 'restart', 'restart it at its boundary', { words: 'restart', rank: 4 }, true),
  row(['R'], 'R', BROWSING, 'roll', 'restart what is up of its daemon, one by one', null, true),
  row(
    ['X'],
    'X',
    BROWSING,
    'kill',
    'kill it now, which cuts its iteration; it stays stopped',
    { words: 'kill', rank: 7 },
    true,
  ),
  row(['w'], 'w', BROWSING, 'why', 'why it is where it is, and what to do', { words: 'why', rank: 5 }),
  row(['e'], 'e', [...BROWSING, 'reading'], 'events', 'what happened; again: of the selected one only, or of all', {
    words: 'events',
    rank: 9,
  }),
  row(['p'], 'p', BROWSING, 'plan', 'what a reload of the changed list would do', { words: 'plan', rank: 10 }),
  row(
    ['L'],
    'L',
    [...BROWSING, 'reading'],
    'reload',
    'reload the list: the same plan, and a question',
    { words: 'reload', rank: 11 },
    true,
  ),
  row(['/'], '/', ['list'], 'filter', 'show only: part of a name, pho*, @tag, state:failed', {
    words: 'filter',
    rank: 8,
  }),
  row(['?', 'f1'], '? F1', BROWSING, 'help', 'this help', { label: '?', words: 'help', rank: 0 }),
  row(['q'], 'q', BROWSING, 'leave', 'leave; the daemons run on', { words: 'quit', rank: 1 }, true),
  row(['C-c'], 'Ctrl-C', [...BROWSING, 'filter', 'search', 'reading'], 'leave', 'the same'),
  row(['C-z'], 'Ctrl-Z', EVERYWHERE, 'suspend', 'to the shell; fg comes back'),

  row(['enter'], 'Enter', ['filter'], 'accept', 'keeps what it leaves over, and the selected one', {
    words: 'keep',
    rank: 0,
  }),
  row(['escape'], 'Esc', ['filter'], 'back', 'shows all', { words: 'show all', rank: 1 }),
  row(['up'], '↑', ['filter'], 'up', 'up, in what is left over'),
  row(['down'], '↓', ['filter'], 'down', 'down', { label: '↑↓', words: 'move', rank: 3 }),
  row(['enter'], 'Enter', ['search'], 'accept', 'keeps the match; then n and N', { words: 'keep', rank: 0 }),
  row(['escape'], 'Esc', ['search'], 'back', 'drops the search, back to where it began', { words: 'drop', rank: 1 }),
  row(['up'], '↑', ['search'], 'older-match', 'to the next older match', { words: 'older', rank: 2 }),
  row(['down'], '↓', ['search'], 'newer-match', 'to the next newer match', { words: 'newer', rank: 3 }),
  row(['y'], 'y', YES_OR_NO, 'yes', null, { words: 'yes', rank: 0 }),
  row(['enter', 'n', 'escape', 'q', 'C-c'], 'Enter', YES_OR_NO, 'no', null, { words: 'no', rank: 1 }),
  row(['enter'], 'Enter', ['name'], 'accept', null, { words: 'kill it', rank: 1 }),
  row(['escape', 'C-c'], 'Esc', ['name'], 'no', null, { words: 'leave it alone', rank: 0 }),
  row(['d'], 'd', ['leaving'], 'detach', null, { words: 'detach', rank: 0 }),
  row(['s'], 's', ['leaving'], 'stop-all', null, { words: 'stop all', rank: 1 }),
  row(['escape', 'enter', 'n'], 'Esc', ['leaving'], 'no', null, { words: 'stay', rank: 2 }),
  row(['escape', 'enter', 'q', '?', 'f1', 'w', 'p'], 'Esc', ['reading'], 'back', null, { words: 'back', rank: 0 }),
  row(['backspace'], 'Backspace', ['filter', 'search', 'name'], 'erase', 'takes a letter back'),
  row(['C-u'], 'Ctrl-U', ['filter', 'search', 'name'], 'erase-all', 'takes all of it back'),
];

/** The parts of the help, by what gets the keys. What the first two explain is not repeated in the last. */
export const SECTIONS: readonly { readonly title: string; readonly has: (row: KeyRow) => boolean }[] = [
  { title: 'in list and log', has: (row) => isTold(row, 'list') && isTold(row, 'log') },
  { title: 'in the list', has: (row) => isTold(row, 'list') && !isTold(row, 'log') },
  { title: 'in the log (Tab, or l)', has: (row) => isTold(row, 'log') && !isTold(row, 'list') },
  { title: 'while a filter is typed', has: (row) => isTold(row, 'filter') && !isTold(row, 'list') },
  { title: 'while a search is typed', has: (row) => isTold(row, 'search') && !isTold(row, 'list') },
];

const isTold = ({ where, words }: KeyRow, place: Place): boolean => words !== null && where.includes(place);

export const rowOf = (place: Place, key: Key): KeyRow | undefined =>
  KEYS.find(({ keys, where }) => where.includes(place) && keys.includes(key));

export const rowsAt = (place: Place): readonly KeyRow[] => KEYS.filter(({ where }) => where.includes(place));

/** The label of the key for an action, as shown in panels. */
export const labelOf = (place: Place, action: Action): string =>
  rowsAt(place).find((each) => each.action === action)?.label ?? '';

/** The letter that a key types; null for one that types none. */
export const letterOf = (key: Key): string | null => (Array.from(key).length === 1 ? key : null);

function row(
  keys: readonly Key[],
  label: string,
  where: readonly Place[],
  action: Action,
  words: string | null,
  footer: { readonly label?: string; readonly words: string; readonly rank: number } | null = null,
  byHandOnly = false,
): KeyRow {
  return { keys, label, where, action, words, footer: footer === null ? null : { label, ...footer }, byHandOnly };
}
