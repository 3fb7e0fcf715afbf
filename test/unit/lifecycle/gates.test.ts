/** Dependencies and turns: what waits for what, how it is worded, and what goes first at a stop. */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';
import { gatesOf } from '../../../src/supervisor/lifecycle/gates.ts';
import { isOverForGood, stopsAfter } from '../../../src/supervisor/lifecycle/roster.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';

const ends = (code: number): Partial<Behaviour> => ({
  endsAfterMs: 500,
  iterationMs: 100,
  endsWith: { code, signal: null },
});

function list(policies: readonly Policy[], behave: Readonly<Record<string, Partial<Behaviour>>> = {}): FleetWorld {
  return new FleetWorld(policies, { behave: (id) => behave[id.split(':')[0] ?? ''] ?? {} });
}
const gate = (world: FleetWorld, id: string) => gatesOf(world.fleet, world.slot(id), world.now)[0];

describe('a resource of which nothing is known now', () => {
  const resources = [{ name: 'cache', intervalMs: 300 }];

  it('is nobody’s reason who waits for another one of its daemon, or for its turn', () => {
    const world = new FleetWorld(
      [policy('a', { instances: 4, resources: ['cache'], restart: { resetAfterMs: 5_000 } })],
      {
        resources,
        startsPerSecond: 1,
      },
    ).boot();
    world.pass(1_500);
    expect(gate(world, 'a:4')).toEqual({ kind: 'turn' });
    world.pass(1_000);
    for (const { id } of world.fleet.slots) world.process(id)?.kill();
    // All died before they held: one goes first.
    world.pass(4_000);
    const reasons = world.fleet.slots
      .filter(({ state }) => state.is === 'waiting')
      .map(({ id }) => gate(world, id)?.kind);
    expect(new Set(reasons)).toEqual(new Set(['scout']));
  });

  it('is nobody’s reason who waits for a daemon', () => {
    const world = new FleetWorld([policy('db'), policy('web', { needs: { db: 'ready' }, resources: ['cache'] })], {
      resources,
    }).boot();
    expect(gatesOf(world.fleet, world.slot('web'), world.now).map(({ kind }) => kind)).toEqual(['dependency']);
    world.pass(1_000);
    expect(gate(world, 'web')).toMatchObject({ kind: 'resource', since: null });
  });
});

describe('depends_on: ready', () => {
  const web = policy('web', { needs: { db: 'ready' } });
  it('waits until one instance of it is ready', () => {
    const world = list([policy('db', { instances: 2 }), web])
      .boot()
      .pass(999);
    expect(gate(world, 'web')).toEqual({ kind: 'dependency', daemon: 'db', until: 'ready', is: 'coming' });
    expect(world.pass(1).state('web')).toBe('starting');
  });
  it('waits and says so while it is stopped by hand, and is not started in spite of it', () => {
    const world = list([policy('db'), web])
      .boot()
      .pass(0)
      .send({ is: 'stop-asked', ids: ['db'] })
      .pass(60_000);
    expect(gate(world, 'web')).toMatchObject({ is: 'stopped-by-hand' });
    world.send({ is: 'start-asked', ids: ['web'] }).pass(60_000);
    expect([world.state('db'), world.state('web')]).toEqual(['stopped', 'waiting']);
    expect(
      world
        .send({ is: 'start-asked', ids: ['db'] })
        .pass(1_000)
        .state('web'),
    ).toBe('starting');
  });
  it('starts what it needs although that is not started with the list', () => {
    const world = list([policy('db', { autostart: false }), web])
      .boot()
      .pass(2_000);
    expect([world.state('db'), world.state('web')]).toEqual(['running', 'running']);
  });
  it.each([
    ['failed', policy('db'), ends(78)],
    ['ended', policy('db', { restart: { policy: 'on-failure' }, ready: { by: 'notify', timeoutMs: 5_000 } }), ends(0)],
  ] as const)('says that it has %s', (is, db, behaviour) => {
    const world = list([db, web], { db: behaviour }).boot().pass(10_000);
    expect(gate(world, 'web')).toMatchObject({ is });
  });
  it('says that it is in a list that was started without it', () => {
    const world = list([policy('db'), web]).send({ is: 'start-asked', ids: ['web'] });
    expect(world.starts('db')).toHaveLength(1);
    world
      .send({ is: 'stop-asked', ids: ['db', 'web'] })
      .pass(100)
      .send({ is: 'start-asked', ids: ['web'] });
    expect(gate(world, 'web')).toMatchObject({ is: 'stopped-by-hand' });
  });
  it('waits through restarts of it', () => {
    const world = list([policy('db'), web])
      .boot()
      .pass(500)
      .send({ is: 'restart-asked', ids: ['db'], how: 'scout' })
      .pass(900);
    expect(world.state('web')).toBe('waiting');
    expect(world.pass(600).state('web')).toBe('starting');
  });
  it('running dependants are not dragged down when it stops, restarts or crashes', () => {
    const world = list([policy('db'), web])
      .boot()
      .pass(3_000);
    world
      .send({ is: 'restart-asked', ids: ['db'], how: 'scout' })
      .pass(3_000)
      .send({ is: 'stop-asked', ids: ['db'] })
      .pass(3_000);
    expect([world.state('db'), world.state('web')]).toEqual(['stopped', 'running']);
    expect(world.sent('web')).toEqual([]);
  });
});

