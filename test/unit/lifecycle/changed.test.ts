/** A change in what a daemon watches: its instances are replaced at their boundaries, one after the other, and never cut. */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';
import type { Word } from '../../../src/supervisor/lifecycle/boundary.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';

const HOUR = 3_600_000;
const change = { is: 'changed', ids: ['d'], path: 'src/a.php', more: 12 } as const;
const stop = { is: 'stop-asked', ids: ['d'] } as const;
const restart = { is: 'restart-asked', ids: ['d'], how: 'scout' } as const;
const hasty = policy('d', { stop: { graceMs: 1_000 } });

/** Its first process behaves like this, its next ones quietly. It has run for 20 s when this returns. */
function up(first: Partial<Behaviour>, one: Policy = hasty): FleetWorld {
  return new FleetWorld([one], { behave: (_, run) => (run === 1 ? first : {}) }).boot().pass(20_000);
}
function says(world: FleetWorld, word: Word, sinceSignal = true): void {
  world.send({ is: 'said', id: 'd', run: 1, word, sinceSignal });
}
const kills = (world: FleetWorld) => world.sent('d').flatMap(([what, at]) => (what === 'SIGKILL' ? [at] : []));

describe('the drain', () => {
  it('ends at the boundary, is no crash and no quick end, and the next run begins at once', () => {
    const world = up({ iterationMs: 25_000 }).send(change).pass(4_999);
    expect(world.state('d')).toBe('draining');
    world.pass(1);
    expect(world.starts('d')).toEqual([0, 25_000]);
    expect(world.slot('d')).toMatchObject({ rows: { quick: 0 }, cuts: 0, exits: [{ kind: 'asked', cut: 'unknown' }] });
    expect(world.sent('d')).toEqual([['SIGTERM main', 20_000]]);
  });
  it('is told with what has changed, and without a grace', () => {
    const world = up({}).send(change);
    expect(world.factsOf('draining')).toMatchObject([
      { why: 'own', graceMs: null, outdatedBy: { of: 'files', at: 20_000, path: 'src/a.php', more: 12 } },
    ]);
  });
  it.each<[string, readonly (readonly [Word, boolean])[]]>([
    ['one that says nothing', []],
    ['an open iteration', [[{ key: 'BUSY' }, false]]],
    ['one that stood at its boundary', [[{ key: 'IDLE' }, false]]],
    [
      'one that comes to its boundary',
      [
        [{ key: 'BUSY' }, false],
        [{ key: 'IDLE' }, true],
      ],
    ],
    [
      'one that goes on in spite of it',
      [
        [{ key: 'ITERATION', done: 7 }, true],
        [{ key: 'BUSY' }, true],
      ],
    ],
    ['one that asks for more time', [[{ key: 'EXTEND', ms: 5_000 }, true]]],
  ])('never ends in SIGKILL: %s', (_, words) => {
    const world = up({ onStop: 'ignores it' });
    for (const [word, sinceSignal] of words) if (!sinceSignal) says(world, word, false);
    world.send(change).pass(2_000);
    for (const [word, sinceSignal] of words) if (sinceSignal) says(world, word);
    world.pass(24 * HOUR);
    expect(world.state('d')).toBe('draining');
    expect(world.sent('d')).toHaveLength(1);
  });
  it('takes no second change for a second restart', () => {
    const world = up({ iterationMs: 25_000 }).send(change).pass(1_000).send(change).pass(HOUR);
    expect(world.starts('d')).toHaveLength(2);
  });
  it('whatever the old code exits with, the new one is started', () => {
    for (const stopCode of [1, 78, 0])
      expect(
        up({ onStop: 'exits at once', stopCode }, policy('d', { restart: { policy: 'never' } }))
          .send(change)
          .pass(HOUR)
          .starts('d'),
      ).toHaveLength(2);
  });
  it('ends what its run has left behind as after every other end', () => {
    const left = { onStop: 'ignores it', endsAfterMs: null, outlivesKillMs: 0 } as const;
    const world = up({ leaves: [left] }, policy('d', { stop: { graceMs: null } }))
      .send(change)
      .pass(HOUR);
    expect(kills(world)).toEqual([25_100]);
    expect(world.starts('d')).toHaveLength(2);
  });
});

