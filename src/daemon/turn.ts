import { setTimeout as delay } from 'node:timers/promises';
import type { Boundary } from './boundary.ts';

/** Passed to `run`: ways to wait for work that end at once when a stop is requested. */
export interface Turn {
  /** Aborted when a stop is requested. Pass it to waits, not to work: work gets finished. */
  readonly signal: AbortSignal;
  /**
   * Marks that `wait` only waits for work. Resolves to its result, or to undefined if a stop cut it short. Pass the AbortSignal on to
   * whatever waits: a `wait` that ignores it is waited for. Take the job after the wait, not within it, and do not start a wait beside work
   * (`Promise.all([work(), sleep(1000)])`): the whole iteration would count as idle.
   */
  readonly idle: <T>(wait: (signal: AbortSignal) => T | Promise<T>) => Promise<T | undefined>;
  /** An idle wait of this many milliseconds; a stop ends it at once. */
  readonly sleep: (ms: number) => Promise<void>;
}

export function createTurn(signal: AbortSignal, boundary: Pick<Boundary, 'busy' | 'idle'>): Turn {
  let waits = 0; // idle within idle, or beside it: only the outermost is reported

  async function idle<T>(wait: (signal: AbortSignal) => T | Promise<T>): Promise<T | undefined> {
    if (signal.aborted) return undefined;
    if (waits++ === 0) boundary.idle();
    try {
      return await wait(signal);
    } catch (error) {
      if (isOurStop(error, signal)) return undefined;
      throw error;
    } finally {
      if (--waits === 0) boundary.busy();
    }
  }

  async function sleep(ms: number): Promise<void> {
    await idle((stop) => delay(ms, undefined, { signal: stop }));
  }

  return { signal, idle, sleep };
}

/** Node wraps the reason in an AbortError as its `cause`; fetch throws the reason itself; some libraries do neither. */
function isOurStop(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason) return true;
  if (!(error instanceof Error) || error.name !== 'AbortError') return false;
  return error.cause === undefined || error.cause === signal.reason;
}
