/** Iterations that work in separate processes and threads: a wait there must not make the daemon look at its boundary. */
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { need } from '../support/needs.ts';
import { isAlive } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const here = { missing: false, note: '' };
const python = need('python3', 'python3');
const WORKERS = [
  { name: 'a process that Python has forked', argv: ['python3', 'forks.py', 'wait'], need: python },
  { name: 'a thread of Python', argv: ['python3', 'forks.py', 'thread'], need: python },
  { name: 'a process that PHP has forked', argv: ['php', 'forks.php', 'wait'], need: need('php', 'php-cli') },
  { name: 'a subshell', argv: ['sh', 'forks.sh', 'wait'], need: here },
];

const command = ([program, file, mode]: readonly string[]): string[] => [
  program ?? '',
  path.join(import.meta.dirname, '../integration/sdk/puppets', file ?? ''),
  ...[mode ?? '', 'ledger'],
];

/** Starts `w`, and waits until its helper waits while its iteration is open. Returns its pid. */
async function startAtWork(rig: Rig, argv: readonly string[], others: readonly object[]): Promise<number> {
  const GO = path.join(rig.work, 'go');
  rig.list([{ name: 'w', command: command(argv), env: { GO }, stop: '250ms', restart: 'never' }, ...others]);
  await rig.start();
  // Said after anything that the helper could have said about its first wait.
  const { pid, busy } = await rig.until('w', 'is at work', ({ status }) => status === 'at work');
  expect(busy).toBe(true);
  return pid ?? 0;
}

for (const { name, argv, need: needed } of WORKERS)
  describe.skipIf(needed.missing)(`${name} that waits, in an open iteration${needed.note}`, () => {
    test('a stop lets the iteration end, however short the grace', async ({ rig }) => {
      // It shows that a longer grace is over.
      const witness = { name: 'witness', shell: "trap '' TERM; while :; do sleep 0.1; done", stop: '1s' };
      const pid = await startAtWork(rig, argv, [witness]);
      const stop = rig.run('stop');
      await rig.event('witness', /SIGKILL/);
      await rig.untilState('witness', 'stopped');
      expect({ alive: isAlive(pid), ledger: rig.read('ledger') }).toMatchObject({ alive: true });
      expect(rig.read('ledger')).not.toContain('end 1');
      rig.file('go', '');
      expect((await stop).out).toContain('boundary 1 · ended by itself 0 · cut 1');
      expect(rig.read('ledger').trimEnd().split('\n').slice(-2)).toEqual(['end 1', 'shutdown']);
    });

    test('a kill -9 has cut it', async ({ rig }) => {
      // A supervisor whose last daemon has failed would end.
      const pid = await startAtWork(rig, argv, [{ name: 'other', shell: 'exec sleep 3600' }]);
      process.kill(pid, 'SIGKILL');
      const { last_exit } = await rig.until('w', 'has ended', ({ state }) => state === 'failed');
      expect(last_exit).toMatchObject({ cut: 'yes', signal: 'SIGKILL' });
    });
  });

test('a master of Node without the SDK, whose forked workers have it: its messages to them stay its own', async ({
  rig,
}) => {
  const sdk = path.join(path.dirname(inject('program')), '../daemon/index.js');
  rig.file(
    'worker.mjs',
    `import { Daemon, DaemonRunner } from ${JSON.stringify(sdk)};
class Worker extends Daemon {
  async run({ sleep }) { process.send({ at: 'work' }); await sleep(60_000); }
}
await DaemonRunner.exec(Worker);
`,
  );
  const master = rig.file(
    'master.mjs',
    `import { fork } from 'node:child_process';
const worker = fork('./worker.mjs');
worker.on('message', (message) => console.log(JSON.stringify(message)));
worker.on('exit', (code) => process.exit(code));
process.on('SIGTERM', () => worker.kill('SIGTERM'));
`,
  );
  rig.list([{ name: 'w', script: master, cwd: '.' }]);
  await rig.start();
  await waitUntil('its worker is heard', () => rig.log('w.log').includes('\n'));
  expect(await rig.run('stop')).toMatchObject({ code: 0 });
  expect(rig.log('w.log')).toBe('{"at":"work"}\n');
});

describe.skipIf(python.missing)(`multiprocessing in Python${python.note}`, () => {
  test.for(['pool-fork', 'pool-spawn', 'terminate'])('%s: the iteration ends', async (mode, { rig }) => {
    rig.list([{ name: 'w', command: command(['python3', 'forks.py', mode]), restart: 'on-failure' }]);
    expect((await rig.launch(['start']).ended).code).toBe(0);
    expect(rig.read('ledger')).toMatch(/^begin 1\n.+\nend 1\nshutdown\n$/);
  });
});
