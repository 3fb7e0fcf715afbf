import type { Left, ProcessId } from '../lifecycle/state.ts';
import { isErrno } from './errno.ts';
import { allProcesses, lives, membersOf, readStat } from './proc.ts';

/** Sends a signal; false where nobody was there to get it. */
export function send(pid: number, signal: string): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has just gone. EPERM: it has become somebody else (setuid); the caller sees that it still lives.
    if (isErrno(error) && (error.code === 'ESRCH' || error.code === 'EPERM')) return false;
    throw error;
  }
}

/** Does the process group have a member, be it a zombie? */
export function groupExists(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return isErrno(error) && error.code === 'EPERM';
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

/** Returns how many of them got it. */
export function sendToLeft(left: readonly Left[], signal: string): number {
  const got = left.filter((process) => lives(process) && send(process.pid, signal));
  for (const { pid } of got) wakeStopped(pid, false);
  return got.length;
}

/** SIGKILL to all of the session that it leads: helpers may have process groups of their own (`timeout`, job control). How many. */
export function killSession(leader: ProcessId): number {
  return (membersOf([leader]).get(leader.pid) ?? []).filter(({ pid }) => send(pid, 'SIGKILL')).length;
}
