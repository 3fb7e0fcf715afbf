/** The notes of the store and the workers -> the figures of a showing, and its two curves. */
import type { Acts } from './scene.ts';

/** A line of the workers' ledger. */
export type Note = { readonly at: number; readonly who: number } & (
  | { readonly what: 'started' | 'late' | 'refused' | 'closed' }
  /** What was asked for, and what was in the answer. */
  | { readonly what: 'right' | 'wrong'; readonly asked: number; readonly handed: number }
);

/** A line of the store's log. */
export interface StoreNote {
  readonly at: number;
  readonly what: 'accepted' | 'refused' | 'answered' | 'trouble';
}

export interface Figures {
  /** Workers started from the beginning of the trouble to its end, and from there to the end of the showing. */
  readonly startsInTrouble: number;
  readonly startsAfter: number;
  /** Connections refused, likewise, by the store's own count. */
  readonly refusedInTrouble: number;
  readonly refusedAfter: number;
  /** Answers to a different question; and those that came when nothing was waiting for them any longer. */
  readonly wrong: number;
  readonly late: number;
  /** Milliseconds from the end of the trouble until every worker has been handed what it asked for; null: not in this time. */
  readonly backAfterMs: number | null;
  /** How many of the workers had a right answer in the last five seconds. */
  readonly atWorkAtTheEnd: number;
}

export interface Curves {
  /** Seconds from the beginning of the trouble, of the first value. */
  readonly from: number;
  readonly starts: readonly number[];
  readonly refused: readonly number[];
}

export const BEFORE_S = 3;
const LAST_MS = 5_000;

export function figuresOf(ledger: readonly Note[], store: readonly StoreNote[], acts: Acts, endAt: number): Figures {
  const { slowAt, wellAt } = acts;
  const starts = ledger.filter(({ what }) => what === 'started');
  const refused = store.filter(({ what }) => what === 'refused');
  const right = ledger.filter(({ what }) => what === 'right');
  const within = (notes: readonly { at: number }[], from: number, to: number): number =>
    notes.filter(({ at }) => at >= from && at < to).length;
  return {
    startsInTrouble: within(starts, slowAt, wellAt),
    startsAfter: within(starts, wellAt, endAt),
    refusedInTrouble: within(refused, slowAt, wellAt),
    refusedAfter: within(refused, wellAt, endAt),
    wrong: ledger.filter(({ what }) => what === 'wrong').length,
    late: ledger.filter(({ what }) => what === 'late').length,
    backAfterMs: backAfter(right, new Set(starts.map(({ who }) => who)).size, wellAt),
    atWorkAtTheEnd: new Set(right.filter(({ at }) => at >= endAt - LAST_MS).map(({ who }) => who)).size,
  };
}

/** Per second, from a little before the trouble to the end of the showing. */
export function curvesOf(ledger: readonly Note[], store: readonly StoreNote[], acts: Acts, endAt: number): Curves {
  const seconds = BEFORE_S + Math.floor((endAt - acts.slowAt) / 1000);
  const perSecond = (notes: readonly { at: number; what: string }[], kind: string): readonly number[] => {
    const counts = new Array<number>(seconds).fill(0);
    for (const { at, what } of notes) {
      const second = Math.floor((at - acts.slowAt) / 1000) + BEFORE_S;
      if (what === kind && second >= 0 && second < seconds) counts[second] = (counts[second] ?? 0) + 1;
    }
    return counts;
  };
  return { from: -BEFORE_S, starts: perSecond(ledger, 'started'), refused: perSecond(store, 'refused') };
}

function backAfter(right: readonly Note[], workers: number, wellAt: number): number | null {
  const first = new Map<number, number>();
  for (const { who, at } of right) if (at >= wellAt && !first.has(who)) first.set(who, at);
  return first.size < workers ? null : Math.max(...first.values()) - wellAt;
}
