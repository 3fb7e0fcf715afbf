/** "A failure never becomes a storm": a supervisor that dies again and again adopts, and starts nothing by itself for a while. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { changeState, kill, saved, untilSavedState } from '../support/adoption.ts';
import { stopAll } from '../support/detached.ts';
import { isAlive } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const p = { name: 'p', script: PUPPET, cwd: '.', restart: { delay: '10ms' } };

describe('after the third death within a minute', () => {
  test('what lives is adopted, what ends waits, this is said, and a start by hand works at once', async ({ rig }) => {
    const { daemon, ends, next } = await thrice(rig, 5);
    await next.says(/has died 8 times in a row.*nothing is started by itself for/);
    const { supervisor, instances } = await rig.status();
    expect(instances).toMatchObject([{ id: 'p', state: 'running', pid: daemon.pid }, { id: 'q' }]);
    expect(supervisor).toMatchObject({ check: 'trouble' });
    expect(supervisor?.problems.join()).toMatch(/nothing is started by itself for/);
    expect(await rig.run('status', '--check')).toMatchObject({ code: 1 });
    await ends.exit(1);
    await rig.until(
      'q',
      'waits for its turn',
      ({ state, waiting_for }) => state === 'waiting' && waiting_for.some(({ kind }) => kind === 'turn'),
    );
    const stage = await rig.stage();
    expect(stage.all).toHaveLength(2);
    expect(await rig.run('start', 'q')).toMatchObject({ code: 0 });
    const again = await stage.enter('q');
    expect(isAlive(again.pid)).toBe(true);
    await stopAll(rig, [daemon, again]);
  });

  test('and after its pause it starts what waits, by itself', async ({ rig }) => {
    const { daemon, ends, next } = await thrice(rig, 0);
    await next.says(/has died 3 times in a row.*nothing is started by itself for/);
    await ends.exit(1);
    const again = await (await rig.stage()).enter('q');
    await waitFor(
      'all is well',
      () => rig.status(),
      ({ supervisor }) => supervisor?.check === 'ok',
    );
    await stopAll(rig, [daemon, again]);
  });
});

test('starts that fail before anything has started are no deaths', async ({ rig }) => {
  rig.list([p]);
  const socket = path.join(rig.state, 'control.sock');
  mkdirSync(socket, { recursive: true });
  for (let times = 0; times < 3; times += 1) expect(await rig.run('start')).toMatchObject({ code: 1 });
  rmSync(socket, { recursive: true });
  await rig.start();
  const daemon = await (await rig.stage()).enter('p');
  await untilSavedState(rig, 'p', 'running');
  expect([saved(rig).deaths, (await rig.status()).supervisor?.problems]).toEqual([[], []]);
  await stopAll(rig, [daemon]);
});

test('deaths that lie further apart are none in a row', async ({ rig }) => {
  const { daemon, ends } = await thrice(rig, 0, -120_000);
  expect((await rig.status()).supervisor).toMatchObject({ check: 'ok', problems: [] });
  await waitFor(
    'the last one alone is written down',
    () => saved(rig).deaths,
    (deaths) => deaths.length === 1,
  );
  await stopAll(rig, [daemon, ends]);
});

/**
 * The third supervisor of a list whose first two have died; `more`: earlier deaths, written by hand, so that the pause is long. `apart`:
 * that much earlier.
 */
async function thrice(
  rig: Rig,
  more: number,
  apart = 0,
): Promise<{ readonly daemon: Puppet; readonly ends: Puppet; readonly next: Program }> {
  const stage = await rig.stage();
  rig.list([p, { ...p, name: 'q' }]);
  let supervise = await rig.start();
  const [daemon, ends] = [await stage.enter('p'), await stage.enter('q')];
  for (const id of ['p', 'q']) await untilSavedState(rig, id, 'running');
  for (const deaths of [1, 2]) {
    await kill(supervise);
    supervise = await rig.start();
    await waitFor(
      'the death is written down',
      () => saved(rig).deaths,
      (seen) => seen.length === deaths,
    );
  }
  await kill(supervise);
  await changeState(rig, (state) => {
    const [first = 0] = state.deaths;
    return {
      ...state,
      deaths: [...Array.from({ length: more }, () => first), ...state.deaths].map((at) => at + apart),
    };
  });
  return { daemon, ends, next: await rig.start() };
}
