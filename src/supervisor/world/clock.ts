import { offsets } from './boot.ts';
import type { Clock } from './world.ts';

/** Node cannot wait longer than this in one timer; the alarm is then set again. */
const LONGEST_MS = 2 ** 31 - 1;

/** hrtime is CLOCK_MONOTONIC: comparable with what an earlier supervisor of this boot saved, even in another time namespace. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000 - offsets.monotonic * 1000;

export function realClock(): Clock & { close(): void } {
  let alarm: NodeJS.Timeout | undefined;
  let listening: NodeJS.Immediate | undefined;
  let armedFor: number | null = null;

  return {
    now: monotonicMs,
    wall: () => new Date(),
    chance: Math.random,
    wakeAt(at, wake) {
      if (at === armedFor) return;
      clearTimeout(alarm);
      clearImmediate(listening);
      armedFor = at;
      if (at === null) return;
      const inMs = Math.min(Math.max(0, Math.ceil(at - monotonicMs())), LONGEST_MS);
      alarm = setTimeout(() => {
        // Timers come first in a turn of the event loop. What arrived while we were stopped (SIGSTOP) or busy is read before we conclude
        // that it did not come: the first turn reads it, the second has seen which processes ended.
        listening = setImmediate(() => {
          listening = setImmediate(() => {
            armedFor = null;
            wake();
          });
        });
      }, inMs);
    },
    close() {
      clearTimeout(alarm);
      clearImmediate(listening);
    },
  };
}
