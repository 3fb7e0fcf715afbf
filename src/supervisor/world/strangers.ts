/**
 * As pid 1 we are the parent of every process that has lost its own, and nothing else reaps it when it ends. Node reaps only the processes
 * it has started itself.
 */
import { childrenOf, isAlive, readStat } from './proc.ts';

/** Node reaps its own at once: a zombie still there at the second look is not one of them. */
const LOOK_MS = 1_000;

/** From now on, until the returned function is called. Idle while no child ends. */
export function reapStrangers(reap: (pid: number) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let seen = new Set<number>();
  const look = (): void => {
    const zombies = (childrenOf(process.pid) ?? []).filter((pid) => !isAlive(readStat(pid)));
    for (const pid of zombies) if (seen.has(pid)) reap(pid);
    seen = new Set(zombies.filter((pid) => !seen.has(pid)));
    timer = seen.size === 0 ? undefined : setTimeout(look, LOOK_MS);
  };
  const ended = (): void => {
    timer ??= setTimeout(look, LOOK_MS);
  };
  process.on('SIGCHLD', ended);
  return () => {
    process.off('SIGCHLD', ended);
    clearTimeout(timer);
  };
}