describe('a stop or a restart that is asked meanwhile', () => {
  it.each([stop, restart, { is: 'shutdown-asked', signal: 'SIGINT' } as const])(
    'makes it an ordinary drain, with its grace from then on and no second signal: $is',
    (ask) => {
      const world = up({ onStop: 'ignores it' }).send(change).pass(HOUR).send(ask).pass(999);
      expect(kills(world)).toEqual([]);
      world.pass(HOUR);
      expect(world.sent('d').slice(0, 2)).toEqual([
        ['SIGTERM main', 20_000],
        ['SIGKILL', 20_000 + HOUR + 1_000],
      ]);
      expect(world.factsOf('drain-asked')).toMatchObject([{ graceMs: 1_000, signal: 'SIGTERM', at: 20_000 + HOUR }]);
      expect(world.starts('d')).toHaveLength(ask.is === 'restart-asked' ? 2 : 1);
    },
  );
  it('waits for the iteration that was open, and counts the grace from its boundary', () => {
    const world = up({ onStop: 'ignores it' });
    says(world, { key: 'BUSY' }, false);
    world.send(change).pass(HOUR).send(stop).pass(HOUR);
    expect(kills(world)).toEqual([]);
    says(world, { key: 'IDLE' });
    world.pass(HOUR);
    expect(kills(world)).toEqual([20_000 + 2 * HOUR + 1_000]);
    expect(world.slot('d').exits[0]).toMatchObject({ cut: 'no' });
  });
  it('waits for the iteration of one that only counts them', () => {
    const world = up({ onStop: 'ignores it' });
    says(world, { key: 'ITERATION', done: 3 }, false);
    world.send(change).pass(20);
    says(world, { key: 'ITERATION', done: 4 });
    world.pass(HOUR).send(stop).pass(HOUR);
    expect(kills(world)).toEqual([]);
  });
  it('does not wait for iterations that were begun in spite of the signal', () => {
    const world = up({ onStop: 'ignores it' });
    says(world, { key: 'BUSY' }, false);
    world.send(change).pass(5_000);
    says(world, { key: 'IDLE' });
    world.pass(5_000);
    says(world, { key: 'BUSY' });
    world.send(stop).pass(HOUR);
    expect(kills(world)).toEqual([31_000]);
  });
  it('is no start: that one waits, too, and cuts nothing', () => {
    const world = up({ onStop: 'ignores it' })
      .send(change)
      .send({ is: 'start-asked', ids: ['d'] })
      .pass(HOUR);
    expect(world.state('d')).toBe('draining');
    expect(kills(world)).toEqual([]);
  });
  it('is no cut: that one is at once', () => {
    const world = up({ onStop: 'ignores it' })
      .send(change)
      .send({ is: 'cut-asked', ids: ['d'] })
      .pass(0);
    expect(world.slot('d')).toMatchObject({ cuts: 1, starts: 2 });
  });
});

describe('one that is starting', () => {
  it('may have read old code: it is replaced once it is ready, and not signalled before', () => {
    const world = new FleetWorld([policy('d', { ready: { by: 'time', afterMs: 3_000 } })]).boot().pass(100);
    world.send(change).pass(2_899);
    expect(world.sent('d')).toEqual([]);
    world.pass(1_000);
    expect(world.sent('d')).toEqual([['SIGTERM main', 3_000]]);
    expect(world.starts('d')).toHaveLength(2);
  });
  it('and crashes: the new code is tried at once', () => {
    const behave = (_: string, run: number) => (run <= 6 ? { endsAfterMs: 500 } : {});
    const world = new FleetWorld([policy('d')], { behave }).boot();
    world.pass(HOUR, () => world.slot('d').starts === 6).pass(100);
    world.send(change).pass(400);
    expect(world.slot('d')).toMatchObject({ state: { is: 'starting' }, starts: 7 });
  });
  it('and never becomes ready: likewise', () => {
    const one = policy('d', {
      ready: { by: 'notify', timeoutMs: 5_000 },
      restart: { delayMs: HOUR, maxDelayMs: HOUR },
    });
    const world = new FleetWorld([one], { behave: (_, run) => (run === 1 ? {} : { readyAfterMs: 10 }) })
      .boot()
      .pass(100);
    world.send(change).pass(6_000);
    expect(world.slot('d')).toMatchObject({ state: { is: 'running', outdatedBy: null }, starts: 2 });
  });
});

