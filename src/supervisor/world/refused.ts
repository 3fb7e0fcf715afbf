/** Signals that the kernel refuses us (EPERM): by sudo or a setuid program a process of ours has become that of another user. */
import type { ProcessId } from '../lifecycle/state.ts';
import { lives, mayNotSignal, userOf } from './proc.ts';
import type { Running } from './run.ts';
import type { Post } from './world.ts';

/** So many processes of a run are named. */
const MOST_TOLD = 3;

/** Tells which of those that were just sent this signal did not get it: each once a run, however often it is sent. */
export function tellRefused(
  { id, run, refused }: Running,
  signal: string,
  processes: readonly ProcessId[],
  post: Post,
): void {
  for (const each of processes) {
    if (refused.size === MOST_TOLD || refused.has(each.pid) || !mayNotSignal(each.pid) || !lives(each)) continue;
    refused.add(each.pid);
    post({ is: 'signal-refused', id, run, signal, pid: each.pid, uid: anotherUserOf(each.pid) });
  }
}

function anotherUserOf(pid: number): number | null {
  const user = userOf(pid);
  return user === process.getuid?.() ? null : user;
}
