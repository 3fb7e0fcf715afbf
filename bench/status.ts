/** `supervise status` with 100 running instances, from its spawn to its end, compared with `node -e 0`. */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { inArena } from './contest/arena.ts';
import { supervise, superviseTarget } from './contest/contestants.ts';
import { compare } from './contest/figures.ts';
import { mainsBegan, markedDaemons } from './contest/mark.ts';

const PAIRS = 25;

await inArena(async (arena) => {
  const daemons = markedDaemons(`${arena.folder}/fifos`, 100);
  const run = arena.run(supervise, daemons);
  await mainsBegan(daemons);
  await sleep(3_000);
  const command = [arena.program, 'status', ...superviseTarget(run.folder)];
  const shown = timed(arena.node, command).output;
  const missing = daemons.filter(({ name }) => !new RegExp(`\\b${name}\\b.*running`).test(shown));
  if (missing.length > 0)
    throw new Error(`status does not show ${missing.length} of the daemons as running:\n${shown}`);

  const ours: number[] = [];
  const theirs: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    theirs.push(timed(arena.node, ['-e', '0']).ms);
    ours.push(timed(arena.node, command).ms);
  }
  compare({ what: 'status of 100', unit: 'ms', ours, theirs, beside: 'node -e 0', goal: { atMost: 1.5 } });
});

function timed(node: string, words: readonly string[]): { readonly ms: number; readonly output: string } {
  const from = performance.now();
  const { stdout } = spawnSync(node, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return { ms: performance.now() - from, output: stdout };
}
