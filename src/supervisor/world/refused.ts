/** Signals that the kernel refuses us (EPERM): by sudo or a setuid program a process of ours has become that of another user. */
import type { ProcessId } from '../lifecycle/state.ts';
import { lives, mayNotSignal, userOf } from './proc.ts';
import type { Running, Tell } from './run.ts';

/** So many processes of a run are named. */
const MOST_TOLD = 3;

/** Tells which of those that were just sent this signal did not get it: each once a run, however often it is sent. */
export function tellRefused(
  { id, refused }: Running,
  signal: string,
  processes: readonly ProcessId[],
  tell: Tell,
): void {
  for (const each of processes) {
    if (refused.size === MOST_TOLD || refused.has(each.pid) || !mayNotSignal(each.pid) || !lives(each)) continue;
    refused.add(each.pid);
    const words = wordsOfRefused(each.pid, signal);
    // That a signal is sent is told after it is, and what became of it after that.
    setImmediate(() => {
      tell(id, 'signal-refused', words);
    });
  }
}

function wordsOfRefused(pid: number, signal: string): string {
  const user = userOf(pid);
  const why =
    user === null || user === process.getuid?.()
      ? `the kernel does not let us signal pid ${pid} (EPERM)`
      : `pid ${pid} runs as another user (uid ${user}), and only root or that user may end it`;
  return `${signal} could not be sent: ${why}: sudo kill -${signal.replace(/^SIG/, '')} ${pid}`;
}
