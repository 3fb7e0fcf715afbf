import type { Clock } from './world/world.ts';

/** The two clocks are read one after the other, and one of them in whole milliseconds. */
const CLOCK_SET_MS = 5;

/** Times of the machine's monotonic clock as those on the wall, in milliseconds. */
export class WallTime {
  private readonly clock: Clock;
  private ahead = -Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `now`: as the clock has it. By how much the wall is ahead stays until somebody sets it: the time of what has happened does not waver. */
  at(now: number): number {
    const measured = this.clock.wall().getTime() - now;
    if (Math.abs(measured - this.ahead) > CLOCK_SET_MS) this.ahead = measured;
    return now + this.ahead;
  }
}
