import type { Outcome } from './program.ts';

/** One of its commands, run to its end; aborting abandons it. */
export type Act = (end: AbortSignal) => Promise<Outcome>;

/** What runs the workers of the demo: this program, or another one installed here. */
export interface Tool {
  /** Ours is held to its promises; another one is only counted. */
  readonly isOurs: boolean;
  /** Writes the files that it reads. */
  readonly prepare: () => void;
  readonly start: Act;
  readonly restart: Act;
  readonly stop: Act;
  /** Starts by hand what it has given up. null: it never gives up. */
  readonly startAgain: Act | null;
  /** The process to kill. null: none, or it does not answer yet. */
  readonly supervisorPid: Act1<number | null>;
  /** Why it cannot be killed, or null. */
  readonly unkillable: string | null;
  /** Starts it again after its death. null: not needed. */
  readonly revive: Act | null;
  /** Ends everything it runs, at once. Anything still alive after that is killed. */
  readonly endAll: () => Promise<void>;
}

type Act1<T> = (end: AbortSignal) => Promise<T>;
