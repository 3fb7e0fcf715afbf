/** What each step of a slot is handed, and where it puts what is to be done. */
import type { Effect } from './effect.ts';
import type { Policy } from './policy.ts';

export type Emit = (effect: Effect) => void;

/** What a step of a slot may know besides the slot and the event. */
export interface Context {
  readonly policy: Policy;
  readonly now: number;
  /** Uniform in 0..1, for the jitter of a gap. */
  readonly chance: () => number;
  readonly emit: Emit;
}
