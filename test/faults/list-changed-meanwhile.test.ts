/** The list is changed while no supervisor lives: what is alive is adopted as it was started, then the difference is applied. */
import { rmSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { changeSlots, kill, saved, stateFile, unspawned, untilSavedState } from '../support/adoption.ts';
import { stop, stopAll } from '../support/detached.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const p = { name: 'p', script: PUPPET, cwd: '.' };

/** A supervisor that has died, and the list that the next one finds. */
async function between(rig: Rig, before: readonly object[], ids: readonly string[], after: readonly object[]) {
  const stage = await rig.stage();
  rig.list(before);
  const supervise = await rig.start();
  const daemons = [];
  for (const id of ids) daemons.push(await stage.enter(id));
  for (const id of ids) await untilSavedState(rig, id, 'running');
  await kill(supervise);
  rig.list(after);
  await rig.start();
  return { stage, daemons };
}

test('a changed daemon is replaced at its boundary, and nobody else is told anything', async ({ rig }) => {
  const { stage, daemons } = await between(
    rig,
    [
      { ...p, env: { A: '1', B: 'b' } },
      { ...p, name: 'q' },
    ],
    ['p', 'q'],
    [
      { ...p, env: { B: 'b', A: '2' } },
      { ...p, name: 'q' },
    ],
  );
  const [old, other] = daemons as [Puppet, Puppet];
  await old.heard('SIGTERM');
  await rig.event('p', /list changed \(env\): restarting at the boundary; .*waits as long as it takes/);
  expect(await rig.instance('p')).toMatchObject({ state: 'draining', pid: old.pid, kill_at: null });
  await old.exit(0);
  const next = await stage.enter('p');
  expect((await next.look()).env).toMatchObject({ A: '2', B: 'b' });
  expect((await rig.instance('p')).last_exit).toMatchObject({ kind: 'asked' });
  expect([old.signals, other.signals]).toEqual([['SIGTERM'], []]);
  await stopAll(rig, [next, other]);
});

test.for<[string, (rig: Rig) => void | Promise<void>]>([
  [
    'is absent',
    (rig) => {
      rmSync(stateFile(rig));
    },
  ],
  ['does not know its process', (rig) => changeSlots(rig, unspawned)],
])('so it is where state.json %s: what it was made from is told by its environment', async ([, forget], { rig }) => {
  const stage = await rig.stage();
  const q = { ...p, name: 'q', env: { A: '1' } };
  rig.list([{ ...p, env: { A: '1' } }, q]);
  const supervise = await rig.start();
  const [old, other] = [await stage.enter('p'), await stage.enter('q')];
  for (const id of ['p', 'q']) await untilSavedState(rig, id, 'running');
  await kill(supervise);
  await forget(rig);
  rig.list([{ ...p, env: { A: '2' } }, q]);
  await rig.start();
  await old.heard('SIGTERM');
  await rig.event('p', /list changed \(env\): restarting at the boundary/);
  await old.exit(0);
  const next = await stage.enter('p');
  expect((await next.look()).env).toMatchObject({ A: '2' });
  expect(other.signals).toEqual([]);
  await stopAll(rig, [next, other]);
});

test('the same keys in another order are no change', async ({ rig }) => {
  const { stage, daemons } = await between(
    rig,
    [{ ...p, env: { A: '1', B: '2' } }],
    ['p'],
    [{ env: { B: '2', A: '1' }, cwd: '.', script: PUPPET, name: 'p' }],
  );
  const [daemon] = daemons as [Puppet];
  await rig.untilState('p', 'running');
  await daemon.say('STATUS=a marker');
  await rig.until('p', 'was heard', ({ status }) => status === 'a marker');
  expect([daemon.signals, stage.all.length]).toEqual([[], 1]);
  await stop(rig, daemon);
});

test('a removed daemon is drained at its boundary, and its slot goes with it', async ({ rig }) => {
  const { daemons } = await between(rig, [p, { ...p, name: 'q' }], ['p', 'q'], [p]);
  const [stays, removed] = daemons as [Puppet, Puppet];
  await removed.heard('SIGTERM');
  expect(await rig.instance('q')).toMatchObject({ state: 'draining', pid: removed.pid });
  await removed.exit(0);
  await waitUntil('its slot has gone', async () => (await rig.status()).instances.length === 1);
  expect(stays.signals).toEqual([]);
  await stop(rig, stays);
});

test('a daemon that was removed, still drains, and is in the list again, is started when it has ended', async ({
  rig,
}) => {
  const { stage, daemons } = await between(rig, [p, { ...p, name: 'q' }], ['p', 'q'], [p]);
  const [stays, removed] = daemons as [Puppet, Puppet];
  await removed.heard('SIGTERM');
  await untilSavedState(rig, 'q', 'draining');
  const [, second] = rig.programs;
  if (second !== undefined) await kill(second);
  rig.list([p, { ...p, name: 'q' }]);
  await rig.start();
  await removed.exit(0);
  const again = await stage.enter('q');
  expect([stays.signals, removed.signals]).toEqual([[], ['SIGTERM']]);
  await stopAll(rig, [stays, again]);
});

test('a daemon that went before the death and comes again after it counts its runs on', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([p, { ...p, name: 'q' }]);
  const supervise = await rig.start();
  const [stays, goes] = [await stage.enter('p'), await stage.enter('q')];
  rig.list([p]);
  const removing = rig.run('reload');
  await goes.heard('SIGTERM');
  await goes.exit(0);
  expect(await removing).toMatchObject({ code: 0 });
  await waitUntil('that is written down', () => saved(rig).slots.length === 1);
  await kill(supervise);
  await rig.start();
  rig.list([p, { ...p, name: 'q' }]);
  expect(await rig.run('reload', '--no-wait')).toMatchObject({ code: 0 });
  const again = await stage.enter('q');
  expect(again.run).toBe(2);
  await stopAll(rig, [stays, again]);
});

