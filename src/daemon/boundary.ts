import type { Say } from './notify.ts';

/** ITERATION is said at most this often (DESIGN 7: ten a second). */
const ITERATION_GAP_MS = 100;

/** Where the loop is, as the supervisor is told: in an iteration, waiting for work, or between two iterations. */
export interface Boundary {
  /** An iteration begins or goes on. */
  busy(): void;
  /** A wait for work begins. */
  idle(): void;
  /** An iteration is done; said now or with the next one that is said. */
  iterationDone(): void;
  /** Says the number of iterations done, where the rate limit has kept it back. */
  tell(): void;
}

/** `now` in milliseconds, of a clock that never jumps. */
export function createBoundary(say: Say, now: () => number): Boundary {
  // What the supervisor heard last. A word that was lost leaves it as it was, so that the next chance repeats it.
  let heard: 'BUSY' | 'IDLE' | 'ITERATION' | null = null;
  let done = 0;
  let told = 0;
  let toldAt = -Infinity;

  const tell = () => {
    if (told === done || !say('ITERATION', done)) return;
    heard = 'ITERATION';
    told = done;
    toldAt = now();
  };
  return {
    busy() {
      if (heard !== 'BUSY' && say('BUSY', 1)) heard = 'BUSY';
    },
    idle() {
      tell();
      if (heard !== 'IDLE' && say('IDLE', 1)) heard = 'IDLE';
    },
    iterationDone() {
      done += 1;
      if (now() - toldAt >= ITERATION_GAP_MS) tell();
    },
    tell,
  };
}
