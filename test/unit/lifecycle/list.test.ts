/** A list replaced by another one: what stays, comes and goes. */
import { describe, expect, it } from 'vitest';
import { step } from '../../../src/supervisor/lifecycle/fleet.ts';
import { withList, withoutRemoved } from '../../../src/supervisor/lifecycle/list.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import { newFleet, type Fleet } from '../../../src/supervisor/lifecycle/roster.ts';
import { wordFact } from '../../../src/supervisor/words.ts';
import { asked, FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { NO_LIMITS, policy } from './policies.ts';

const HOUR = 3_600_000;
/** None is inside an iteration for long, and none ends before its boundary. */
const calm: Partial<Behaviour> = { iterationMs: 1_000 };

/** The start rate of the test's world, and nothing else. */
const same = { resources: [], redefined: new Set<string>(), startsPerSecond: 20, starts: [], asked: false };

function up(...policies: readonly Policy[]): FleetWorld {
  return new FleetWorld(policies, { behave: () => calm }).boot().pass(20_500);
}
function takes(
  world: FleetWorld,
  policies: readonly Policy[],
  made: Readonly<Record<string, string[]>> = {},
): FleetWorld {
  return world.send({ ...same, is: 'list', policies, made: new Map(Object.entries(made)) });
}
const idsOf = (world: FleetWorld): readonly string[] => world.fleet.slots.map(({ id }) => id);

it('the same list changes nothing', () => {
  const world = up(policy('a'), policy('b', { instances: 2 }));
  const before = world.fleet;
  takes(world, [policy('a'), policy('b', { instances: 2 })]).pass(HOUR);
  expect(world.fleet.slots).toEqual(before.slots);
  expect(world.effects.filter((effect) => effect.do === 'signal')).toEqual([]);
});

it('a change of policy holds for the process that lives', () => {
  const world = takes(up(policy('a')), [policy('a', { stop: { signal: 'SIGUSR1' } })]).pass(HOUR);
  expect(world.starts('a')).toHaveLength(1);
  world.send({ is: 'stop-asked', ids: ['a'] });
  expect(world.sent('a').map(([what]) => what)).toEqual(['SIGUSR1 main']);
});

it('what a process is made from has changed: it is replaced at its boundary, and never cut', () => {
  const world = takes(up(policy('a')), [policy('a')], { a: ['env'] });
  expect(world.factsOf('draining')).toMatchObject([
    { id: 'a', why: 'own', graceMs: null, outdatedBy: { of: 'list', keys: ['env'] } },
  ]);
  world.pass(HOUR);
  expect(world.slot('a')).toMatchObject({ starts: 2, cuts: 0, state: { is: 'running', outdatedBy: null } });
});

it('changed instances are replaced one after the other', () => {
  const one = policy('a', { instances: 3 });
  const world = takes(up(one), [one], { 'a:1': ['env'], 'a:2': ['env'], 'a:3': ['env'] });
  expect(world.factsOf('draining').map(({ id }) => id)).toEqual(['a:1']);
  world.pass(HOUR);
  expect(idsOf(world).map((id) => world.slot(id).starts)).toEqual([2, 2, 2]);
});

it('who is stopped by hand while others are replaced is told to be stopped, and not to be restarted', () => {
  const one = policy('a', { instances: 3 });
  const ids = ['a:1', 'a:2', 'a:3'];
  const world = up(one).send({
    ...{ ...same, is: 'list', policies: [one], asked: true },
    made: new Map(ids.map((id) => [id, ['env']])),
  });
  world.send({ is: 'stop-asked', ids: ['a:2'] });
  const told = world.factsOf('draining').map((fact) => [fact.id, wordFact(fact).words]);
  expect(told).toEqual([
    ['a:1', 'list changed (env): restarting at the boundary; sent SIGTERM, grace 1m'],
    ['a:2', 'draining: sent SIGTERM, grace 1m'],
  ]);
});

it('a new daemon has a slot, and is started when the list is', () => {
  const world = takes(up(policy('a')), [policy('a'), policy('b')]);
  expect(world.state('b')).toBe('stopped');
  expect(world.send({ is: 'boot', ids: ['b'] }).state('b')).toBe('starting');
});

it('a removed daemon is drained, and its slot and policy go with its process', () => {
  const world = takes(up(policy('a'), policy('b')), [policy('a')]);
  expect(world.slot('b')).toMatchObject({ state: { is: 'draining' }, wanted: { by: 'removed' } });
  world.pass(HOUR);
  expect([idsOf(world), [...world.fleet.policies.keys()]]).toEqual([['a'], ['a']]);
});

it('a removed daemon without a process goes at once', () => {
  const world = new FleetWorld([policy('a'), policy('b', { autostart: false })]).boot().pass(100);
  expect(idsOf(takes(world, [policy('a')]))).toEqual(['a']);
});

it('one that comes again has no run with the number of an earlier one', () => {
  const world = takes(up(policy('a'), policy('b')), [policy('a')]).pass(HOUR);
  takes(world, [policy('a'), policy('b')])
    .send({ is: 'boot', ids: ['b'] })
    .pass(20_000);
  expect(world.slot('b')).toMatchObject({ starts: 2, state: { run: { number: 2 } } });
});

it('a removed one that is started by hand, or restarted, goes all the same', () => {
  for (const is of ['start-asked', 'restart-asked'] as const) {
    const world = takes(up(policy('a'), policy('b')), [policy('a')]).send(asked(is, ['b']));
    expect(idsOf(world.pass(HOUR))).toEqual(['a']);
  }
});

it('a daemon that is needed goes after those that need it, though the list has neither any more', () => {
  const world = takes(up(policy('db'), policy('web', { needs: { db: 'ready' } }), policy('x')), [policy('x')]);
  expect([world.state('db'), world.state('web')]).toEqual(['running', 'draining']);
  world.pass(HOUR);
  expect(idsOf(world)).toEqual(['x']);
});

it('the slots are in the order of the new list, those that go behind them', () => {
  const world = takes(up(policy('a'), policy('b'), policy('c')), [policy('c'), policy('d'), policy('a')]);
  expect(idsOf(world)).toEqual(['c', 'd', 'a', 'b']);
});

describe('another number of instances', () => {
  it('1 -> 3: the first waits for the one that has its place', () => {
    const world = takes(up(policy('a')), [policy('a', { instances: 3 })]);
    world.send({ is: 'boot', ids: ['a:1', 'a:2', 'a:3'] });
    expect(idsOf(world).map((id) => [id, world.state(id)])).toEqual([
      ...[
        ['a:1', 'waiting'],
        ['a:2', 'starting'],
        ['a:3', 'starting'],
      ],
      ['a', 'draining'],
    ]);
    world.pass(HOUR);
    expect(idsOf(world).map((id) => [id, world.state(id)])).toEqual(['a:1', 'a:2', 'a:3'].map((id) => [id, 'running']));
  });
  it('3 -> 2: the third goes', () => {
    const world = takes(up(policy('a', { instances: 3 })), [policy('a', { instances: 2 })]).pass(HOUR);
    expect([idsOf(world), world.starts()]).toEqual([
      ['a:1', 'a:2'],
      [0, 0, 0],
    ]);
  });
  it('3 -> 2 -> 3: the third is one that comes anew, after the one that went', () => {
    const three = policy('a', { instances: 3 });
    const world = takes(up(three), [policy('a', { instances: 2 })]).pass(HOUR);
    takes(world, [three])
      .send({ is: 'boot', ids: ['a:3'] })
      .pass(HOUR);
    expect(world.slot('a:3')).toMatchObject({ starts: 2, state: { is: 'running' } });
  });
});

it('a slot that has gone from the list and comes back while it drains is not doubled', () => {
  const both = [policy('a'), policy('b')];
  const world = takes(up(...both), [policy('a')]);
  takes(world, both);
  expect(idsOf(world)).toEqual(['a', 'b']);
  world.send({ is: 'boot', ids: ['b'] }).pass(HOUR);
  expect(world.lived.filter(({ process }) => process?.alive === true)).toHaveLength(2);
  expect(world.slot('b')).toMatchObject({ starts: 2, state: { is: 'running' }, wanted: { up: true } });
});

it('limits hold for the processes that live, too', () => {
  const world = takes(up(policy('a')), [policy('a', { limits: { ...NO_LIMITS, ageMs: 60_000 } })]).pass(HOUR);
  expect(world.factsOf('draining').length).toBeGreaterThan(1);
});

it('another start rate holds from now on', () => {
  const many = policy('b', { instances: 100 });
  const world = up(policy('a'));
  world.send({ ...same, is: 'list', startsPerSecond: 1, policies: [policy('a'), many], made: new Map() });
  world.send({ is: 'boot', ids: world.fleet.slots.map(({ id }) => id) }).pass(10_500);
  expect(world.starts().length).toBeLessThanOrEqual(1 + 11);
});

describe('a resource that is asked in another way', () => {
  const db = { name: 'db', intervalMs: 1_000 };
  const fleet = newFleet([policy('a', { resources: ['db'] })], 20, 0, [db]);
  const probed = (of: Fleet, probe: number, error: string | null): Fleet =>
    step(of, { is: 'probed', name: 'db', probe, error }, 1, () => 0).fleet;
  const asking = step(fleet, { is: 'boot', ids: ['a'] }, 0, () => 0).fleet;
  const anew = { ...same, policies: [policy('a', { resources: ['db'] })], resources: [db], redefined: new Set(['db']) };
  const changed = step(asking, { ...anew, is: 'list', made: new Map() }, 1, () => 0).fleet;

  it('is not known: what was known of it is of something else', () => {
    const down = probed(asking, 1, 'gone');
    expect(down.resources.get('db')?.state).toBe('down');
    expect(withList(down, anew, 2).resources.get('db')?.state).toBe('unknown');
  });
  it('is not up by the answer to the question of before', () => {
    expect(probed(changed, 1, null).resources.get('db')?.state).toBe('unknown');
    expect(probed(changed, 2, null).resources.get('db')?.state).toBe('up');
  });
});

describe('a change that a person waits for', () => {
  const eight = policy('w', { instances: 8 });
  const reload = (behave: (run: number) => Partial<Behaviour>): FleetWorld => {
    const world = new FleetWorld([eight], { behave: (_, run) => behave(run) }).boot().pass(60_000);
    const made = new Map(world.fleet.slots.map(({ id }) => [id, ['env']]));
    return world.send({ ...same, is: 'list', asked: true, policies: [eight], made }).pass(HOUR);
  };
  it('is given up where the first does not come up: the others are untouched, and that is said', () => {
    const world = reload((run) => (run > 1 ? { ...calm, endsAfterMs: 10 } : calm));
    expect(world.factsOf('not-followed')).toMatchObject([{ id: 'w:1', untouched: { length: 7 } }]);
    expect(world.fleet.slots.slice(1).map(({ starts, state }) => [starts, state.is])).toEqual(
      Array.from({ length: 7 }, () => [1, 'running']),
    );
  });
  it('is for all where it does', () => {
    expect(reload(() => calm).fleet.slots.map(({ starts }) => starts)).toEqual(Array.from({ length: 8 }, () => 2));
  });
});

it('what a person has stopped stays stopped under another number, also where something new needs it', () => {
  const world = up(policy('a'))
    .send({ is: 'stop-asked', ids: ['a'] })
    .pass(HOUR);
  const list = [policy('a', { instances: 2 }), policy('b', { needs: { a: 'ready' } })];
  world.send({ ...same, is: 'list', policies: list, made: new Map(), starts: ['b'] }).pass(HOUR);
  expect(['a:1', 'a:2', 'b'].map((id) => world.state(id))).toEqual(['stopped', 'stopped', 'waiting']);
  expect(world.slot('a:2').wanted).toMatchObject({ up: false, by: 'hand' });
});

it('who was to be replaced for a list that is gone again is not', () => {
  const two = policy('a', { instances: 2 });
  const world = takes(up(two), [two], { 'a:1': ['env'], 'a:2': ['env'] });
  expect(world.state('a:1')).toBe('draining');
  takes(world, [two]).pass(HOUR);
  expect(world.slot('a:2')).toMatchObject({ starts: 1, state: { is: 'running', outdatedBy: null } });
});

it('during a shutdown nothing comes', () => {
  const world = up(policy('a')).send({ is: 'shutdown-asked', signal: 'SIGTERM' });
  takes(world, [policy('a'), policy('b')]).pass(HOUR);
  expect([world.starts().length, world.finished]).toEqual([1, 1]);
});

it('without removed slots a fleet is the same fleet', () => {
  const { fleet } = up(policy('a'));
  expect(withoutRemoved(fleet)).toBe(fleet);
  expect(withList(fleet, { ...same, policies: [policy('a')] }, 0).layout.hasRemoved).toBe(false);
});

describe('another ready, for one that is on its way up', () => {
  const ready = (ready: Policy['ready']): Policy => policy('a', { ready });
  const silent = { readyAfterMs: null } as const;
  const world = (): FleetWorld =>
    new FleetWorld([ready({ by: 'notify', timeoutMs: HOUR })], { behave: () => silent }).boot().pass(30_000);

  it('by time, that is over: it is ready', () => {
    expect(
      takes(world(), [ready({ by: 'time', afterMs: 500 })])
        .pass(0)
        .state('a'),
    ).toBe('running');
  });
  it('by time, that is not over: it is ready then', () => {
    const later = takes(world(), [ready({ by: 'time', afterMs: 40_000 })]).pass(9_000);
    expect(later.state('a')).toBe('starting');
    expect(later.pass(1_100).state('a')).toBe('running');
  });
  it('by its word: it has the whole time anew', () => {
    const later = takes(world(), [ready({ by: 'notify', timeoutMs: 5_000 })]).pass(4_900);
    expect(later.state('a')).toBe('starting');
    later.pass(200);
    expect(later.factsOf('draining')).toMatchObject([{ why: 'not-ready' }]);
  });
  it('that is the same one: nothing of what it has asked for is lost', () => {
    const same = world();
    const before = same.slot('a').state;
    expect(takes(same, [ready({ by: 'notify', timeoutMs: HOUR })]).slot('a').state).toBe(before);
  });
});
