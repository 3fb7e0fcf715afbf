/**
 * Who says IDLE and then becomes another program, as a start script does, is not told by its end: /proc knows the living only. So it is looked
 * at while nothing more is heard of it: soon after that word, and then whenever it has been silent for some times as long.
 */
const FIRST_MS = 1000;
const TIMES = 3;
const MOST_MS = 3_600_000;

export class Silence<T> {
  private readonly look: (who: T) => void;
  private readonly timers = new Map<T, NodeJS.Timeout>();

  constructor(look: (who: T) => void) {
    this.look = look;
  }

  /** It has just said IDLE. */
  begins(who: T): void {
    this.plan(who, FIRST_MS);
  }

  /** There is nothing to learn any more. */
  ends(who: T): void {
    clearTimeout(this.timers.get(who));
    this.timers.delete(who);
  }

  close(): void {
    for (const who of this.timers.keys()) this.ends(who);
  }

  private plan(who: T, inMs: number): void {
    clearTimeout(this.timers.get(who));
    const timer = setTimeout(() => {
      this.plan(who, Math.min(inMs * TIMES, MOST_MS));
      this.look(who);
    }, inMs);
    this.timers.set(who, timer.unref());
  }
}
