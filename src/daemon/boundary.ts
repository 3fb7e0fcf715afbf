import type { Say } from './notify.ts';

/** ITERATION is sent at most this often (docs/writing-a-daemon.md: ten a second). */
const ITERATION_GAP_MS = 100;

/** The position of the loop as reported to the supervisor: in an iteration, waiting for work, or between two iterations. */
export interface Boundary {
  /** An iteration begins. */
  begin(): void;
  /** A wait for work begins. Not reported outside an iteration: in init, in shutdown, in a loop of the daemon's own. */
  idle(): void;
  /** The wait is over, the iteration continues. */
  busy(): void;
  /** The iteration is done; reported now or with the next report. */
  iterationDone(): void;
  /** The loop is left: no iteration is open any more, done or failed. Sends what the rate limit has held back. */
  leave(): void;
}

/** `now` in milliseconds, from a clock that never jumps. */
export function createBoundary(say: Say, now: () => number): Boundary {
  // What the supervisor heard last. A lost word leaves it unchanged, so that the next opportunity repeats it.
  let heard: 'BUSY' | 'IDLE' | 'ITERATION' | null = null;
  let open = false;
  let done = 0;
  let told = 0;
  let toldAt = -Infinity;

  const tell = () => {
    if (told === done || !say('ITERATION', done)) return;
    heard = 'ITERATION';
    told = done;
    toldAt = now();
  };
  const sayBusy = () => {
    if (heard !== 'BUSY' && say('BUSY', 1)) heard = 'BUSY';
  };
  const sayIdle = () => {
    tell();
    if (heard !== 'IDLE' && say('IDLE', 1)) heard = 'IDLE';
  };
  return {
    begin() {
      open = true;
      sayBusy();
    },
    idle() {
      if (open) sayIdle();
    },
    busy() {
      if (open) sayBusy();
    },
    iterationDone() {
      open = false;
      done += 1;
      if (now() - toldAt >= ITERATION_GAP_MS) tell();
    },
    leave() {
      open = false;
      sayIdle();
    },
  };
}
