import { execFileSync, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** So long whoever is held by a FIFO holds the test with him: then it fails. */
const HELD_S = 10;

/** Makes a FIFO that nobody reads. Who is held by it, in a call that never returns, is set free after a while. */
export function unreadFifo(file: string): void {
  execFileSync('mkfifo', [file]);
  const reader = spawn('sh', ['-c', `sleep ${HELD_S}; exec cat <>"$0"`, file], { stdio: 'ignore', detached: true });
  onTestFinished(() => {
    if (reader.pid !== undefined && reader.exitCode === null) process.kill(-reader.pid, 'SIGKILL');
  });
}
