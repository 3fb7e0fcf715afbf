/**
 * As pid 1 we are the parent of every process that has lost its own, and nobody but us takes leave of it when it ends. Node does so
 * only for those that it has started itself.
 */
import { childrenOf, isAlive, readStat } from './proc.ts';

/** Node takes leave of its own at once: who is still a zombie at the second look is none of them. */
const LOOK_MS = 1_000;

/** From now on, until the returned function is called. Where no child ends it does nothing. */
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