test('an added daemon is started', async ({ rig }) => {
  const { stage, daemons } = await between(rig, [p], ['p'], [p, { ...p, name: 'q' }]);
  const added = await stage.enter('q');
  expect(daemons[0]?.signals).toEqual([]);
  await stopAll(rig, [...daemons, added]);
});

test('a change of policy alone restarts nothing, and holds from now on', async ({ rig }) => {
  const { daemons } = await between(
    rig,
    [p],
    ['p'],
    [{ ...p, restart: 'never', stop: { signal: 'SIGUSR1', grace: '5m' }, tags: ['media'], log: { max_files: 2 } }],
  );
  const [daemon] = daemons as [Puppet];
  expect(await rig.instance('p')).toMatchObject({ state: 'running', pid: daemon.pid, tags: ['media'] });
  expect(daemon.signals).toEqual([]);
  const stopping = rig.run('stop', 'p');
  await daemon.heard('SIGUSR1');
  expect(daemon.signals).toEqual(['SIGUSR1']);
  await daemon.exit(0);
  expect(await stopping).toMatchObject({ code: 0 });
});

describe('another number of instances', () => {
  test('1 -> 3: two come at once, the third after the one that has its place', async ({ rig }) => {
    const { stage, daemons } = await between(rig, [p], ['p'], [{ ...p, instances: 3 }]);
    const [one] = daemons as [Puppet];
    const [second, third] = [await stage.enter('p:2'), await stage.enter('p:3')];
    await one.heard('SIGTERM');
    expect(await rig.instance('p:1')).toMatchObject({
      state: 'waiting',
      waiting_for: [{ kind: 'leftovers', name: 'p' }],
    });
    await one.exit(0);
    const first = await stage.enter('p:1');
    await waitUntil('the old slot has gone', async () => (await rig.status()).instances.length === 3);
    await stopAll(rig, [first, second, third]);
  });

  test('3 -> 1: all are drained, and the one comes after the first of them', async ({ rig }) => {
    const { stage, daemons } = await between(rig, [{ ...p, instances: 3 }], ['p:1', 'p:2', 'p:3'], [p]);
    const [first, second, third] = daemons as [Puppet, Puppet, Puppet];
    for (const daemon of daemons) await daemon.heard('SIGTERM');
    await second.exit(0);
    await third.exit(0);
    await waitUntil('their slots have gone', async () => (await rig.status()).instances.length === 2);
    expect(await rig.instance('p')).toMatchObject({ state: 'waiting' });
    await first.exit(0);
    const one = await stage.enter('p');
    expect(stage.all).toHaveLength(4);
    await stop(rig, one);
  });

  test('3 -> 2: only the third is drained', async ({ rig }) => {
    const { daemons } = await between(rig, [{ ...p, instances: 3 }], ['p:1', 'p:2', 'p:3'], [{ ...p, instances: 2 }]);
    const [first, second, third] = daemons as [Puppet, Puppet, Puppet];
    await third.heard('SIGTERM');
    await third.exit(0);
    await waitUntil('its slot has gone', async () => (await rig.status()).instances.length === 2);
    expect([first.signals, second.signals]).toEqual([[], []]);
    await stopAll(rig, [first, second]);
  });
});

test('the supervisor dies again in the middle of it: what was removed is still being drained', async ({ rig }) => {
  const { daemons } = await between(rig, [p, { ...p, name: 'q' }], ['p', 'q'], [p]);
  const [stays, removed] = daemons as [Puppet, Puppet];
  await removed.heard('SIGTERM');
  await untilSavedState(rig, 'q', 'draining');
  const [, second] = rig.programs;
  if (second !== undefined) await kill(second);
  await rig.start();
  expect(await rig.instance('q')).toMatchObject({ state: 'draining', pid: removed.pid });
  await removed.exit(0);
  await waitUntil('its slot has gone', async () => (await rig.status()).instances.length === 1);
  expect([stays.signals, removed.signals]).toEqual([[], ['SIGTERM']]);
  await stop(rig, stays);
});

test('who was started by name is started, where it is not what was left', async ({ rig }) => {
  const stage = await rig.stage();
  const list = [p, { ...p, name: 'q', autostart: false }];
  rig.list(list);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await untilSavedState(rig, 'p', 'running');
  await kill(supervise);
  await rig.start(['q']);
  const named = await stage.enter('q');
  expect(daemon.signals).toEqual([]);
  await stopAll(rig, [daemon, named]);
});
