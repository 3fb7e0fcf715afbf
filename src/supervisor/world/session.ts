/** Who lives in the session of a run: its main process, which leads it, its helpers, and who outlives it there. */
import type { Left, ProcessId } from '../lifecycle/state.ts';
import { allStats, commandOf, isAlive, readStat, type Stat } from './proc.ts';

/** What one pass over /proc has seen of a session. */
export interface Session {
  readonly living: readonly Left[];
  /** The process groups of the living: the leader's, and those of helpers that have one of their own (`timeout`, job control). */
  readonly groups: readonly number[];
  /** A zombie is in the leader's group: with him the group exists, although nobody of it need live. */
  readonly hasZombie: boolean;
  /** Its number is a stranger's by now. */
  readonly isTaken: boolean;
}

/**
 * The sessions that these lead, by their number, also those in which nobody is seen. The number of a session belongs to another one
 * only after its last member has gone: where a stranger leads it by now, or its group is in another session, nobody of ours is in it.
 */
export function sessionsOf(leaders: readonly ProcessId[]): ReadonlyMap<number, Session> {
  const members = new Map<number, Stat[]>(leaders.map(({ pid }) => [pid, []]));
  // Of a group and its session the numbers are the same, unless the group was made in another one.
  const elsewhere = new Set<number>();
  for (const stat of allStats()) {
    members.get(stat.session)?.push(stat);
    if (stat.group !== stat.session) elsewhere.add(stat.group);
  }
  return new Map(
    leaders.map((leader) => {
      const { pid } = leader;
      return [pid, isStrangers(leader) ? TAKEN : seenOf(pid, members.get(pid) ?? [], elsewhere.has(pid))];
    }),
  );
}

/** The living members of these sessions, without those in which nobody is seen. */
export function membersOf(leaders: readonly ProcessId[]): ReadonlyMap<number, readonly Left[]> {
  const sessions = [...sessionsOf(leaders)].map(([number, { living }]) => [number, living] as const);
  return new Map(sessions.filter(([, living]) => living.length > 0));
}

const TAKEN: Session = { living: [], groups: [], hasZombie: false, isTaken: true };

function seenOf(number: number, members: readonly Stat[], isTaken: boolean): Session {
  const living = members.filter(isAlive).sort((a, b) => a.pid - b.pid);
  return {
    living: living.map(({ pid, startTime }) => ({ pid, startTime, command: commandOf(pid) })),
    groups: [...new Set(living.map(({ group }) => group))],
    hasZombie: members.some((stat) => stat.group === number && !isAlive(stat)),
    isTaken,
  };
}

/** Has another process its pid by now? A start time of 0 is one that is not known. */
function isStrangers({ pid, startTime }: ProcessId): boolean {
  const stat = startTime === 0 ? null : readStat(pid);
  return stat !== null && stat.startTime !== startTime;
}
