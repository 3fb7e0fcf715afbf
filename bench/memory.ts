/** What an instance costs the supervisor: its resident memory at rest with 1, 100, 500 and 1,000 instances of a daemon that does nothing. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inArena, type Arena, type Run } from './contest/arena.ts';
import { superviseTarget, supervise, type Contestant } from './contest/contestants.ts';
import { median } from './contest/figures.ts';
import { rssMib } from './contest/proc.ts';

const COUNTS = [1, 100, 500, 1_000];
const ROUNDS = 2;
const REST_MS = 10_000;

/** One daemon with so many instances, with captured logs and defaults for everything else. */
const withInstances = (instances: number): Contestant => ({
  ...supervise,
  name: `supervise with ${instances}`,
  prepare({ folder, node, program }) {
    const list = {
      ...{ name: 'bench', supervisor: { start_rate: 'unlimited' } },
      daemons: [{ name: 'idle', command: ['/usr/bin/tail', '-f', '/dev/null'], instances }],
    };
    writeFileSync(path.join(folder, 'daemons.yaml'), JSON.stringify(list));
    return [node, program, 'start', ...superviseTarget(folder)];
  },
});

const NOT_THERE_YET = { stdout: '' };

async function allRun({ node, program }: Arena, { folder }: Run, instances: number): Promise<void> {
  const argv = [program, 'status', '--json', ...superviseTarget(folder)];
  for (;;) {
    const { stdout } = await promisify(execFile)(node, argv, { maxBuffer: 2 ** 26 }).catch(() => NOT_THERE_YET);
    if (stdout.split('"state":"running"').length > instances) return;
    await sleep(500);
  }
}

await inArena(async (arena) => {
  const measured = new Map<number, number[]>(COUNTS.map((count) => [count, []]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [count, figures] of measured) {
      const run = arena.run(withInstances(count), []);
      await allRun(arena, run, count);
      await sleep(REST_MS);
      figures.push(rssMib(run.pid));
      await run.stop();
    }
  const [one = 0] = [...measured.values()].map(median);
  for (const [count, figures] of measured) {
    const mib = median(figures);
    const each = count === 1 ? '' : `, ${(((mib - one) * 1024) / (count - 1)).toFixed(1)} KiB an instance`;
    console.log(`${String(count).padStart(5)} instances: ${mib.toFixed(1)} MiB${each}`);
  }
});
