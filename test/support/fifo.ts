import { execFileSync, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** How long a process blocked by a FIFO may block the test: then it fails. */
const HELD_S = 10;

/** Makes a FIFO that nothing reads. A process blocked by it, in a call that never returns, is released after a while. */
export function unreadFifo(file: string): void {
  execFileSync('mkfifo', [file]);
  const reader = spawn('sh', ['-c', `sleep ${HELD_S}; exec cat <>"$0"`, file], { stdio: 'ignore', detached: true });
  onTestFinished(() => {
    if (reader.pid !== undefined && reader.exitCode === null) process.kill(-reader.pid, 'SIGKILL');
  });
}
