import type { Change, Drain, End, Exit, Left, Refusal } from './state.ts';

/** What happened, for the journal. Worded in one place: supervisor/words.ts. */
export type Fact = SlotFact | ResourceFact;

/** About a resource of the list. `waiting`: how many instances are waiting for it. */
export type ResourceFact = { readonly id: null; readonly name: string; readonly waiting: number } & (
  { readonly type: 'resource-down'; readonly error: string } | { readonly type: 'resource-up'; readonly downMs: number }
);

export type SlotFact = { readonly id: string } & (
  | { readonly type: 'started'; readonly run: number; readonly pid: number }
  | { readonly type: 'ready'; readonly afterMs: number }
  /** Its first word about its loop. */
  | { readonly type: 'speaks' }
  /** It has spoken before, and no more words of it will come. */
  | { readonly type: 'fell-silent' }
  /** The process that spoke for it ended, and not at a boundary. `cut`: one of its iterations is known to have been open. */
  | { readonly type: 'speaker-gone'; readonly pid: number; readonly cut: boolean }
  | { readonly type: 'several-speak'; readonly pids: readonly [number, number] }
  | {
      readonly type: 'draining';
      readonly signal: string;
      readonly why: Drain['why'];
      readonly graceMs: number | null;
      readonly outdatedBy: Change | null;
      /** An earlier run of it died of that signal: it has no handler. */
      readonly noDrain: boolean;
    }
  /** Someone is now waiting for a drain that we began on our own. */
  | { readonly type: 'drain-asked'; readonly signal: string; readonly graceMs: number | null }
  /** A supervisor died at the very moment of sending this. */
  | { readonly type: 'signal-unsure'; readonly signal: string }
  /** It has not ended in the time it was given, so the signal is sent now. */
  | { readonly type: 'signal-again'; readonly signal: string; readonly graceMs: number | null }
  /** One of its processes did not get the signal. */
  | ({ readonly type: 'signal-refused' } & Refusal)
  /** It had ended, and a change is a reason to try again. */
  | { readonly type: 'changed'; readonly change: Change }
  | { readonly type: 'killing'; readonly because: 'grace' | 'asked' | 'leftovers' | 'within' }
  | { readonly type: 'still-alive'; readonly kills: number; readonly left: readonly Left[] }
  /** The main process ended like this, and these processes live on. */
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
  /** `error`: the shortage of ours that prevented a start. */
  | { readonly type: 'backoff'; readonly inMs: number; readonly because: 'ours'; readonly error: string }
  | { readonly type: 'looping'; readonly quick: number }
  /** It was looping and no longer is: for how long, and after how many ends. */
  | { readonly type: 'held'; readonly rows: number; readonly afterMs: number }
  | { readonly type: 'failed'; readonly because: 'fatal' | 'attempts' | 'policy' | 'unknown'; readonly row: number }
  /** It has been alive since before us. */
  | { readonly type: 'adopted'; readonly run: number; readonly pid: number }
  /** A resource it needs is down: its end is no crash, and it waits. */
  | { readonly type: 'resource-end'; readonly resource: string }
  /** It has limits on iterations but does not report any. */
  | { readonly type: 'silent' }
  /** Replaced for a limit this many times in a row, each soon after its start. */
  | { readonly type: 'limit-too-low'; readonly times: number }
  /** It is tried while `waiting` others wait for the outcome. */
  | { readonly type: 'scout'; readonly waiting: number }
  /** It went first with a restart and did not come up: these keep running as they were. */
  | { readonly type: 'not-followed'; readonly untouched: readonly string[]; readonly words: string }
  /** `left`: the processes that outlived it, possibly because it was a wrapper. */
  | {
      readonly type: 'no-drain';
      readonly signal: string;
      /** It has a handler for the signal. */
      readonly catches: boolean;
      readonly left: readonly Left[];
    }
);
