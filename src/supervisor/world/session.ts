/** The processes in the session of a run: the main process leading it, its helpers, and those that outlive it there. */
import type { Left, ProcessId } from '../lifecycle/state.ts';
import { allStats, commandOf, isAlive, readStat, type Stat } from './proc.ts';

/** What one pass over /proc showed of a session. */
export interface Session {
  readonly living: readonly Left[];
  /** The process groups of the living: the leader's, and those of helpers with one of their own (`timeout`, job control). */
  readonly groups: readonly number[];
  /** There is a zombie in the leader's group: the group then exists although none of its members need be alive. */
  readonly hasZombie: boolean;
  /** Its number now belongs to a stranger. */
  readonly isTaken: boolean;
}

/**
 * The sessions led by these, by number, including those in which nothing is seen. A session's number is reused only after its last member
 * is gone: if a stranger now leads it, or its group is in another session, none of its members is ours.
 */
export function sessionsOf(leaders: readonly ProcessId[]): ReadonlyMap<number, Session> {
  const members = new Map<number, Stat[]>(leaders.map(({ pid }) => [pid, []]));
  // A group and its session share a number unless the group was made in another session.
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

/** The living members of these sessions, omitting empty ones. */
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

/** Does another process have its pid by now? A start time of 0 means unknown. */
function isStrangers({ pid, startTime }: ProcessId): boolean {
  const stat = startTime === 0 ? null : readStat(pid);
  return stat !== null && stat.startTime !== startTime;
}
