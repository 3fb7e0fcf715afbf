/** "No daemon is ever doubled, lost or orphaned in silence": `kill -9` of the supervisor, wherever its daemons stand. */
import { describe, expect } from 'vitest';
import { changeSlots, kill, saved, untilSaved, untilSavedState } from '../support/adoption.ts';
import { foreground, stop, stopAll } from '../support/detached.ts';
import { isAlive } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const p = { name: 'p', script: PUPPET, cwd: '.' };
const HOURLY = { delay: '1h', max_delay: '1h', jitter: 0 };

/** Each supervisor reads the two clocks anew, which may be a millisecond apart. */
const withoutTimes = (value: unknown): string => JSON.stringify(value).replaceAll(/\d{4}-[^"]*Z/g, '');

describe('after the death of its supervisor a start goes on with', () => {
  test('one that runs: it is adopted, not signalled and not doubled, and ends at its boundary when it is asked', async ({
    rig,
  }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    const before = await rig.status();
    await kill(supervise);
    expect(isAlive(daemon.pid)).toBe(true);
    const next = await rig.start();
    await next.says('the supervisor before this one died; what it had started is adopted');
    const { supervisor, instances } = await rig.status();
    expect(instances).toMatchObject([{ state: 'running', flags: ['adopted'], pid: daemon.pid, starts: 1 }]);
    expect(supervisor).toMatchObject({ check: 'ok', started_at: before.supervisor?.started_at });
    await isAlone(rig, daemon);
    await stop(rig, daemon);
    expect(daemon.signals).toEqual(['SIGTERM']);
  });

  test('one that starts: its READY is heard by the new supervisor', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ ...p, ready: 'notify' }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await untilSaved(rig, 'p', 'has a process', ({ state }) => state.is === 'starting' && state.run.process !== null);
    await kill(supervise);
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ state: 'starting', flags: ['adopted'], pid: daemon.pid });
    await daemon.say('READY=1');
    await rig.untilState('p', 'running');
    await isAlone(rig, daemon);
    await stop(rig, daemon);
  });

  test('one that said READY while nobody was there', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ ...p, ready: 'notify' }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await kill(supervise);
    await daemon.say('READY=1');
    await rig.start();
    await rig.untilState('p', 'running');
    await stop(rig, daemon);
  });

  test('one that drains: it is waited for, and not signalled a second time', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await rig.ask('stop', { names: ['p'], wait: false });
    await daemon.heard('SIGTERM');
    await untilSavedState(rig, 'p', 'draining');
    await kill(supervise);
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ state: 'draining', pid: daemon.pid });
    expect(daemon.signals).toEqual(['SIGTERM']);
    await daemon.exit(0);
    expect(await rig.untilState('p', 'stopped')).toMatchObject({ last_exit: { kind: 'asked' }, cuts: 0 });
  });

  test('one that drains: what it says of its boundary is said after the stop, and no cut', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await daemon.say('ITERATION=1');
    await rig.until('p', 'has reported', ({ iterations }) => iterations === 1);
    await rig.ask('stop', { names: ['p'], wait: false });
    await daemon.heard('SIGTERM');
    await untilSavedState(rig, 'p', 'draining');
    await kill(supervise);
    await rig.start();
    await daemon.say('ITERATION=2');
    await daemon.exit(0);
    // Whether its exit code is seen depends on what reaps it.
    const { cuts, last_exit } = await rig.untilState('p', 'stopped');
    expect(last_exit?.cut).not.toBe('yes');
    expect(cuts).toBe(0);
  });

  test('one that is killed: SIGKILL is sent again', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await rig.ask('stop', { names: ['p'], wait: false });
    await daemon.heard('SIGTERM');
    await untilSavedState(rig, 'p', 'draining');
    await kill(supervise);
    await changeSlots(rig, (slot) =>
      slot.state.is === 'draining'
        ? { ...slot, state: { ...slot.state, is: 'killing', kills: 1, killAgainAt: slot.state.since } }
        : slot,
    );
    await rig.start();
    await daemon.gone();
    expect(await rig.untilState('p', 'stopped')).toMatchObject({ cuts: 1, last_exit: { cut: 'yes' } });
  });

  test('gaps, counts and the history of runs', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([p, { ...p, name: 'q', restart: HOURLY }]);
    const supervise = await rig.start();
    const [daemon, ends] = [await stage.enter('p'), await stage.enter('q')];
    await ends.say('ITERATION=7');
    await rig.until('q', 'has reported', ({ iterations }) => iterations === 7);
    await ends.say('BUSY=1');
    await ends.exit(3);
    const before = await rig.untilState('q', 'backoff');
    await untilSavedState(rig, 'q', 'backoff');
    await kill(supervise);
    await rig.start();
    const after = await rig.instance('q');
    const same = ['state', 'starts', 'iterations', 'cuts', 'quick_ends', 'last_exit', 'runs'] as const;
    for (const field of same) expect(withoutTimes(after[field])).toEqual(withoutTimes(before[field]));
    expect(after).toMatchObject({ starts: 1, cuts: 1, quick_ends: 1, iterations: 7 });
    // The two clocks are read one after the other, and not at the same moment in the two processes.
    const apart = Date.parse(after.next_start_at ?? '') - Date.parse(before.next_start_at ?? '');
    expect(Math.abs(apart)).toBeLessThan(60_000);
    expect(stage.all).toHaveLength(2);
    await stop(rig, daemon);
  });

  test('leftovers: they are waited for, and nothing is started beside them', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ ...p, leftovers: 'wait', stop: '1h', restart: { delay: '10ms' } }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    const helper = await daemon.helper('exec sleep 1000', { quiet: true });
    await daemon.exit(1);
    await untilSavedState(rig, 'p', 'draining');
    await kill(supervise);
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ state: 'draining', starts: 1 });
    expect([isAlive(helper), stage.all.length]).toEqual([true, 1]);
    process.kill(helper, 'SIGKILL');
    const second = await stage.enter('p');
    expect(second.run).toBe(2);
    await stop(rig, second);
  });

  test('the helpers of one that has ended meanwhile: they are ended before it is started again', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    const helper = await daemon.helper('exec sleep 1000', { quiet: true });
    await kill(supervise);
    await daemon.exit(1);
    await rig.start();
    const second = await (await rig.stage()).enter('p');
    expect([isAlive(helper), second.run]).toEqual([false, 2]);
    await stop(rig, second);
  });
});

