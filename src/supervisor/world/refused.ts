/** Signals that the kernel refuses us (EPERM): through sudo or a setuid program a process of ours now runs as another user. */
import type { ProcessId } from '../lifecycle/state.ts';
import { lives, mayNotSignal, userOf } from './proc.ts';
import type { Running } from './run.ts';
import type { Post } from './world.ts';

/** How many processes of a run are named. */
const MOST_TOLD = 3;

/** Reports which of the processes just sent this signal did not get it: each once per run, however often it is sent. */
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
