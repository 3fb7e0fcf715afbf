/** Memory and CPU of whole sessions, sampled only on request. Asking about some sessions keeps the last samples of the others. */
import { unlessShort } from './errno.ts';
import { allProcesses, proportionalBytes } from './proc.ts';
import { monotonicMs } from './clock.ts';

export interface Usage {
  /** Resident memory; shared pages count each time. */
  readonly memoryBytes: number;
  /** Since the last request; null on the first one. */
  readonly cpuPercent: number | null;
}

/** Linux reports times to programs in hundredths of a second, whatever its own tick (proc(5)). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
/** Two samples closer than this are meaningless. */
const SHORTEST_MS = 200;

export class UsageMeter {
  private last = new Map<number, { readonly ticks: number; readonly at: number; readonly cpuPercent: number | null }>();

  /** By session id, which is the pid of the main process. */
  read(sessions: ReadonlySet<number>): ReadonlyMap<number, Usage> {
    const now = monotonicMs();
    const sums = new Map<number, { ticks: number; pages: number }>();
    const living = new Set<number>();
    for (const { session, ticks, rssPages } of sessions.size === 0 ? [] : (unlessShort(allProcesses) ?? [])) {
      living.add(session);
      if (!sessions.has(session)) continue;
      const sum = sums.get(session) ?? { ticks: 0, pages: 0 };
      sums.set(session, { ticks: sum.ticks + ticks, pages: sum.pages + rssPages });
    }
    const usage = new Map<number, Usage>();
    const next: typeof this.last = new Map(Array.from(this.last).filter(([session]) => living.has(session)));
    for (const [session, { ticks, pages }] of sums) {
      const before = this.last.get(session);
      const tooSoon = before !== undefined && now - before.at < SHORTEST_MS;
      const cpuPercent = tooSoon ? before.cpuPercent : percent(before, ticks, now);
      next.set(session, tooSoon ? before : { ticks, at: now, cpuPercent });
      usage.set(session, { memoryBytes: pages * PAGE_BYTES, cpuPercent });
    }
    this.last = next;
    return usage;
  }
}

/**
 * The memory of a session, counting pages shared by its processes once; null: it has one process, or none. The kernel walks all pages for
 * it, some 10 ms per 200 MB, so it is asked only where that decides something.
 */
export function sharedOnceBytes(session: number): number | null {
  const members = (unlessShort(allProcesses) ?? []).filter((stat) => stat.session === session);
  if (members.length < 2) return null;
  return members.reduce(
    (sum, { pid, rssPages }) => sum + (unlessShort(() => proportionalBytes(pid)) ?? rssPages * PAGE_BYTES),
    0,
  );
}

function percent(before: { ticks: number; at: number } | undefined, ticks: number, now: number): number | null {
  if (before === undefined) return null;
  // An ended helper takes its time with it, so a sum can fall.
  const used = Math.max(0, ticks - before.ticks) / TICKS_PER_SECOND;
  return Math.round((used / ((now - before.at) / 1000)) * 1000) / 10;
}
