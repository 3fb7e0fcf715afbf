import type { Clock } from './world/world.ts';

/** The two clocks are read one after the other, one of them in whole milliseconds. */
const CLOCK_SET_MS = 5;

/** Converts times of the machine's monotonic clock to wall time, in milliseconds. */
export class WallTime {
  private readonly clock: Clock;
  private ahead = -Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `now`: the monotonic clock. The offset stays until someone sets the wall clock, so that the times of past events do not waver. */
  at(now: number): number {
    const measured = this.clock.wall().getTime() - now;
    if (Math.abs(measured - this.ahead) > CLOCK_SET_MS) this.ahead = measured;
    return now + this.ahead;
  }
}
