/**
 * What was seen when a request was made, and what exists when it is carried out: in between, instances leave the list, end and are
 * replaced.
 */
import { listed } from '../base/listed.ts';
import type { InstanceView, LeftView } from './view.ts';

/** An instance as it was seen: its process at the time, and what it was meant to be. */
export interface Seen {
  readonly id: string;
  readonly pid: number | null;
  readonly wanted: 'up' | 'down';
}

export type SeenDeed = 'start' | 'stop' | 'restart' | 'cut';

/** What matters about an instance as it is now. */
export type Present = Pick<InstanceView, 'pid' | 'wanted' | 'state'>;

export const seen = ({ id, pid, wanted }: InstanceView): Seen => ({ id, pid, wanted });

/** Which of the two a person can mean: one that is to stay down is started, even while it still drains. */
export function startOrStop({ state, wanted }: Pick<Present, 'state' | 'wanted'>): 'start' | 'stop' {
  const isOver = state === 'stopped' || state === 'exited' || state === 'failed';
  return isOver || wanted === 'down' ? 'start' : 'stop';
}

/**
 * Why this instance is no longer the one meant, in words; null: it is. The screen, with what it knows, and the supervisor, with what is
 * true, both use this: what a question named and what its answer acts on are the same.
 */
export function notMeant(deed: SeenDeed, was: Seen, now: Present | null | undefined): string | null {
  const { id, pid } = was;
  if (now == null) return `${id} is not in the list any more`;
  const isPutDown = was.wanted === 'up' && now.wanted === 'down';
  switch (deed) {
    case 'start':
      return isPutDown ? `${id} was stopped meanwhile` : null;
    case 'stop':
      if (startOrStop(now) === 'start') return `${id} is stopped or has ended meanwhile`;
      // Without a process nothing is cut, and it is the returning instance that is to stay down.
      return now.pid === null || pid === null || now.pid === pid ? null : replaced(id);
    case 'restart':
      if (isPutDown) return `${id} was stopped meanwhile`;
      if (now.pid === pid && now.wanted === was.wanted) return null;
      if (now.pid === null) return now.wanted === was.wanted ? `${id} has ended meanwhile` : started(id);
      return pid === null || now.wanted !== was.wanted ? started(id) : replaced(id);
    case 'cut':
      if (now.pid === pid) return null;
      return now.pid === null ? `${id} has ended meanwhile` : replaced(id);
  }
}

const started = (id: string): string => `${id} was started meanwhile`;
const replaced = (id: string): string => `${id} has been replaced meanwhile`;

/** The instances left alone, in words. */
export const leftWords = (left: readonly LeftView[]): string =>
  listed(
    left.map(({ words }) => words),
    2,
    '; ',
  );
