/** How much memory is used by the sessions of daemons with a limit on it: looked at only while there are any. */
import type { Fleet } from './lifecycle/roster.ts';
import { isLive } from './lifecycle/state.ts';
import type { Post } from './world/world.ts';
import { sharedOnceBytes, UsageMeter } from './world/usage.ts';

/** Growth over hours is noticed soon enough, and a pass over /proc is not free. */
const EVERY_MS = 10_000;

interface Limited {
  readonly id: string;
  readonly run: number;
  readonly limitBytes: number;
}

export class MemoryWatch {
  private readonly meter = new UsageMeter();
  private readonly fleet: () => Fleet;
  private readonly post: Post;
  private timer: NodeJS.Timeout | undefined;
  /** The policies last looked at, and whether one of them has a limit: needed after each event. */
  private seen: { readonly policies: Fleet['policies']; readonly hasLimits: boolean } | null = null;

  constructor(fleet: () => Fleet, post: Post) {
    this.fleet = fleet;
    this.post = post;
  }

  /** The fleet has changed: there may now be something to watch. */
  look(): void {
    if (this.timer !== undefined || !this.hasLimits() || this.limited().size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.measure();
      this.look();
    }, EVERY_MS);
    this.timer.unref();
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private hasLimits(): boolean {
    const { policies } = this.fleet();
    if (this.seen?.policies !== policies) {
      const hasLimits = [...policies.values()].some(({ limits }) => limits.memoryBytes !== null);
      this.seen = { policies, hasLimits };
    }
    return this.seen.hasLimits;
  }

  private measure(): void {
    const limited = this.limited();
    const usage = this.meter.read(new Set(limited.keys()));
    for (const [pid, { id, run, limitBytes }] of limited) {
      const bytes = usage.get(pid)?.memoryBytes;
      if (bytes === undefined) continue;
      // A worker that forks looks as large as all its children together, although they share most of it.
      const taken = bytes > limitBytes ? (sharedOnceBytes(pid) ?? bytes) : bytes;
      this.post({ is: 'measured', id, run, bytes: taken });
    }
  }

  /** By session id, which is the pid of the main process. */
  private limited(): ReadonlyMap<number, Limited> {
    const { slots, policies } = this.fleet();
    const found = new Map<number, Limited>();
    for (const { id, daemon, state } of slots) {
      if (!isLive(state) || state.run.process === null || state.run.end !== null) continue;
      const limitBytes = policies.get(daemon)?.limits.memoryBytes ?? null;
      if (limitBytes !== null) found.set(state.run.process.pid, { id, run: state.run.number, limitBytes });
    }
    return found;
  }
}
