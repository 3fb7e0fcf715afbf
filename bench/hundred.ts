/**
 * 100 daemons with captured, rotated logs, by bare node, us, and who else is installed: from the spawn of the supervisor to the main of the last, its memory 3 s later,
 * and from SIGTERM until it and all of them are gone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inArena } from './contest/arena.ts';
import { bareNode, peersHere, supervise, type Contestant } from './contest/contestants.ts';
import { compare } from './contest/figures.ts';
import { mainsBegan, markedDaemons, supervisorSide } from './contest/mark.ts';
import { pssMib } from './contest/proc.ts';

const PAIRS = 7;
const REST_MS = 3_000;

const rows = {
  start: { what: 'start of 100', unit: 'ms', goal: { atMost: 2.2 } },
  memory: { what: 'memory at rest with 100, PSS', unit: 'MiB', goal: { atMost: 1.4 } },
  stop: { what: 'stop of 100', unit: 'ms', goal: { atMost: 4 } },
};
type Figures = Record<keyof typeof rows, number>;

const others = [bareNode, ...peersHere()];

await inArena(async (arena) => {
  const measured = new Map<Contestant, Figures[]>();
  for (let pair = 0; pair < PAIRS; pair += 1) {
    for (const contestant of [...others, supervise]) {
      const daemons = markedDaemons(`${arena.folder}/${contestant.name}-${pair}`, 100);
      const run = arena.run(contestant, daemons);
      const start = (await mainsBegan(daemons)) - run.spawnedAt;
      await sleep(REST_MS);
      const memory = pssMib(supervisorSide(run.pid));
      const stop = await run.stop();
      measured.set(contestant, [...(measured.get(contestant) ?? []), { start, memory, stop }]);
    }
  }
  const of = (contestant: Contestant, key: keyof Figures): number[] =>
    (measured.get(contestant) ?? []).map((figures) => figures[key]);
  for (const key of ['start', 'memory', 'stop'] as const)
    for (const other of others) {
      const { goal, ...row } = rows[key];
      const beside = { beside: other.name, ours: of(supervise, key), theirs: of(other, key) };
      // The goals are for the ratio to bare node.
      compare({ ...row, ...beside, ...(other === bareNode ? { goal } : {}) });
    }
});
