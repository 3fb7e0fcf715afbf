import type { Left, ProcessId } from '../lifecycle/state.ts';
import { isErrno } from './errno.ts';
import { allProcesses, lives, readStat } from './proc.ts';
import { sessionsOf } from './session.ts';

/** Sends a signal; false where nobody was there to get it, or who was may not be signalled by us. */
export function send(pid: number, signal: string): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has just gone. EPERM: it has become somebody else's (sudo, setuid): see refused.ts.
    if (isErrno(error) && (error.code === 'ESRCH' || error.code === 'EPERM')) return false;
    throw error;
  }
}

/**
 * A process that somebody has stopped (SIGSTOP, state T) handles its signal only when it goes on. Only such a one is sent a SIGCONT:
 * others may have a handler for it. `andGroup`: with it all of its process group that are stopped.
 */
export function wakeStopped(pid: number, andGroup: boolean): void {
  if (readStat(pid)?.state !== 'T') return;
  const stopped = andGroup ? allProcesses().filter(({ group, state }) => group === pid && state === 'T') : [{ pid }];
  for (const each of stopped) send(each.pid, 'SIGCONT');
}

/** Who lives in the group of this leader, as a whole: somebody is there, and no single one of them can be named. */
export const wholeGroup = ({ pid, startTime }: ProcessId): Left => ({
  pid,
  startTime,
  command: `somebody in its process group: who forks on and on, or whom /proc hides. See who: ps -o pid,args -s ${pid}`,
});

/** Those who outlive this leader. Returns how many of them got it. */
export function sendToLeft(left: readonly Left[], signal: string, leader: ProcessId): number {
  const got = left.filter((process) =>
    process.pid === leader.pid ? send(-leader.pid, signal) : lives(process) && send(process.pid, signal),
  );
  for (const { pid } of got) wakeStopped(pid, pid === leader.pid);
  return got.length;
}

/** So many rounds of helpers that have made themselves groups of their own meanwhile. */
const ROUNDS = 5;

/**
 * SIGKILL to all of the session that it leads. It goes to whole process groups, and so to all who are in one at the same moment: who
 * forks on and on cannot slip through. Helpers may have groups of their own. `isOwn`: the pid is surely still the leader's or its
 * group's; else it is looked whether it is.
 */
export function killSession(leader: ProcessId, isOwn: boolean): void {
  const killed = new Set<number>();
  const kill = (group: number): void => {
    send(-group, 'SIGKILL');
    killed.add(group);
  };
  if (isOwn) kill(leader.pid);
  for (let round = 0; round < ROUNDS; round += 1) {
    const seen = sessionsOf([leader]).get(leader.pid);
    if (seen === undefined || seen.isTaken) return;
    // The group of the leader may be there although none of it was seen.
    const groups = [leader.pid, ...seen.groups].filter((group) => !killed.has(group));
    if (groups.length === 0) return;
    for (const group of groups) kill(group);
  }
}
