/** Daemons that end while no supervisor lives: what is known of their end is reported, and nothing more. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { killSupervisor, untilSavedState } from '../support/adoption.ts';
import { need } from '../support/needs.ts';
import { send } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const python = need('python3', 'python3');
const p = { name: 'p', script: PUPPET, cwd: '.' };

describe.skipIf(python.missing)(`what ended while no supervisor lived${python.note}`, () => {
  test('and still lies there as a zombie has told its exit code', async ({ rig }) => {
    const { daemon } = await orphaned(rig, 'keep', [{ ...p, restart: { delay: '10ms' } }]);
    await daemon.exit(3);
    await rig.start();
    expect(await (await rig.stage()).enter('p')).toMatchObject({ run: 2 });
    expect((await rig.instance('p')).last_exit).toMatchObject({ code: 3, kind: 'crash', signal: null });
    await stopAll(rig);
  });

  test('and still lies there as a zombie has told its signal', async ({ rig }) => {
    const { daemon } = await orphaned(rig, 'keep', [{ ...p, restart: { delay: '10ms' } }]);
    await daemon.die('SIGUSR2');
    await rig.start();
    expect(await (await rig.stage()).enter('p')).toMatchObject({ run: 2 });
    expect((await rig.instance('p')).last_exit).toMatchObject({ code: null, kind: 'crash', signal: 'SIGUSR2' });
    await stopAll(rig);
  });

  test('is started again with restart: always, and counts as no crash', async ({ rig }) => {
    const { daemon } = await orphaned(rig, 'reap', [{ ...p, restart: { delay: '10ms' } }]);
    await daemon.exit(3);
    await rig.start();
    expect(await (await rig.stage()).enter('p')).toMatchObject({ run: 2 });
    const { last_exit, quick_ends } = await rig.instance('p');
    expect(last_exit).toMatchObject({ code: null, signal: null, kind: 'unknown', cut: 'unknown' });
    expect(last_exit?.words).toMatch(/exit status is not known/);
    expect(quick_ends).toBe(0);
    await stopAll(rig);
  });

  test('counts as a crash with restart: on-failure, and is started again', async ({ rig }) => {
    const { daemon } = await orphaned(rig, 'reap', [{ ...p, restart: { policy: 'on-failure', delay: '10ms' } }]);
    await daemon.exit(0);
    await rig.start();
    expect(await (await rig.stage()).enter('p')).toMatchObject({ run: 2 });
    expect((await rig.instance('p')).last_exit).toMatchObject({ code: null, kind: 'crash' });
    await stopAll(rig);
  });

  test('has failed with restart: never, for whether its work is done is not known', async ({ rig }) => {
    const { daemon } = await orphaned(rig, 'reap', [{ ...p, restart: 'never' }]);
    await daemon.exit(0);
    await rig.start();
    await rig.untilState('p', 'failed');
    await rig.event('p', /whether it has done its work is not known.*supervise start p/);
    expect((await rig.stage()).all).toHaveLength(2);
    await stopAll(rig);
  });

  test('has not completed: what waits for that does not begin', async ({ rig }) => {
    const { daemon } = await orphaned(rig, 'reap', [
      { ...p, restart: 'never' },
      { ...p, name: 'then', depends_on: { p: 'completed' } },
    ]);
    await daemon.exit(0);
    await rig.start();
    await rig.untilState('p', 'failed');
    expect(await rig.instance('then')).toMatchObject({
      state: 'waiting',
      starts: 0,
      waiting_for: [{ kind: 'dependency', name: 'p', until: 'completed' }],
    });
    await stopAll(rig);
  });
});

test.skipIf(python.missing)(`what completed before the death has completed${python.note}`, async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([
    { ...p, name: 'stays' },
    { ...p, restart: 'on-failure' },
    { ...p, name: 'then', depends_on: { p: 'completed' } },
  ]);
  await rig.start();
  const [stays, daemon] = [await stage.enter('stays'), await stage.enter('p')];
  await daemon.exit(0);
  const then = await stage.enter('then');
  await untilSavedState(rig, 'then', 'running');
  await killSupervisor(rig);
  await rig.start();
  expect(await rig.instance('p')).toMatchObject({ state: 'exited', starts: 1 });
  expect(await rig.instance('then')).toMatchObject({ state: 'running', pid: then.pid });
  expect(stays.signals).toEqual([]);
  await stopAll(rig);
});

describe.skipIf(python.missing)(`an adopted one that ends later${python.note}`, () => {
  test('has told its exit code where it says EXIT_STATUS', async ({ rig }) => {
    const { daemon } = await orphaned(rig, 'reap', [{ ...p, restart: 'on-failure' }]);
    const supervise = await rig.start();
    // It answers before that: words that nothing reads are lost when the daemon ends.
    await supervise.says('p adopted');
    await daemon.say('IDLE=1');
    await daemon.say('EXIT_STATUS=0');
    await daemon.exit(0);
    const { last_exit } = await rig.untilState('p', 'exited');
    expect(last_exit).toMatchObject({ code: 0, kind: 'planned', cut: 'no' });
    await stopAll(rig);
  });

  test('has told nothing otherwise: unknown is not called clean', async ({ rig }) => {
    const { daemon } = await orphaned(rig, 'reap', [{ ...p, restart: { delay: '10ms' } }]);
    const supervise = await rig.start();
    await supervise.says('p adopted');
    // As long as it is a zombie the kernel tells its code: it has to be gone when it is looked at.
    send(supervise.pid, 'SIGSTOP');
    await daemon.exit(0);
    await waitUntil('it was reaped', () => !existsSync(`/proc/${daemon.pid}`));
    send(supervise.pid, 'SIGCONT');
    expect(await (await rig.stage()).enter('p')).toMatchObject({ run: 2 });
    expect((await rig.instance('p')).last_exit).toMatchObject({ code: null, kind: 'unknown', cut: 'unknown' });
    await stopAll(rig);
  });
});

/**
 * A list with this and one more daemon, whose supervisor has died: so that the list does not start anew whatever ends. Its orphans go to a
 * parent that reaps them, or that leaves them as zombies.
 */
async function orphaned(rig: Rig, reaper: 'reap' | 'keep', list: readonly object[]): Promise<{ daemon: Puppet }> {
  const stage = await rig.stage();
  rig.list([...list, { ...p, name: 'stays' }]);
  const script = path.resolve(import.meta.dirname, '../fixtures/subreaper.py');
  await rig.start([], { under: ['python3', script, reaper] });
  const daemon = await stage.enter('p');
  await stage.enter('stays');
  for (const id of ['p', 'stays']) await untilSavedState(rig, id, 'running');
  await killSupervisor(rig);
  return { daemon };
}

async function stopAll(rig: Rig): Promise<void> {
  await rig.run('stop', '--now');
  // A parent that leaves zombies does not go by itself.
  rig.programs[0]?.signal('SIGTERM');
}
