/** The outer deadline of a stop: `supervisor.stop_within`, `stop --within`. */
import { describe, expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';

const patient = (name: string): object => ({ name, script: PUPPET, cwd: '.', stop: 'unlimited' });

async function busy(rig: Rig, ...names: readonly string[]): Promise<void> {
  const stage = await rig.stage();
  for (const name of names) await (await stage.enter(name)).say('BUSY=1');
  for (const name of names) await rig.until(name, 'is busy', (instance) => instance.busy === true);
}

describe('what still drains 3 s before the time of a stop is over is cut by us, and named', () => {
  test('supervisor.stop_within, for a SIGTERM to the supervisor', async ({ rig }) => {
    rig.list({ supervisor: { stop_within: '5s' }, daemons: [patient('p'), { name: 'q', shell: 'exec sleep 1000' }] });
    const supervise = await rig.start();
    await busy(rig, 'p');
    supervise.signal('SIGTERM');
    await rig.until('p', 'says when it is cut', ({ kill_at }) => kill_at !== null);
    const { code, out } = await supervise.ended;
    expect(code).toBe(1);
    expect(out).toContain('p the time that its stop may take is over: sent SIGKILL');
    expect(out).toContain('cut 1');
  });

  test('stop NAME --within', async ({ rig }) => {
    rig.list([patient('p'), patient('q')]);
    await rig.start();
    await busy(rig, 'p', 'q');
    const { code, out } = await rig.run('stop', 'p', '--within', '5s');
    expect([code, out]).toEqual([1, expect.stringContaining('boundary 0 · ended by itself 0 · cut 1') as string]);
    expect((await rig.instance('q')).state).toBe('running');
  });

  test('stop --within of all', async ({ rig }) => {
    rig.list([patient('p')]);
    const supervise = await rig.start();
    await busy(rig, 'p');
    expect(await rig.run('stop', '--within', '5s')).toMatchObject({ code: 1 });
    expect(await supervise.ended).toMatchObject({ code: 1 });
  });
});

test('a time in which nothing could be cut in order is refused', async ({ rig }) => {
  rig.list({ supervisor: { stop_within: '2s' }, daemons: [patient('p')] });
  expect(await rig.run('check')).toMatchObject({ code: 2, out: expect.stringContaining('at least 5s') as string });
  for (const within of ['4s', 'soon', '10'])
    expect(await rig.run('stop', '--within', within)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--within: ') as string,
    });
});