describe('one that has ended', () => {
  const dies = { endsAfterMs: 100, endsWith: { code: 1, signal: null } };
  it('and waits for its next start is tried at once; its count of crashes stays until it has held', () => {
    const world = up(dies, policy('d', { restart: { delayMs: HOUR, maxDelayMs: HOUR } }));
    world.send(change);
    expect(world.slot('d')).toMatchObject({ state: { is: 'starting' }, rows: { crashes: 1 } });
    expect(world.pass(60_000).slot('d').rows.crashes).toBe(0);
  });
  it('gave up, and is tried again; where it crashes again it gives up again', () => {
    const behave = () => dies;
    const world = new FleetWorld([policy('d', { restart: { attempts: 2 } })], { behave }).boot().pass(60_000);
    expect(world.state('d')).toBe('failed');
    const { starts } = world.slot('d');
    world.send(change).pass(HOUR);
    expect(world.slot('d')).toMatchObject({ state: { is: 'failed' }, starts: starts + 1 });
  });
  it('does not pass a gate', () => {
    const one = policy('d', { needs: { db: 'ready' }, restart: { policy: 'never' } });
    const world = new FleetWorld([policy('db'), one], { behave: (id) => (id === 'd' ? dies : {}) }).boot().pass(10_000);
    world
      .send({ is: 'stop-asked', ids: ['db'] })
      .pass(100)
      .send(change)
      .pass(HOUR);
    expect(world.state('d')).toBe('waiting');
  });
  it('keeps to the start rate', () => {
    const one = policy('d', { instances: 4, restart: { policy: 'never' } });
    const world = new FleetWorld([one], { behave: (_, run) => (run === 1 ? dies : {}), startsPerSecond: 1 }).boot();
    world.pass(20_000);
    world.send({ ...change, ids: world.fleet.slots.map(({ id }) => id) }).pass(20_000);
    // One goes first: it is ready after a second, and has held after ten more.
    expect(world.starts().slice(4)).toEqual([20_000, 31_000, 32_000, 33_000]);
  });
  it('because somebody stopped it stays stopped', () => {
    const world = up({}).send(stop).pass(100).send(change).pass(HOUR);
    expect(world.state('d')).toBe('stopped');
  });
});

describe('several instances', () => {
  const three = policy('d', { instances: 3, ready: { by: 'time', afterMs: 2_000 } });
  const all = { ...change, ids: ['d:1', 'd:2', 'd:3'] };
  const drains = (world: FleetWorld) => world.factsOf('draining').map(({ id, at }) => [id, at]);

  it('are replaced when the one that went first has held', () => {
    const world = new FleetWorld([three], { behave: (_, run) => (run === 1 ? { iterationMs: 25_000 } : {}) }).boot();
    world.pass(20_000).send(all).pass(HOUR);
    expect(drains(world)).toEqual([
      ['d:1', 20_000],
      ['d:2', 37_000],
      ['d:3', 37_000],
    ]);
    expect(world.fleet.slots.map(({ starts }) => starts)).toEqual([2, 2, 2]);
  });
  it('run on where the new code does not come up, until the next change', () => {
    const behave = (_: string, run: number) => (run === 2 ? { endsAfterMs: 100 } : {});
    const one = { ...three, restart: { ...three.restart, attempts: 1 } };
    const world = new FleetWorld([one], { behave }).boot().pass(20_000).send(all).pass(HOUR);
    expect(world.fleet.slots.map(({ state, starts }) => [state.is, starts])).toEqual([
      ['failed', 2],
      ['running', 1],
      ['running', 1],
    ]);
    world.send(all).pass(HOUR);
    expect(world.slot('d:1')).toMatchObject({ state: { is: 'running' }, starts: 3 });
    expect(world.factsOf('draining').map(({ id }) => id)).toEqual(['d:1', 'd:2', 'd:3']);
  });
  it('that a person has stopped are not waited for', () => {
    const world = new FleetWorld([three]).boot().pass(20_000);
    world
      .send({ is: 'stop-asked', ids: ['d:1'] })
      .pass(100)
      .send(all)
      .pass(HOUR);
    expect(world.fleet.slots.map(({ starts }) => starts)).toEqual([1, 2, 2]);
  });
  it('of which one crashes by itself meanwhile: it starts with the new code at once', () => {
    const behave = (id: string, run: number) => {
      if (run > 1) return {};
      return id === 'd:1' ? { iterationMs: HOUR } : { endsAfterMs: id === 'd:3' ? 30_000 : null };
    };
    const world = new FleetWorld([three], { behave }).boot().pass(20_000).send(all).pass(20_000);
    expect(world.starts('d:3')).toEqual([0, 30_000]);
  });
});

it('changes nothing while the list stops', () => {
  const world = up({ onStop: 'ignores it' }).send({ is: 'shutdown-asked', signal: 'SIGTERM' });
  const { slots } = world.fleet;
  expect(world.send(change).fleet.slots).toEqual(slots);
});
