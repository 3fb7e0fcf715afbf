import type { Change, Drain, End, Exit, Left, Refusal } from './state.ts';

/** What happened, for the journal. Worded in supervisor/words.ts, once. */
export type Fact = SlotFact | ResourceFact;

/** About a resource of the list. `waiting`: so many instances wait for it. */
export type ResourceFact = { readonly id: null; readonly name: string; readonly waiting: number } & (
  { readonly type: 'resource-down'; readonly error: string } | { readonly type: 'resource-up'; readonly downMs: number }
);

export type SlotFact = { readonly id: string } & (
  | { readonly type: 'started'; readonly run: number; readonly pid: number }
  | { readonly type: 'ready'; readonly afterMs: number }
  /** Its first word about its loop. */
  | { readonly type: 'speaks' }
  /** It has spoken, and no word of it will come any more. */
  | { readonly type: 'fell-silent' }
  /** Who spoke for it has ended, and not at a boundary. `cut`: an iteration of it is known to have been open. */
  | { readonly type: 'speaker-gone'; readonly pid: number; readonly cut: boolean }
  | { readonly type: 'several-speak'; readonly pids: readonly [number, number] }
  | {
      readonly type: 'draining';
      readonly signal: string;
      readonly why: Drain['why'];
      readonly graceMs: number | null;
      readonly outdatedBy: Change | null;
      /** An earlier run of it has died of that signal: it has no handler. */
      readonly noDrain: boolean;
    }
  /** Somebody waits from now on for a drain that we had begun by ourselves. */
  | { readonly type: 'drain-asked'; readonly signal: string; readonly graceMs: number | null }
  /** A supervisor has died in the moment in which it sent this. */
  | { readonly type: 'signal-unsure'; readonly signal: string }
  /** So it is sent now: it has not ended in the time that it was given. */
  | { readonly type: 'signal-again'; readonly signal: string; readonly graceMs: number | null }
  /** A process of it did not get it. */
  | ({ readonly type: 'signal-refused' } & Refusal)
  /** It had ended, and a change is a reason to try again. */
  | { readonly type: 'changed'; readonly change: Change }
  | { readonly type: 'killing'; readonly because: 'grace' | 'asked' | 'leftovers' | 'within' }
  | { readonly type: 'still-alive'; readonly kills: number; readonly left: readonly Left[] }
  /** The main process has ended so, and these live on. */
  | {
      readonly type: 'leftovers';
      readonly left: readonly Left[];
      readonly policy: 'end' | 'wait' | 'ignore';
      readonly end: Pick<End, 'code' | 'signal'>;
    }
  | { readonly type: 'ended'; readonly exit: Exit }
  | {
      readonly type: 'backoff';
      readonly inMs: number;
      readonly because: 'crash' | 'planned' | 'resource';
      readonly row: number;
    }
  /** `error`: what of ours was in the way of a start. */
  | { readonly type: 'backoff'; readonly inMs: number; readonly because: 'ours'; readonly error: string }
  | { readonly type: 'looping'; readonly quick: number }
  /** It looped and does not any more: so long, and so many ends. */
  | { readonly type: 'held'; readonly rows: number; readonly afterMs: number }
  | { readonly type: 'failed'; readonly because: 'fatal' | 'attempts' | 'policy' | 'unknown'; readonly row: number }
  /** It lives since before us. */
  | { readonly type: 'adopted'; readonly run: number; readonly pid: number }
  /** A resource that it needs is down: its end is no crash, and it waits. */
  | { readonly type: 'resource-end'; readonly resource: string }
  /** It has limits on iterations, and does not speak of them. */
  | { readonly type: 'silent' }
  /** Replaced for a limit so often in a row, each time soon after its start. */
  | { readonly type: 'limit-too-low'; readonly times: number }
  /** It is tried while so many wait for what becomes of it. */
  | { readonly type: 'scout'; readonly waiting: number }
  /** It went first with a restart and has not come up: these run on as they were. */
  | { readonly type: 'not-followed'; readonly untouched: readonly string[]; readonly words: string }
  /** `left`: who has outlived it, be it that it was a wrapper. */
  | {
      readonly type: 'no-drain';
      readonly signal: string;
      /** It has a handler for it. */
      readonly catches: boolean;
      readonly left: readonly Left[];
    }
);
