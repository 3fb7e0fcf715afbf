import { setTimeout as delay } from 'node:timers/promises';
import type { Boundary } from './boundary.ts';

/** What `run` is handed: ways to wait for work that end at once when a stop is asked. */
export interface Turn {
  /** Aborted when a stop is asked. Give it to waits, not to work: work is finished. */
  readonly signal: AbortSignal;
  /**
   * Marks that `wait` only waits for work, and resolves to its result, or to undefined when a stop cut it short. Hand the
   * AbortSignal on to what waits: a `wait` that ignores it is waited for. Take the job after the wait, not within it, and
   * begin no wait beside work (`Promise.all([work(), sleep(1000)])`): the whole iteration is taken for idle.
   */
  readonly idle: <T>(wait: (signal: AbortSignal) => T | Promise<T>) => Promise<T | undefined>;
  /** An idle wait of so many milliseconds; a stop ends it at once. */
  readonly sleep: (ms: number) => Promise<void>;
}

export function createTurn(signal: AbortSignal, boundary: Pick<Boundary, 'busy' | 'idle'>): Turn {
  let waits = 0; // idle within idle, or beside it: only the outermost is told

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

/** Node wraps the reason in an AbortError as its `cause`; fetch throws the reason itself; some libraries give neither. */
function isOurStop(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason) return true;
  if (!(error instanceof Error) || error.name !== 'AbortError') return false;
  return error.cause === undefined || error.cause === signal.reason;
}
