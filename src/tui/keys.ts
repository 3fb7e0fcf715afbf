/** Every key of the screen: what it does and where. update.ts dispatches on this table; footer and help are made from it. */
import type { Key } from './message.ts';

/** Who gets the keys. */
export type Place =
  | 'list'
  | 'log'
  /** The line in which the filter is typed. */
  | 'filter'
  /** Yes or no. */
  | 'question'
  /** The name is to be typed before anything is cut. */
  | 'name'
  /** Yes or no, below a plan that can be longer than its room. */
  | 'reload'
  /** Leaving the screen that has started the supervisor. */
  | 'leaving'
  /** A text: help, why, a plan. */
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
  | 'start-or-stop'
  | 'restart'
  | 'kill'
  | 'filter'
  | 'why'
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
  /** How footer and help write them. */
  readonly label: string;
  readonly where: readonly Place[];
  readonly action: Action;
  /** What it does, for the help; null: its place is explained by its footer alone. */
  readonly words: string | null;
  /** What it does, for the footer, where those of the lowest rank stay when there is no room; null: not told there. */
  readonly footer: InFooter | null;
  /**
   * Not obeyed when it comes faster than a hand types: terminals hand over a pasted text as keys, and one of its letters
   * must neither touch a daemon nor leave the rest of the text to the shell.
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
const EVERYWHERE: readonly Place[] = ['list', 'log', 'reading', 'filter', 'question', 'name', 'reload', 'leaving'];

// A sequence that a slow line has split arrives as `escape`, `[` and one of A-D, F, H: none of them may do harm.
export const KEYS: readonly KeyRow[] = [
  row(['up', 'k'], '↑ k', SCROLLING, 'up', 'up: the selection, or the log once it has the keys'),
  row(['down', 'j'], '↓ j', SCROLLING, 'down', 'down', { label: '↑↓', words: 'move', rank: 9 }),
  row(['pageup', 'C-b'], 'PgUp', SCROLLING, 'page-up', 'a page up'),
  row(['pagedown', 'C-f', ' '], 'PgDn', SCROLLING, 'page-down', 'a page down'),
  row(['home', 'g'], 'Home g', SCROLLING, 'first', 'to the first'),
  row(['end', 'G'], 'End G', SCROLLING, 'last', 'to the last; a log follows again'),
  row(['f'], 'f', ['log'], 'follow', 'the log follows again', { words: 'follow', rank: 1 }),
  row(['enter'], 'Enter', BROWSING, 'open', 'the selected one: its detail and log', { words: 'open', rank: 3 }),
  row(['tab', 'S-tab'], 'Tab', BROWSING, 'next-pane', 'keys go to the log, or back to the list', {
    words: 'log',
    rank: 9,
  }),
  row(['escape'], 'Esc', BROWSING, 'back', 'back: out of the log, then drops the filter', { words: 'back', rank: 3 }),
  row(['s'], 's', BROWSING, 'start-or-stop', 'start it, or stop it at its boundary', { words: 'stop', rank: 2 }, true),
  row(['r'], 'r', BROWSING, 'restart', 'restart it at its boundary', { words: 'restart', rank: 4 }, true),
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
  row(['/'], '/', BROWSING, 'filter', 'show only: part of a name, pho*, @tag, state:failed', {
    words: 'filter',
    rank: 8,
  }),
  row(['?', 'f1'], '? F1', BROWSING, 'help', 'this help', { label: '?', words: 'help', rank: 0 }),
  row(['q'], 'q', BROWSING, 'leave', 'leave; the daemons run on', { words: 'quit', rank: 1 }, true),
  row(['C-c'], 'Ctrl-C', [...BROWSING, 'filter', 'reading'], 'leave', 'the same'),
  row(['C-z'], 'Ctrl-Z', EVERYWHERE, 'suspend', 'to the shell; fg comes back'),

  row(['enter'], 'Enter', ['filter'], 'accept', null, { words: 'keep', rank: 0 }),
  row(['escape'], 'Esc', ['filter'], 'back', null, { words: 'show all', rank: 1 }),
  row(['up'], '↑', ['filter'], 'up', null),
  row(['down'], '↓', ['filter'], 'down', null, { label: '↑↓', words: 'move', rank: 3 }),
  row(['y'], 'y', YES_OR_NO, 'yes', null, { words: 'yes', rank: 0 }),
  row(['enter', 'n', 'escape', 'q', 'C-c'], 'Enter', YES_OR_NO, 'no', null, { words: 'no', rank: 1 }),
  row(['enter'], 'Enter', ['name'], 'accept', null, { words: 'kill it', rank: 1 }),
  row(['escape', 'C-c'], 'Esc', ['name'], 'no', null, { words: 'leave it alone', rank: 0 }),
  row(['d'], 'd', ['leaving'], 'detach', null, { words: 'detach', rank: 0 }),
  row(['s'], 's', ['leaving'], 'stop-all', null, { words: 'stop all', rank: 1 }),
  row(['escape', 'enter', 'n'], 'Esc', ['leaving'], 'no', null, { words: 'stay', rank: 2 }),
  row(['escape', 'enter', 'q', '?', 'f1', 'w', 'p'], 'Esc', ['reading'], 'back', null, { words: 'back', rank: 0 }),
  row(['backspace'], 'Backspace', ['filter', 'name'], 'erase', null),
  row(['C-u'], 'Ctrl-U', ['filter', 'name'], 'erase-all', null),
];

export const rowOf = (place: Place, key: Key): KeyRow | undefined =>
  KEYS.find(({ keys, where }) => where.includes(place) && keys.includes(key));

export const rowsAt = (place: Place): readonly KeyRow[] => KEYS.filter(({ where }) => where.includes(place));

/** How a panel names the key for something. */
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
