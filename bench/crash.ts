/** Kills a daemon that has run well for more than two seconds: the time from the signal to the main of its successor. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../test/support/processes.ts';
import { inArena, type Arena } from './contest/arena.ts';
import { bareNode, peersHere, supervise, type Contestant } from './contest/contestants.ts';
import { compare } from './contest/figures.ts';
import { mainsBegan, markedDaemons, pidOf } from './contest/mark.ts';

const DAEMONS = 8;
const CRASHES = 40;
/** Ready after one second, healthy after one more. */
const HEALTHY_MS = 2_300;

const contestants = [bareNode, supervise, ...peersHere()];

await inArena(async (arena) => {
  const crashers = new Map<Contestant, (index: number) => Promise<number>>();
  for (const contestant of contestants) crashers.set(contestant, await crasher(arena, contestant));
  const measured = new Map<Contestant, number[]>(contestants.map((contestant) => [contestant, []]));
  for (let crash = 0; crash < CRASHES; crash += 1)
    for (const [contestant, hit] of crashers) measured.get(contestant)?.push(await hit(crash % DAEMONS));
  const of = (contestant: Contestant): readonly number[] => measured.get(contestant) ?? [];
  for (const other of contestants.filter((contestant) => contestant !== supervise))
    compare({
      ...{ what: 'crash to main of the successor', unit: 'ms', ours: of(supervise), theirs: of(other) },
      ...{ beside: other.name, ...(other === bareNode ? { goal: { atMost: 2 } } : {}) },
    });
});

async function crasher(arena: Arena, contestant: Contestant): Promise<(index: number) => Promise<number>> {
  const daemons = markedDaemons(`${arena.folder}/${contestant.name}`, DAEMONS);
  const run = arena.run(contestant, daemons);
  const began = daemons.map(() => 0).fill(await mainsBegan(daemons));
  return async (index) => {
    const daemon = daemons[index];
    if (daemon === undefined) throw new Error(`there is no daemon ${index}`);
    // Not in step with anything the supervisor does.
    await sleep(Math.max(0, (began[index] ?? 0) + HEALTHY_MS - performance.now()) + Math.random() * 50);
    const pid = pidOf(daemon, run.pid);
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    // A zombie has closed its files: from then on an open FIFO is the successor's.
    while (isAlive(pid));
    const successorAt = await mainsBegan([daemon]);
    began[index] = successorAt;
    return successorAt - killedAt;
  };
}