describe('depends_on: completed', () => {
  const once = policy('migrate', { restart: { policy: 'on-failure' }, instances: 2 });
  const web = policy('web', { needs: { migrate: 'completed' } });
  it('waits until all of its instances have ended with success, and remembers it', () => {
    const world = list([once, web], { migrate: ends(0) })
      .boot()
      .pass(499);
    expect(gate(world, 'web')).toMatchObject({ until: 'completed', is: 'coming' });
    expect(world.pass(1).state('web')).toBe('starting');
    world
      .send({ is: 'stop-asked', ids: ['web', 'migrate:1'] })
      .pass(100_000)
      .send({ is: 'start-asked', ids: ['web'] });
    expect(world.starts('web')).toHaveLength(2);
    expect(world.starts('migrate:1')).toHaveLength(1);
  });
  it('is waited for again once it was started by hand', () => {
    const world = list([once, web], { migrate: ends(0) })
      .boot()
      .pass(1_000);
    world
      .send({ is: 'start-asked', ids: ['migrate:1'] })
      .send({ is: 'restart-asked', ids: ['web'], how: 'scout' })
      .pass(300);
    expect(world.state('web')).toBe('waiting');
    expect(world.pass(300).state('web')).toBe('starting');
  });
  it('waits while it crashes, and says when it has failed', () => {
    const tried = policy('migrate', { restart: { policy: 'on-failure', attempts: 2 } });
    const world = list([tried, web], { migrate: ends(1) })
      .boot()
      .pass(900);
    expect(gate(world, 'web')).toMatchObject({ is: 'coming' });
    expect(gate(world.pass(10_000), 'web')).toMatchObject({ is: 'failed' });
  });
  it('stopped before it had completed, it has not', () => {
    const world = list([once, web])
      .boot()
      .pass(100)
      .send({ is: 'stop-asked', ids: ['migrate:1'] })
      .pass(1_000);
    expect(gate(world, 'web')).toMatchObject({ is: 'stopped-by-hand' });
  });
});

