/**
 * `supervise start` of a list of 100 that starts none of them, with nothing to adopt: from its spawn until its socket accepts a connection,
 * compared with a whole `node -e 0`. What a supervisor costs before the first daemon.
 */
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { inArena } from './contest/arena.ts';
import { supervise } from './contest/contestants.ts';
import { compare } from './contest/figures.ts';

const PAIRS = 9;
const daemons = Array.from({ length: 100 }, (_, index) => ({ name: `d${index}`, argv: ['/bin/sleep', '600'] }));

await inArena(async (arena) => {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const from = performance.now();
    spawnSync(arena.node, ['-e', '0']);
    theirs.push(performance.now() - from);

    const run = arena.run(supervise, daemons, { autostart: false });
    while (!(await takesConnections(`${run.folder}/state/control.sock`))) await sleep(1);
    ours.push(performance.now() - run.spawnedAt);
    await run.stop();
  }
  compare({ what: 'start of a list that starts none', unit: 'ms', ours, theirs, beside: 'node -e 0' });
});

function takesConnections(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(file);
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
