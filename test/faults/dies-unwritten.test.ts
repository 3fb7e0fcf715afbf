/** A supervisor that dies just after a start or a reload: daemons started by it are found again, neither doubled nor left alone. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { kill, stateFile, untilSavedState } from '../support/adoption.ts';
import { detached, stopAll } from '../support/detached.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const p = { name: 'p', script: PUPPET, cwd: '.' };
const q = { ...p, name: 'q' };

/** Prevents every write of state.json, like a full disk. */
const inTheWay = (rig: Rig): string => `${stateFile(rig)}.new`;

async function started(rig: Rig) {
  const stage = await rig.stage();
  rig.list([p]);
  const supervise = await rig.start();
  const first = await stage.enter('p');
  await untilSavedState(rig, 'p', 'running');
  return { stage, supervise, first };
}

/** The same, and `q`, which a reload has added since state.json could be written. */
async function addedSince(rig: Rig) {
  const before = await started(rig);
  mkdirSync(inTheWay(rig));
  await reload(rig, [p, q]);
  return { ...before, added: await before.stage.enter('q') };
}

async function reload(rig: Rig, list: readonly object[]): Promise<void> {
  rig.list(list);
  expect(await rig.run('reload', '--no-wait')).toMatchObject({ code: 0 });
}

const pidOf = async (rig: Rig, id: string) => (await rig.instance(id)).pid;

describe('where state.json could not be written since', () => {
  test('an added daemon and more instances of another', async ({ rig }) => {
    const { stage, supervise, first } = await started(rig);
    mkdirSync(inTheWay(rig));
    await reload(rig, [{ ...p, instances: 2 }, q]);
    await first.heard('SIGTERM');
    const [second, added] = [await stage.enter('p:2'), await stage.enter('q')];
    await kill(supervise);
    await rig.start();
    expect([await pidOf(rig, 'p:2'), await pidOf(rig, 'q')]).toEqual([second.pid, added.pid]);
    await first.exit(0);
    const again = await stage.enter('p:1');
    expect([stage.all.length, second.signals, added.signals]).toEqual([4, [], []]);
    expect((await rig.status()).supervisor?.problems).not.toContainEqual(expect.stringContaining('left its run'));
    rmSync(inTheWay(rig), { recursive: true });
    await stopAll(rig, [again, second, added]);
  });

  test('one that was removed and is added again', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([p, q]);
    const supervise = await rig.start();
    const [first, before] = [await stage.enter('p'), await stage.enter('q')];
    await untilSavedState(rig, 'q', 'running');
    mkdirSync(inTheWay(rig));
    await reload(rig, [p]);
    await before.heard('SIGTERM');
    await before.exit(0);
    await waitUntil('q has gone', async () => (await rig.status()).instances.length === 1);
    await reload(rig, [p, q]);
    const again = await stage.enter('q');
    await kill(supervise);
    await rig.start();
    expect(await pidOf(rig, 'q')).toBe(again.pid);
    expect([stage.all.length, again.signals]).toEqual([3, []]);
    rmSync(inTheWay(rig), { recursive: true });
    await stopAll(rig, [first, again]);
  });

  test('an added daemon that a person has stopped since is not signalled again, and stays down', async ({ rig }) => {
    const { stage, supervise, first } = await started(rig);
    mkdirSync(inTheWay(rig));
    await reload(rig, [p, q]);
    const added = await stage.enter('q');
    expect(await rig.run('stop', 'q', '--no-wait')).toMatchObject({ code: 0 });
    await added.heard('SIGTERM');
    await kill(supervise);
    await rig.start();
    expect(await rig.instance('q')).toMatchObject({ pid: added.pid, state: 'draining', wanted: 'down' });
    await added.exit(0);
    await rig.untilState('q', 'stopped');
    expect([stage.all.length, added.signals]).toEqual([2, ['SIGTERM']]);
    rmSync(inTheWay(rig), { recursive: true });
    await stopAll(rig, [first]);
  });

  test('an added daemon is all that lives, and the start has named one that is not there any more', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([p]);
    const { pid } = await detached(rig, ['p']);
    const first = await stage.enter('p');
    await untilSavedState(rig, 'p', 'running');
    mkdirSync(inTheWay(rig));
    await reload(rig, [q]);
    await first.heard('SIGTERM');
    await first.exit(0);
    const added = await stage.enter('q');
    await waitUntil('p has gone', async () => (await rig.status()).instances.length === 1);
    process.kill(pid, 'SIGKILL');
    await waitFor(
      'another one answers',
      () => rig.status(),
      ({ supervisor }) => supervisor?.pid !== pid,
    );
    expect(await rig.instance('q')).toMatchObject({ pid: added.pid, flags: ['adopted'] });
    rmSync(inTheWay(rig), { recursive: true });
    await stopAll(rig, [added]);
  });
});

