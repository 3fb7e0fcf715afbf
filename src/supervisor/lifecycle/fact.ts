import type { Change, Drain, Exit, Left } from './state.ts';

/** What happened, for the journal. Worded in supervisor/journal.ts, once. */
export type Fact = { readonly id: string } & (
  | { readonly type: 'started'; readonly run: number; readonly pid: number }
  | { readonly type: 'ready'; readonly afterMs: number }
  /** Its first word about its loop. */
  | { readonly type: 'speaks' }
  | {
      readonly type: 'draining';
      readonly signal: string;
      readonly why: Drain['why'];
      readonly graceMs: number | null;
      readonly outdatedBy: Change | null;
    }
  /** Somebody waits from now on for a drain that we had begun by ourselves. */
  | { readonly type: 'drain-asked'; readonly signal: string; readonly graceMs: number | null }
  /** It had ended, and a change is a reason to try again. */
  | { readonly type: 'changed'; readonly change: Change }
  | { readonly type: 'killing'; readonly because: 'grace' | 'asked' | 'leftovers' }
  | { readonly type: 'still-alive'; readonly kills: number; readonly left: readonly Left[] }
  | { readonly type: 'leftovers'; readonly left: readonly Left[]; readonly policy: 'end' | 'wait' | 'ignore' }
  | { readonly type: 'ended'; readonly exit: Exit }
  | {
      readonly type: 'backoff';
      readonly inMs: number;
      readonly because: 'crash' | 'planned';
      readonly row: number;
    }
  /** `error`: what of ours was in the way of a start. */
  | { readonly type: 'backoff'; readonly inMs: number; readonly because: 'ours'; readonly error: string }
  | { readonly type: 'looping'; readonly quick: number }
  | { readonly type: 'held'; readonly rows: number }
  | { readonly type: 'failed'; readonly because: 'fatal' | 'attempts' | 'policy' | 'unknown'; readonly row: number }
  /** It lives since before us. */
  | { readonly type: 'adopted'; readonly run: number; readonly pid: number }
  | { readonly type: 'no-drain'; readonly signal: string }
);
