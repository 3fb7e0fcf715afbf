/** Requests of the screen, carried out by a supervisor that has moved on meanwhile. */
import { expect } from 'vitest';
import { connect, type Client } from '../../src/control/client.ts';
import { seen } from '../../src/control/seen.ts';
import { foreground, SLEEPER } from '../support/detached.ts';
import { isAlive } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';

test('a kill that names a process which has ended does not reach the one that has taken its place', async ({ rig }) => {
  const { daemon } = await foreground(rig);
  const stage = await rig.stage();
  await daemon.die('SIGKILL');
  const next = await stage.enter('p');
  await rig.untilState('p', 'running');

  expect(await cut(rig, daemon.pid)).toBe('p has been replaced meanwhile: nothing was done');
  expect(isAlive(next.pid)).toBe(true);
  expect(await rig.instance('p')).toMatchObject({ state: 'running', wanted: 'up' });
  expect(await cut(rig, next.pid)).toBeNull();
  await next.gone();
  expect(await cut(rig, next.pid)).toBe('p has ended meanwhile: nothing was done');
});

test('an instance that a reload has made the name of a daemon stands for none of its instances', async ({ rig }) => {
  rig.list([{ name: 'p', ...SLEEPER }]);
  await rig.start();
  await rig.untilState('p', 'running');
  const was = seen(await rig.instance('p'));
  rig.list([{ name: 'p', ...SLEEPER, instances: 2 }]);
  expect((await ask(rig, (client) => client.call('reload', {}, PATIENT))).ok).toBe(true);
  const before = await pids(rig);
  for (const deed of ['start', 'stop', 'restart'] as const)
    expect(await ask(rig, (client) => client.call(deed, { names: [was] }))).toMatchObject({
      error: { words: 'p is not in the list any more: nothing was done' },
    });
  const one = seen(await rig.instance('p:1'));
  // One that is still as it was seen is stopped all the same.
  expect(await ask(rig, (client) => client.call('stop', { names: [was, one] }, PATIENT))).toMatchObject({
    value: { instances: ['p:1'], left: [{ id: 'p', words: 'p is not in the list any more' }] },
  });
  // A colleague has stopped it: a request for one that was running does not start it again.
  expect(await ask(rig, (client) => client.call('restart', { names: [one] }))).toMatchObject({
    error: { words: 'p:1 was stopped meanwhile: nothing was done' },
  });
  expect(await pids(rig)).toEqual([null, before[1]]);
});

const PATIENT = { timeoutMs: null };

const pids = async (rig: Rig): Promise<readonly (number | null)[]> =>
  (await rig.status()).instances.map(({ pid }) => pid);

async function ask<T>(rig: Rig, use: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(rig.state);
  if (!client.ok) throw new Error(client.error.words);
  const result = await use(client.value);
  client.value.close();
  return result;
}

/** Kills this process of `p`; the words of a refusal, or null. */
async function cut(rig: Rig, pid: number): Promise<string | null> {
  const names = [{ id: 'p', pid, wanted: 'up' }] as const;
  const result = await ask(rig, (client) => client.call('stop', { names, now: true }));
  return result.ok ? null : result.error.words;
}