test('where state.json could not be written since, a daemon that has come and gone counts its runs on when it comes again', async ({
  rig,
}) => {
  const { stage, supervise, first, added } = await addedSince(rig);
  await reload(rig, [p]);
  await added.heard('SIGTERM');
  await added.exit(0);
  await waitUntil('q has gone', async () => (await rig.status()).instances.length === 1);
  await kill(supervise);
  await rig.start();
  await reload(rig, [p, q]);
  const again = await stage.enter('q');
  expect(again.run).toBe(2);
  rmSync(inTheWay(rig), { recursive: true });
  await stopAll(rig, [first, again]);
});

test('where state.json could not be written since, a stop that no supervisor hears ends an added daemon, too', async ({
  rig,
}) => {
  const { supervise, first, added } = await addedSince(rig);
  await kill(supervise);
  await stopAll(rig, [first, added]);
  expect([first.signals, added.signals]).toEqual([['SIGTERM'], ['SIGTERM']]);
});

test('a stop of all that could not be written down is over when the list is started again', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([p, q]);
  await detached(rig);
  const before = [await stage.enter('p'), await stage.enter('q')];
  for (const id of ['p', 'q']) await untilSavedState(rig, id, 'running');
  mkdirSync(inTheWay(rig));
  await stopAll(rig, before);
  const { pid } = await detached(rig);
  const again = [await stage.enter('p'), await stage.enter('q')];
  process.kill(pid, 'SIGKILL');
  await waitFor(
    'another one answers',
    () => rig.status(),
    ({ supervisor }) => supervisor?.pid !== pid,
  );
  expect((await rig.status()).supervisor?.state).toBe('running');
  expect(again.map(({ signals }) => signals)).toEqual([[], []]);
  rmSync(inTheWay(rig), { recursive: true });
  await stopAll(rig, again);
});

describe('where state.json could not be written since, and the list by then does not have it, either,', () => {
  test.for([
    ['which is broken, and mended', [p, { ...q, instances: 2 }], true],
    ['which has another number of instances', [p, q], false],
  ] as const)('a daemon of that list, %s, is not doubled', async ([, list, isBroken], { rig }) => {
    const { stage, supervise, first } = await started(rig);
    mkdirSync(inTheWay(rig));
    await reload(rig, [p, { ...q, instances: 2 }]);
    const added = [await stage.enter('q:1'), await stage.enter('q:2')];
    await kill(supervise);
    if (isBroken) rig.file('daemons.yaml', '- {name: p, shel: x}\n');
    else rig.list(list);
    const next = await rig.start();
    if (isBroken) await reload(rig, list);
    await next.says(/q.*could not be started.*not known here holds its pipes/);
    expect([stage.all.length, ...added.flatMap(({ signals }) => signals)]).toEqual([3]);
    // It is for a person to end them; then it goes on.
    for (const each of added) await each.exit(0);
    const ids = isBroken ? ['q:1', 'q:2'] : ['q'];
    const others = [];
    for (const id of ids) others.push(await stage.enter(id));
    rmSync(inTheWay(rig), { recursive: true });
    await stopAll(rig, [first, ...others]);
  });
});

describe('is written down before it is started, so that a list that is refused by then does not lose it:', () => {
  /** One that keeps the state file as it is when it begins. */
  const keeper = (rig: Rig, copy: string) => ({
    ...{ name: 'q', cwd: '.' },
    shell: `cp '${stateFile(rig)}' '${copy}'; exec '${process.execPath}' '${PUPPET}'`,
  });

  /** The supervisor dies as soon as `q` has begun, and the list is broken. */
  async function adoptedFrom(copy: string, rig: Rig, supervise: Program, q: Puppet): Promise<void> {
    await kill(supervise);
    copyFileSync(copy, stateFile(rig));
    rig.file('daemons.yaml', '- {name: q, shel: x}\n');
    await rig.start();
    expect(await rig.instance('q')).toMatchObject({ pid: q.pid, flags: ['adopted'] });
    expect(q.signals).toEqual([]);
  }

  test('the first of a list', async ({ rig }) => {
    const stage = await rig.stage();
    const copy = path.join(rig.folder, 'state-then.json');
    rig.list([keeper(rig, copy)]);
    const supervise = await rig.start();
    const first = await stage.enter('q');
    await adoptedFrom(copy, rig, supervise, first);
    await stopAll(rig, [first]);
  });

  test('what a reload adds', async ({ rig }) => {
    const { stage, supervise, first } = await started(rig);
    const copy = path.join(rig.folder, 'state-then.json');
    await reload(rig, [p, keeper(rig, copy)]);
    const added = await stage.enter('q');
    await adoptedFrom(copy, rig, supervise, added);
    expect(first.signals).toEqual([]);
    await stopAll(rig, [first, added]);
  });
});
