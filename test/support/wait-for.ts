import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

const LOOK_AGAIN_MS = 15;
/** Long waits check less often: each look costs processor time. */
const LOOK_AGAIN_AT_MOST_MS = 150;

/**
 * Polls until the result satisfies the condition, and returns it. `what` names the condition in the failure, beside the last result. A look
 * that throws counts as one that saw the error.
 */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  met: (seen: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const begun = performance.now();
  for (;;) {
    let last: unknown;
    try {
      const seen = await look();
      if (met(seen)) return seen;
      last = seen;
    } catch (error) {
      last = error;
    }
    const waitedMs = performance.now() - begun;
    if (waitedMs > timeoutMs)
      throw new Error(`waited ${timeoutMs / 1000} s for: ${what}; seen last: ${inspect(last, { depth: 6 })}`);
    await sleep(Math.min(LOOK_AGAIN_MS + waitedMs / 20, LOOK_AGAIN_AT_MOST_MS));
  }
}

/** Like `waitFor`, for a yes-or-no question. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs?: number,
): Promise<void> {
  await waitFor(what, isSo, (yes) => yes, timeoutMs);
}
