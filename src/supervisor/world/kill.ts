import type { Left, ProcessId } from '../lifecycle/state.ts';
import { isErrno } from './errno.ts';
import { lives, membersOf } from './proc.ts';

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

/** Returns how many of them got it. */
export function sendToLeft(left: readonly Left[], signal: string): number {
  return left.filter((process) => lives(process) && send(process.pid, signal)).length;
}

/** SIGKILL to all of the session that it leads: helpers may have process groups of their own (`timeout`, job control). How many. */
export function killSession(leader: ProcessId): number {
  return (membersOf([leader]).get(leader.pid) ?? []).filter(({ pid }) => send(pid, 'SIGKILL')).length;
}