describe('the start rate', () => {
  const many = policy('d', { instances: 50 });
  it('lets a burst through, then one after the other', () => {
    const world = new FleetWorld([many], { startsPerSecond: 10 }).boot();
    expect(world.starts()).toHaveLength(10);
    expect(gate(world, 'd:50')).toEqual({ kind: 'turn' });
    world.pass(1_000);
    expect(world.starts()).toHaveLength(20);
    expect(world.pass(3_000).starts()).toHaveLength(50);
  });
  it('below one a second lets one through at once', () => {
    const world = new FleetWorld([many], { startsPerSecond: 0.5 }).boot().pass(4_000);
    expect(world.starts()).toEqual([0, 2_000, 4_000]);
  });
  it.each([
    { leavesMs: 1_000, spawnMs: 400, gapMs: 1_000 },
    { leavesMs: 1_000, spawnMs: 600, gapMs: 1_200 },
    { leavesMs: 1_000, spawnMs: 900, gapMs: 1_800 },
    { leavesMs: 2_000, spawnMs: 1_900, gapMs: 2_900 },
  ])(
    'rests from a spawn as long as it took, a second at most: $spawnMs of $leavesMs',
    ({ leavesMs, spawnMs, gapMs }) => {
      const behave = (): Partial<Behaviour> => ({ reportedAfterMs: spawnMs });
      const world = new FleetWorld([many], { startsPerSecond: 1_000 / leavesMs, behave }).boot().pass(9_000);
      expect(world.starts().slice(0, 4)).toEqual([0, gapMs, 2 * gapMs, 3 * gapMs]);
    },
  );
  it('unlimited is not waited for', () => {
    expect(new FleetWorld([many], { startsPerSecond: null }).boot().starts()).toHaveLength(50);
  });
  it('is passed by those that a person named, not by what these need', () => {
    const needing = policy('web', { needs: { d: 'ready' }, instances: 30 });
    const ids = Array.from({ length: 30 }, (_, n) => `web:${n + 1}`);
    const world = new FleetWorld([many, needing], { startsPerSecond: 10 }).send({ is: 'start-asked', ids });
    expect(world.starts()).toHaveLength(10);
    world.pass(1_000);
    expect(ids.flatMap((id) => world.starts(id))).toHaveLength(30);
  });
  it('the one that has waited longest has the next turn', () => {
    const behave = (id: string): Partial<Behaviour> => (id === 'first' ? ends(1) : {});
    const world = new FleetWorld([policy('first'), many], { startsPerSecond: 5, behave }).boot().pass(60_000);
    const turns = many.instances > 0 ? world.effects.flatMap((it) => (it.do === 'spawn' ? [it.id] : [])) : [];
    const numbers = turns.filter((id) => id !== 'first').map((id) => Number(id.slice(2)));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
});

describe('a stop of several', () => {
  const chain = [policy('db'), policy('api', { needs: { db: 'ready' } }), policy('web', { needs: { api: 'ready' } })];
  const slow = { iterationMs: 10_000 };
  it('goes in the reverse order of dependencies: what is needed is not touched before what needs it has ended', () => {
    const world = list(chain, { db: slow, api: slow, web: slow }).boot().pass(5_000);
    world.send({ is: 'shutdown-asked', signal: 'SIGINT' });
    expect(stopsAfter(world.fleet, world.slot('api'))).toEqual(['web']);
    world.pass(60_000);
    const order = world.factsOf('draining').map(({ id, at }) => [id, at]);
    expect(order).toEqual([
      ['web', 5_000],
      ['api', 12_000],
      ['db', 21_000],
    ]);
    expect(world.finished).toBe(1);
  });
  it('keeps the order over one in the middle that has ended long ago', () => {
    const once = policy('api', { needs: { db: 'ready' }, restart: { policy: 'on-failure' } });
    const web = policy('web', { needs: { api: 'completed' } });
    const world = list([policy('db'), once, web], { api: ends(0), web: slow })
      .boot()
      .pass(5_000);
    world.send({ is: 'shutdown-asked', signal: 'SIGTERM' }).pass(60_000);
    expect(world.factsOf('draining').map(({ id }) => id)).toEqual(['web', 'db']);
  });
  it('of one alone does not wait for those that stay', () => {
    const world = list(chain)
      .boot()
      .pass(5_000)
      .send({ is: 'stop-asked', ids: ['db'] })
      .pass(0);
    expect(world.state('db')).toBe('draining');
  });
});

describe('over for good', () => {
  const one = policy('d', { restart: { policy: 'never' } });
  it('is a list whose daemons have all ended by themselves', () => {
    const world = list([one, policy('e', { autostart: false })], { d: ends(0) })
      .boot()
      .pass(400);
    expect(isOverForGood(world.fleet)).toBe(false);
    expect(isOverForGood(world.pass(200).fleet)).toBe(true);
  });
  it('is not one in which something was stopped by hand, or that was never started', () => {
    const world = list([one], {});
    expect(isOverForGood(world.fleet)).toBe(false);
    world
      .boot()
      .send({ is: 'stop-asked', ids: ['d'] })
      .pass(1_000);
    expect(isOverForGood(world.fleet)).toBe(false);
  });
});
