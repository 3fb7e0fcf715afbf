import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { isLive } from '../../src/supervisor/lifecycle/state.ts';
import { untilSaved } from '../support/adoption.ts';
import { left, SLEEPER } from '../support/detached.ts';
import { need } from '../support/needs.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const unshare = need('unshare', 'util-linux');
const isRoot = process.getuid?.() === 0;
const canMount = isRoot && !unshare.missing && mounts();

describe('the state folder', () => {
  test('is for its owner alone', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    await rig.start();
    const mode = (name: string): string => (statSync(path.join(rig.state, name)).mode & 0o777).toString(8);
    expect(['.', 'logs', 'fifo', 'control.sock', 'lock'].map(mode)).toEqual(['700', '700', '700', '600', '600']);
    await waitUntil(
      'state.json is written',
      () =>
        rig.read('../state/state.json').includes('"running"') || rig.read('../state/state.json').includes('"starting"'),
    );
    expect(mode('state.json')).toBe('600');
  });

  test('that cannot be made is exit 2 in words, and nothing is started', async ({ rig }) => {
    writeFileSync(rig.state, 'a file is in the way');
    rig.list([{ name: 'p', shell: 'touch started; exec sleep 1000' }]);
    const { code, err } = await rig.run('start');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/state folder .*--state-dir/s) as string });
    expect(rig.read('started')).toBe('');
  });

  test('in a file system of the kernel is refused in words, and not tried for ever', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    expect(await rig.run('start', '--state-dir', '/proc/supervise')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--state-dir') as string,
    });
  });

  test('with a path far beyond what a socket may have works all the same', async ({ rig }) => {
    const deep = path.join(rig.folder, 'd'.repeat(60), 'e'.repeat(60));
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    const supervise = rig.launch(['start', '--state-dir', deep]);
    await supervise.says(/instances?, pid/);
    const status = await rig.run('status', '--state-dir', deep, '--json');
    expect(JSON.parse(status.out)).toMatchObject({ supervisor: { pid: supervise.pid }, instances: [{ id: 'p' }] });
    expect(statSync(path.join(deep, 'control.sock')).isSocket()).toBe(true);
    expect(await rig.run('stop', '--state-dir', deep)).toMatchObject({ code: 0 });
    expect(await supervise.ended).toMatchObject({ code: 0 });
  });

  test('has leftovers of a dead supervisor in every place: a socket, a FIFO that is a file, a full lock', async ({
    rig,
  }) => {
    rig.list([{ name: 'p', shell: 'echo works; exec sleep 1000' }]);
    const first = await rig.start();
    await rig.untilState('p', 'running');
    const [{ pid } = { pid: 0 }] = rig.daemons();
    first.signal('SIGKILL');
    await first.ended;
    process.kill(pid, 'SIGKILL');
    await waitUntil('the daemon has gone', () => rig.daemons().length === 0);
    const fifo = path.join(rig.state, 'fifo/p.out');
    rmSync(fifo);
    writeFileSync(fifo, 'no fifo');
    writeFileSync(path.join(rig.state, 'state.json.new'), '{"half');
    await rig.start();
    await rig.untilState('p', 'running');
    expect(rig.log('p.log')).toMatch(/^works\nsupervise: p \(run 1, .* ended while no supervisor lived: .*\nworks\n$/);
  });

  test.for(['state.json.new', 'supervise.log'])(
    'has a FIFO in the place of %s: the supervisor is not held by it, and a stop ends all',
    async (name, { rig }) => {
      rig.list([{ name: 'p', ...SLEEPER }]);
      mkdirSync(rig.state);
      execFileSync('mkfifo', [path.join(rig.state, name)]);
      const { code, err } = await rig.launch(['start', '-d']).ended;
      expect(code).toBe(0);
      if (name === 'supervise.log') expect(err).toContain('its messages will be lost, for they cannot be written: ');
      await rig.untilState('p', 'running');
      expect(await rig.run('stop', '--now')).toMatchObject({ code: 1 });
      await waitUntil('nobody is left', () => left(rig).length === 0);
    },
  );

  test('that is removed while nothing lives lets a second supervisor in, and nothing is started twice', async ({
    rig,
  }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000', restart: { delay: '1s', jitter: 0 } }]);
    const first = await rig.start();
    // Nothing is being written there when it is removed.
    await untilSaved(rig, 'p', 'has a process', ({ state }) => isLive(state) && state.run.process !== null);
    const [{ pid } = { pid: 0 }] = rig.daemons();
    rmSync(rig.state, { recursive: true });
    process.kill(pid, 'SIGKILL');
    await first.says(/lock was removed or replaced.*nothing is started.*kill -TERM \d+/s);
    await rig.start();
    await rig.untilState('p', 'running');
    expect(rig.daemons()).toHaveLength(1);
    first.signal('SIGTERM');
    expect(await first.ended).toMatchObject({ signal: null });
    expect(rig.daemons()).toHaveLength(1);
  });

  test.for(['folder', 'FIFO'])('whose lock is a %s is refused in words', async (what, { rig }) => {
    const lock = path.join(rig.state, 'lock');
    mkdirSync(rig.state);
    if (what === 'FIFO') execFileSync('mkfifo', [lock]);
    else mkdirSync(lock);
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    expect(await rig.run('start')).toMatchObject({
      code: 2,
      err: expect.stringContaining('lock is no file') as string,
    });
  });

  test('whose FIFOs were removed or replaced while it runs gets new ones with the next start', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '50ms' } }]);
    await rig.start();
    const first = await stage.enter('p');
    rmSync(path.join(rig.state, 'fifo/p.err'));
    rmSync(path.join(rig.state, 'fifo/p.out'));
    writeFileSync(path.join(rig.state, 'fifo/p.out'), 'no fifo');
    await first.exit(1);
    const second = await stage.enter('p');
    await second.print('written down');
    await waitUntil('it is in the log', () => rig.log('p.log').includes('written down'));
  });

  test('that vanishes under a running supervisor does not end it, nor its daemons', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '50ms' } }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    // Nothing is being written there when it is removed.
    await untilSaved(rig, 'p', 'has a process', ({ state }) => isLive(state) && state.run.process !== null);
    rmSync(rig.state, { recursive: true });
    await daemon.print('nobody writes this down');
    await daemon.exit(1);
    await supervise.says(/p could not be started .*lock was removed or replaced/);
    expect(supervise.over).toBe(false);
    supervise.signal('SIGTERM');
    expect(await supervise.ended).toMatchObject({ signal: null });
  });

  test.skipIf(!canMount)(
    `that is full takes no writes any more: it is told, daemons go on, and it mends itself (needs root${unshare.note})`,
    async ({ rig }) => {
      const stage = await rig.stage();
      rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '50ms' } }]);
      mkdirSync(rig.state);
      // A separate file system, which goes with the supervisor.
      const under = ['unshare', '-m', 'sh', '-c', `mount -t tmpfs -o size=128k none "${rig.state}" && exec "$@"`, 'sh'];
      const supervise = await rig.start([], { under });
      const first = await stage.enter('p');
      const inside = (...command: readonly string[]): string =>
        execFileSync('nsenter', ['-t', String(supervise.pid), '-m', ...command], { encoding: 'utf8' });
      inside('sh', '-c', `dd if=/dev/zero of="${rig.state}/filler" bs=4k 2>/dev/null || :`);
      await first.exit(1);
      await supervise.says(/cannot write .*state\.json.*ENOSPC/);
      const second = await stage.enter('p');
      await second.print('x'.repeat(200));
      expect(supervise.over).toBe(false);
      inside('rm', `${rig.state}/filler`);
      await second.exit(1);
      await supervise.says('state.json: works again');
      const third = await stage.enter('p');
      await third.print('there is room again');
      await waitUntil('it is in the log', () =>
        inside('cat', `${rig.state}/logs/p.log`).includes('there is room again'),
      );
      supervise.signal('SIGTERM');
      await third.heard('SIGTERM');
      await third.exit(0);
      expect(await supervise.ended).toMatchObject({ code: 0 });
    },
  );
});

test('state.json is never seen half written', async ({ rig }) => {
  rig.list([{ name: 'p', shell: 'exit 1', instances: 5, restart: { delay: '10ms', max_delay: '10ms', attempts: 10 } }]);
  const supervise = rig.launch(['start']);
  const file = path.join(rig.state, 'state.json');
  let read = 0;
  await waitUntil('it has been read often', () => {
    const text = rig.read(file);
    if (text !== '') {
      JSON.parse(text);
      read += 1;
    }
    return supervise.over;
  });
  expect(read).toBeGreaterThan(3);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    format: expect.any(Number) as number,
    state: { left: 'ended', slots: [1, 2, 3, 4, 5].map((n) => ({ slot: { id: `p:${n}` }, made: null })) },
  });
});

function mounts(): boolean {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
