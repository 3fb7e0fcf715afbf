import type { Outcome } from './program.ts';

/** A command of it, run to its end; aborted it is left. */
export type Act = (end: AbortSignal) => Promise<Outcome>;

/** What runs the workers of the demo: this program, or another one that is installed here. */
export interface Tool {
  /** Ours is held to what it promises; another one is only counted. */
  readonly isOurs: boolean;
  /** Writes what it reads. */
  readonly prepare: () => void;
  readonly start: Act;
  readonly restart: Act;
  readonly stop: Act;
  /** Starts by hand those that it has given up. null: it gives nobody up. */
  readonly startAgain: Act | null;
  /** Of what is killed. null: nobody is there, or does not answer yet. */
  readonly supervisorPid: Act1<number | null>;
  /** Why nobody can kill it; null: it can be killed. */
  readonly unkillable: string | null;
  /** Starts it again after its death. null: that needs nobody. */
  readonly revive: Act | null;
  /** Ends all that it runs, at once. Whoever lives after that is killed. */
  readonly endAll: () => Promise<void>;
}

type Act1<T> = (end: AbortSignal) => Promise<T>;