describe('stopped by hand stays stopped', () => {
  test('while others live, and it is started by hand', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([p, { ...p, name: 'q' }]);
    const supervise = await rig.start();
    const [daemon, stopped] = [await stage.enter('p'), await stage.enter('q')];
    await rig.untilState('q', 'running');
    await rig.ask('stop', { names: ['q'], wait: false });
    await stopped.heard('SIGTERM');
    await stopped.exit(0);
    await untilSavedState(rig, 'q', 'stopped');
    const before = await rig.instance('q');
    await kill(supervise);
    await rig.start();
    await rig.untilState('p', 'running');
    expect(await rig.instance('q')).toMatchObject({ state: 'stopped', wanted: 'down', words: before.words });
    expect(await rig.run('start', 'q')).toMatchObject({ code: 0 });
    const again = await stage.enter('q');
    expect(again.run).toBe(2);
    await stopAll(rig, [daemon, again]);
  });

  test('where nobody lives any more; the others are started anew', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([p, { ...p, name: 'q' }]);
    const supervise = await rig.start();
    const [daemon, stopped] = [await stage.enter('p'), await stage.enter('q')];
    await rig.untilState('q', 'running');
    await rig.ask('stop', { names: ['q'], wait: false });
    await stopped.heard('SIGTERM');
    await stopped.exit(0);
    await untilSavedState(rig, 'q', 'stopped');
    await kill(supervise);
    await daemon.exit(0);
    await rig.start();
    const again = await stage.enter('p');
    expect(await rig.instance('q')).toMatchObject({ state: 'stopped', wanted: 'down' });
    expect(stage.all).toHaveLength(3);
    await stop(rig, again);
  });
});

test.for([1, 3, 6])(
  'killed when %i of its eight instances have come, it leaves none that is lost, doubled or signalled',
  async (come, { rig }) => {
    const stage = await rig.stage();
    rig.list([{ ...p, instances: 8 }]);
    const supervise = await rig.start();
    await waitUntil('some have come', () => stage.all.length >= come);
    await kill(supervise);
    await rig.start();
    await waitUntil('all run', async () => (await rig.status()).instances.every(({ state }) => state === 'running'));
    const { instances } = await rig.status();
    const ours = instances.map(({ pid }) => pid).sort();
    expect(
      rig
        .daemons()
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual(ours);
    expect(stage.all.map(({ pid }) => pid).sort()).toEqual(ours);
    expect(stage.all.flatMap(({ signals }) => signals)).toEqual([]);
    expect(stage.all.map(({ run }) => run)).toEqual(instances.map(() => 1));
    const stopping = rig.run('stop');
    for (const each of stage.all) {
      await each.heard('SIGTERM');
      await each.exit(0);
    }
    expect(await stopping).toMatchObject({ code: 0 });
    expect(saved(rig)).toMatchObject({ left: 'ended' });
  },
);

/** This is the only process of its list, and nothing has told it to do anything. */
async function isAlone(rig: Rig, daemon: Puppet): Promise<void> {
  expect((await rig.stage()).all).toHaveLength(1);
  expect(rig.daemons().map(({ pid }) => pid)).toEqual([daemon.pid]);
  expect(daemon.signals).toEqual([]);
}
