/** A supervisor that was started again beside processes of an earlier one starts nothing until they have ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Survivor } from './survivors.ts';
import { lives, readStat } from './world/proc.ts';

const LOOK_MS = 500;

/**
 * Resolves when nobody is left, or at `end`. `find` is a pass over all processes: it is asked only when nobody lives any more
 * of those that are known.
 */
export async function untilTheyEnd(
  found: readonly Survivor[],
  find: () => readonly Survivor[],
  tell: (left: readonly Survivor[]) => void,
  end: AbortSignal,
): Promise<void> {
  let left = found;
  while (left.length > 0 && !end.aborted) {
    tell(left);
    await sleep(LOOK_MS, undefined, { signal: end }).catch(() => undefined); // Aborted: the loop ends.
    const known = left.filter(({ process }) => process !== null && lives(process));
    left = known.length > 0 ? known : find();
  }
}

/** Without the helpers of those that live: they end with the iteration that has started them, and a signal would cut it. */
export function withoutHelpers(survivors: readonly Survivor[]): readonly Survivor[] {
  const pids = new Set(survivors.flatMap(({ process }) => process?.pid ?? []));
  return survivors.filter(({ process }) => {
    const session = process === null ? undefined : readStat(process.pid)?.session;
    return session === undefined || session === process?.pid || !pids.has(session);
  });
}

/** What `status` and the messages say meanwhile. */
export function holdWords(survivors: readonly Survivor[]): string {
  const left = withoutHelpers(survivors);
  const who = left.map(({ id, process }) =>
    process === null
      ? `${id} (a process of another user holds its pipes)`
      : `${id}: pid ${process.pid} (${process.command})`,
  );
  const pids = left.flatMap(({ process }) => process?.pid ?? []);
  const sooner = pids.length === 0 ? '' : `. They end sooner, at their boundary, with: kill -TERM ${pids.join(' ')}`;
  return `nothing is started before what an earlier supervisor has left ends: ${who.join(', ')}${sooner}`;
}
