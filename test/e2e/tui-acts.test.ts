/** What the screen asks for, carried out by a supervisor that has gone on meanwhile. */
import { expect } from 'vitest';
import { connect } from '../../src/control/client.ts';
import { foreground } from '../support/detached.ts';
import { isAlive } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';

test('a kill that names a process which has ended does not reach the one that has taken its place', async ({ rig }) => {
  const { daemon } = await foreground(rig);
  const stage = await rig.stage();
  await daemon.die('SIGKILL');
  const next = await stage.enter('p');
  await rig.untilState('p', 'running');

  const refused = `p was left alone: pid ${daemon.pid}, which was meant, has ended, and pid ${next.pid} is new`;
  expect(await cut(rig, daemon.pid)).toBe(refused);
  expect(isAlive(next.pid)).toBe(true);
  expect(await rig.instance('p')).toMatchObject({ state: 'running', wanted: 'up' });
  expect(await cut(rig, next.pid)).toBeNull();
  await next.gone();
  expect(await cut(rig, next.pid)).toBe(`p was left alone: pid ${next.pid}, which was meant, has ended`);
});

/** Kills this process of `p`; the words of a refusal, or null. */
async function cut(rig: Rig, pid: number): Promise<string | null> {
  const client = await connect(rig.state);
  if (!client.ok) throw new Error(client.error.words);
  const result = await client.value.call('stop', { names: ['p'], now: true, pids: [pid] });
  client.value.close();
  return result.ok ? null : result.error.words;
}
