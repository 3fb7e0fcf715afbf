/** A list that is replaced by another one: who stays, who comes, who goes. */
import { describe, expect, it } from 'vitest';
import { withList, withoutRemoved } from '../../../src/supervisor/lifecycle/list.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import { asked, FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';

const HOUR = 3_600_000;
/** Nobody is inside an iteration for long, and nobody ends before its boundary. */
const calm: Partial<Behaviour> = { iterationMs: 1_000 };

function up(...policies: readonly Policy[]): FleetWorld {
  return new FleetWorld(policies, { behave: () => calm }).boot().pass(20_500);
}
function takes(
  world: FleetWorld,
  policies: readonly Policy[],
  made: Readonly<Record<string, string[]>> = {},
): FleetWorld {
  return world.send({ is: 'list', policies, resources: [], made: new Map(Object.entries(made)) });
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
    expect(world.slot('a:3')).toMatchObject({ starts: 1, state: { is: 'running' } });
  });
});

it('a slot that has gone from the list and comes back while it drains is not doubled', () => {
  const both = [policy('a'), policy('b')];
  const world = takes(up(...both), [policy('a')]);
  takes(world, both);
  expect(idsOf(world)).toEqual(['a', 'b']);
  world.pass(HOUR);
  expect(world.lived.filter(({ process }) => process?.alive === true)).toHaveLength(
    world.fleet.slots.filter(({ state }) => state.is === 'running').length,
  );
});

it('during a shutdown nothing comes', () => {
  const world = up(policy('a')).send({ is: 'shutdown-asked', signal: 'SIGTERM' });
  takes(world, [policy('a'), policy('b')]).pass(HOUR);
  expect([world.starts().length, world.finished]).toEqual([1, 1]);
});

it('without removed slots a fleet is the same fleet', () => {
  const { fleet } = up(policy('a'));
  expect(withoutRemoved(fleet)).toBe(fleet);
  expect(withList(fleet, { policies: [policy('a')], resources: [] }, 0).layout.hasRemoved).toBe(false);
});
