/** Whom a question named, and whom its answer means: between the two instances leave the list, end and are replaced. */
import type { InstanceView } from '../control/view.ts';
import type { Model, Named } from './model.ts';

export type Deed = 'start' | 'stop' | 'restart' | 'roll';

export const named = ({ id, pid }: InstanceView): Named => ({ id, pid });

/** Which of both `s` is: one that is to stay down is started, even while it still drains. */
export function startOrStop({ state, wanted }: InstanceView): 'start' | 'stop' {
  const isOver = state === 'stopped' || state === 'exited' || state === 'failed';
  return isOver || wanted === 'down' ? 'start' : 'stop';
}

/**
 * Why this one is not meant any more, in words; null: it is. An id that the list does not have must never be sent: the supervisor
 * could know it as the name of a daemon, and all its instances would be meant.
 */
export function notMeant(deed: Deed, { id, pid }: Named, now: InstanceView | null | undefined): string | null {
  if (now == null) return `${id} is not in the list any more`;
  switch (deed) {
    case 'start':
      return null;
    case 'stop':
      if (startOrStop(now) === 'start') return `${id} is stopped or has ended meanwhile`;
      // Without a process nothing is cut, and it is one that comes again which is to stay down.
      return now.pid === null || pid === null || now.pid === pid ? null : replaced(id);
    case 'restart':
    case 'roll':
      if (now.pid === pid) return null;
      return now.pid === null
        ? `${id} has ended meanwhile`
        : pid === null
          ? `${id} was started meanwhile`
          : replaced(id);
  }
}

const replaced = (id: string): string => `${id} has been replaced meanwhile`;

/** Those that are still meant, in the order of the question. */
export function stillMeant(deed: Deed, targets: readonly Named[], { instances }: Model): readonly Named[] {
  const known = new Map(instances.map((instance) => [instance.id, instance]));
  return targets.filter((target) => notMeant(deed, target, known.get(target.id)) === null);
}

/** Those whose process is still the one that the question named. */
export function stillToCut<T extends Named>(targets: readonly T[], { instances }: Model): readonly T[] {
  const pids = new Map(instances.map(({ id, pid }) => [id, pid]));
  return targets.filter(({ id, pid }) => pids.get(id) === pid);
}
