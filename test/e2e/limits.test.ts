/** limits: a process that has grown, or is stuck, is replaced. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { need } from '../support/needs.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';

const python = need('python3', 'python3');

const GROWS = `import { spawn } from 'node:child_process';
  process.on('SIGTERM', () => process.exit(0));
  // The helper has the memory, not the main process.
  if (process.env.SUPERVISE_RUN === '1') spawn(process.execPath, ['-e', 'globalThis.held = Buffer.alloc(150e6, 1); setInterval(() => 0, 1e6)']);
  setInterval(() => 0, 1e6);`;

test(
  'a session that has grown beyond limits.memory is replaced, helpers counted',
  { timeout: 60_000 },
  async ({ rig }) => {
    rig.file('grows.mjs', GROWS);
    rig.list([{ name: 'w', script: './grows.mjs', limits: { memory: '120MB' }, restart: { reset_after: '1s' } }]);
    await rig.start();
    const next = await rig.until('w', 'is replaced', ({ starts, state }) => starts === 2 && state === 'running');
    expect(next.last_exit).toMatchObject({ kind: 'asked', code: 0 });
    await rig.event('w', /limits\.memory reached \(\d+.*\): restarting at the boundary/);
  },
);

test.skipIf(python.missing)(
  `a worker that forks is not replaced for what its children share with it${python.note}`,
  { timeout: 90_000 },
  async ({ rig }) => {
    rig.file('grows.mjs', GROWS);
    rig.file('forks.py', 'import os, time\nheld = b"x" * 60_000_000\nos.fork(); os.fork()\ntime.sleep(600)\n');
    const limits = { memory: '120MB' };
    const restart = { reset_after: '1s' };
    rig.list([
      { name: 'pool', command: 'python3 forks.py', limits, restart },
      // The marker: both are measured in one pass.
      { name: 'w', script: './grows.mjs', autostart: false, limits, restart },
    ]);
    await rig.start();
    await rig.until('pool', 'looks large', ({ memory_bytes: bytes }) => bytes !== null && bytes > 4 * 60e6);
    await rig.run('start', 'w');
    await rig.event('w', /limits\.memory reached/);
    expect(await rig.instance('pool')).toMatchObject({ state: 'running', starts: 1 });
  },
);

test('a job that is never started again is not ended for the age of others', async ({ rig }) => {
  const stage = await rig.stage();
  rig.file('heeds.mjs', `process.on('SIGTERM', () => process.exit(0)); setInterval(() => 0, 1e6);`);
  rig.list({
    defaults: { limits: { age: '1s' }, restart: { reset_after: '100ms' } },
    daemons: [
      { name: 'job', script: PUPPET, cwd: '.', restart: { policy: 'never' } },
      { name: 'w', script: './heeds.mjs' },
    ],
  });
  await rig.start();
  const job = await stage.enter('job');
  await rig.until('w', 'is replaced', ({ starts }) => starts === 3);
  expect(await rig.instance('job')).toMatchObject({ state: 'running', starts: 1, flags: [] });
  await job.exit(0);
  expect(await rig.untilState('job', 'exited')).toMatchObject({ starts: 1 });
});

test('an iteration that outlives limits.iteration is stuck: shown, ended, and told as a crash and a cut', async ({
  rig,
}) => {
  const stage = await rig.stage();
  const limits = { iteration: '500ms' };
  rig.list([{ name: 'w', script: PUPPET, cwd: '.', limits, stop: '1s', restart: { delay: '50ms' } }]);
  await rig.start();
  const worker = await stage.enter('w');
  await worker.say('BUSY=1');
  await rig.until('w', 'is stuck', ({ flags }) => flags.includes('stuck'));
  const next = await rig.until('w', 'is replaced', ({ starts, state }) => starts === 2 && state === 'running');
  expect(next.last_exit).toMatchObject({ kind: 'crash', cut: 'yes' });
  expect(next.last_exit?.words).toMatch(/^was stuck in an iteration for 0\.5 s/);
});

const groups = '/sys/fs/cgroup/memory';
const canLimit = spawnSync('test', ['-w', path.join(groups, 'cgroup.procs')]).status === 0;
if (!canLimit) process.stderr.write('skipped: killed for want of memory (it makes a control group, as root)\n');

test.skipIf(!canLimit)(
  'who is killed by the kernel for want of memory is told so',
  { timeout: 60_000 },
  async ({ rig }) => {
    const group = path.join(groups, `supervise-test-${process.pid}`);
    mkdirSync(group);
    writeFileSync(path.join(group, 'memory.limit_in_bytes'), String(300e6));
    rig.file('eats.mjs', `const held = []; setInterval(() => held.push(Buffer.alloc(20e6, 1)), 20);`);
    rig.list([{ name: 'w', script: './eats.mjs', restart: { delay: '1m' } }]);
    try {
      const join = `echo $$ > ${group}/cgroup.procs && exec "$@"`;
      const supervise = await rig.start([], { under: ['sh', '-c', join, 'sh'] });
      const ended = await rig.until('w', 'is killed', ({ last_exit: end }) => end !== null);
      expect(ended.last_exit).toMatchObject({ kind: 'crash', signal: 'SIGKILL' });
      expect(ended.last_exit?.words).toMatch(/which supervise did not send.*; the kernel has killed it: out of memory/);
      await rig.run('stop', '--now');
      await supervise.ended;
    } finally {
      rmdirSync(group);
    }
  },
);
