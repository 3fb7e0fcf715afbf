/** What each step of a slot is given, and where it puts the work to be done. */
import type { Effect } from './effect.ts';
import type { Policy } from './policy.ts';

export type Emit = (effect: Effect) => void;

/** What a step may know besides the slot and the event. */
export interface Context {
  readonly policy: Policy;
  readonly now: number;
  /** Uniform in 0..1, for the jitter of a gap. */
  readonly chance: () => number;
  readonly emit: Emit;
}
