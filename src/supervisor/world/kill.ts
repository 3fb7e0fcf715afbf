import type { Left, ProcessId } from '../lifecycle/state.ts';
import { isErrno } from './errno.ts';
import { allProcesses, lives, readStat } from './proc.ts';
import { sessionsOf } from './session.ts';

/** Sends a signal; false if there was no process to get it, or we may not signal it. */
export function send(pid: number, signal: string): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has just ended. EPERM: it now belongs to another user (sudo, setuid): see refused.ts.
    if (isErrno(error) && (error.code === 'ESRCH' || error.code === 'EPERM')) return false;
    throw error;
  }
}

/**
 * A stopped process (SIGSTOP, state T) handles its signal only once it continues. Only a stopped one is sent SIGCONT: others may have a
 * handler for it. `andGroup`: also all stopped processes of its group.
 */
export function wakeStopped(pid: number, andGroup: boolean): void {
  if (readStat(pid)?.state !== 'T') return;
  const stopped = andGroup ? allProcesses().filter(({ group, state }) => group === pid && state === 'T') : [{ pid }];
  for (const each of stopped) send(each.pid, 'SIGCONT');
}

/** The living members of this leader's group as a whole: something is there, but no single process can be named. */
export const wholeGroup = ({ pid, startTime }: ProcessId): Left => ({
  pid,
  startTime,
  command: `somebody in its process group: who forks on and on, or whom /proc hides. See who: ps -o pid,args -s ${pid}`,
});

/** The processes that outlive this leader. Returns how many got the signal. */
export function sendToLeft(left: readonly Left[], signal: string, leader: ProcessId): number {
  const got = left.filter((process) =>
    process.pid === leader.pid ? send(-leader.pid, signal) : lives(process) && send(process.pid, signal),
  );
  for (const { pid } of got) wakeStopped(pid, pid === leader.pid);
  return got.length;
}

/** How many rounds to chase helpers that have meanwhile moved to groups of their own. */
const ROUNDS = 5;

/**
 * SIGKILL to all of the session that it leads. It goes to whole process groups, and so to all members at the same moment: a process that
 * keeps forking cannot slip through. Helpers may have groups of their own. `isOwn`: the pid certainly still belongs to the leader or its
 * group; otherwise that is checked.
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
    // The leader's group may exist although none of its members was seen.
    const groups = [leader.pid, ...seen.groups].filter((group) => !killed.has(group));
    if (groups.length === 0) return;
    for (const group of groups) kill(group);
  }
}
