/** A restart of several: one goes first, and the rest follow it or keep running. */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import type { RestartHow } from '../../../src/supervisor/lifecycle/event.ts';
import { policy } from './policies.ts';

const quiet: Partial<Behaviour> = { iterationMs: 3_600_000, onStop: 'exits at once' };
const dies: Partial<Behaviour> = { ...quiet, endsAfterMs: 100, endsWith: { code: 255, signal: null } };

function eight(behave: (id: string, run: number) => Partial<Behaviour>): FleetWorld {
  return new FleetWorld([policy('w', { instances: 8 })], { behave }).boot().pass(60_000);
}
const restart = (world: FleetWorld, how: RestartHow = 'scout'): FleetWorld =>
  world.send({ is: 'restart-asked', ids: world.fleet.slots.map(({ id }) => id), how });
const startsOf = (world: FleetWorld): readonly number[] => world.fleet.slots.map(({ starts }) => starts);

describe('a broken deploy of eight', () => {
  it('takes one down: seven are untouched, and that is said', () => {
    const world = restart(eight((_, run) => (run > 1 ? dies : quiet))).pass(600_000);
    expect(startsOf(world).slice(1)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(world.factsOf('not-followed')).toMatchObject([{ id: 'w:1', untouched: { length: 7 } }]);
    expect(world.fleet.slots.filter(({ state }) => state.is === 'running')).toHaveLength(7);
  });
  it('that is mended replaces all with the next restart', () => {
    let mended = false;
    const world = eight((_, run) => (run > 1 && !mended ? dies : quiet));
    restart(world).pass(30_000);
    mended = true;
    restart(world).pass(60_000);
    expect(world.fleet.slots.every(({ state, starts }) => state.is === 'running' && starts > 1)).toBe(true);
  });
  it('with --all-at-once takes all down', () => {
    const world = restart(
      eight((_, run) => (run > 1 ? dies : quiet)),
      'all-at-once',
    ).pass(2_000);
    expect(startsOf(world).every((starts) => starts > 1)).toBe(true);
  });
});

describe('one that is not up anyway goes first', () => {
  const running = (world: FleetWorld): number =>
    world.fleet.slots.filter(({ state, starts }) => state.is === 'running' && starts === 1).length;
  const change = (world: FleetWorld): FleetWorld =>
    world.send({ is: 'changed', ids: world.fleet.slots.map(({ id }) => id), path: 'src/a.php', more: 0 });
  const RESTARTS: readonly RestartHow[] = ['scout', 'one-by-one'];

  it.each(RESTARTS)('however often a broken deploy is restarted (%s), it takes one', (how) => {
    const world = eight((_, run) => (run > 1 ? dies : quiet));
    for (let tries = 0; tries < 9; tries += 1) restart(world, how).pass(500 + 7_000 * tries);
    expect(running(world)).toBe(7);
    expect(world.factsOf('not-followed')).toHaveLength(9);
  });
  it('also where it dies only after it was running for a while', () => {
    const world = eight((_, run) => (run > 1 ? { ...dies, endsAfterMs: 3_000 } : quiet));
    world.send({ is: 'restart-asked', ids: ['w:4'], how: 'scout' }).pass(4_500);
    for (let tries = 0; tries < 9; tries += 1) restart(world).pass(4_500);
    expect(running(world)).toBe(7);
  });
  it('also where it has failed for good', () => {
    const world = eight((_, run) => (run > 1 ? { ...dies, endsWith: { code: 78, signal: null } } : quiet));
    for (let tries = 0; tries < 4; tries += 1) restart(world).pass(10_000);
    expect(world.state('w:1')).toBe('failed');
    expect(running(world)).toBe(7);
  });
  it('also where only the others are named: asked for again, as by a client of a supervisor that was killed', () => {
    const world = restart(eight((_, run) => (run > 1 ? dies : quiet))).pass(400);
    const left = world.fleet.slots.flatMap(({ id, starts }) => (starts === 1 ? id : []));
    expect(left).toHaveLength(7);
    world.send({ is: 'restart-asked', ids: left, how: 'scout' }).pass(60_000);
    expect(running(world)).toBe(7);
    expect(world.factsOf('not-followed').at(-1)).toMatchObject({ id: 'w:1', untouched: left });
  });
  it('also of the last one that runs: of two', () => {
    const behave = (_: string, run: number) => (run > 1 ? dies : quiet);
    const world = new FleetWorld([policy('w', { instances: 2 })], { behave }).boot().pass(60_000);
    for (let tries = 0; tries < 4; tries += 1) restart(world).pass(10_000);
    expect(world.slot('w:2').starts).toBe(1);
  });
  it('one of several that comes up is enough, and those that run are drained when it has', () => {
    const behave = (id: string, run: number): Partial<Behaviour> => {
      if (run > 1) return id === 'w:2' ? dies : quiet;
      return ['w:2', 'w:5'].includes(id) ? { ...dies, endsAfterMs: 70_000 } : quiet;
    };
    const world = eight(behave).pass(10_500);
    const from = world.now;
    restart(world).pass(60_000);
    expect(world.fleet.slots.filter(({ state }) => state.is === 'running')).toHaveLength(7);
    const drains = world.factsOf('draining').map(({ at }) => at - from);
    expect(drains).toHaveLength(6);
    expect(Math.min(...drains)).toBeGreaterThanOrEqual(10_000);
    expect(world.factsOf('not-followed')).toEqual([]);
  });
  it('after a change of files, too: the others run the old code on while it does not come up, and follow when it does', () => {
    let mended = false;
    const world = eight((id, run) => {
      if (run > 1) return mended ? quiet : dies;
      return id === 'w:4' ? { ...dies, endsAfterMs: 61_000 } : quiet;
    }).pass(1_500);
    change(world).pass(300_000);
    expect(running(world)).toBe(7);
    expect(world.slot('w:4').starts).toBeGreaterThan(3);
    mended = true;
    change(world).pass(300_000);
    expect(world.fleet.slots.every(({ state, starts }) => state.is === 'running' && starts > 1)).toBe(true);
  });
  it('and where it waits for a resource that is away nobody is drained before that is back', () => {
    let isAway = false;
    const one = policy('w', { instances: 3, resources: ['db'] });
    const world = new FleetWorld([one], {
      resources: [{ name: 'db', intervalMs: 2_000 }],
      probed: () => (isAway ? 'connection refused' : null),
      behave: (id, run) => (id === 'w:3' && run === 1 ? { ...dies, endsAfterMs: 60_000 } : quiet),
    }).boot();
    world.pass(59_000);
    isAway = true;
    restart(world.pass(11_000)).pass(600_000);
    expect(world.factsOf('draining')).toEqual([]);
    isAway = false;
    world.pass(60_000);
    expect(startsOf(world)).toEqual([2, 2, 2]);
  });
  it('and where it waits for what only a person can start, that is given up at once', () => {
    const list = [policy('db'), policy('w', { instances: 3, needs: { db: 'ready' } })];
    const behave = (id: string, run: number) => (id === 'w:3' && run === 1 ? { ...dies, endsAfterMs: 50_000 } : quiet);
    const world = new FleetWorld(list, { behave }).boot().pass(40_000);
    world.send({ is: 'stop-asked', ids: ['db'] }).pass(20_000);
    world.send({ is: 'restart-asked', ids: ['w:1', 'w:2'], how: 'scout' }).pass(1_000);
    expect(startsOf(world)).toEqual([1, 1, 1, 1]);
    expect(world.factsOf('not-followed')).toMatchObject([{ id: 'w:3', untouched: ['w:1', 'w:2'] }]);
  });
  it('by --all-at-once no one goes first', () => {
    const world = restart(eight((_, run) => (run > 1 ? dies : quiet))).pass(10_000);
    expect(running(restart(world, 'all-at-once').pass(1_000))).toBe(0);
  });
});

describe('a good restart', () => {
  it('follows the first one when it has held, and then goes as one', () => {
    const world = restart(eight(() => quiet)).pass(5_000);
    expect(startsOf(world)).toEqual([2, 1, 1, 1, 1, 1, 1, 1]);
    world.pass(10_000);
    expect(startsOf(world)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
    expect(new Set(world.starts().slice(9)).size).toBe(1);
  });
  it('follows sooner where it has finished an iteration', () => {
    const world = restart(eight(() => ({ ...quiet, speech: 'iterations', iterationMs: 500 }))).pass(3_000);
    expect(startsOf(world)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  });
  it('goes in single file where that is asked', () => {
    const world = restart(
      eight(() => quiet),
      'one-by-one',
    ).pass(200_000);
    const at = world.starts().slice(8);
    expect(at).toHaveLength(8);
    expect(at.slice(1).every((next, n) => next - (at[n] ?? 0) >= 10_000)).toBe(true);
  });
  it('of one instance waits for nothing', () => {
    const world = eight(() => quiet);
    world.send({ is: 'restart-asked', ids: ['w:3'], how: 'scout' }).pass(100);
    expect(startsOf(world)).toEqual([1, 1, 2, 1, 1, 1, 1, 1]);
  });
});

it('stopped while it goes first, another one goes first', () => {
  const world = restart(eight((id) => (id === 'w:1' ? { ...quiet, onStop: 'ignores it' } : quiet)));
  world.send({ is: 'stop-asked', ids: ['w:1'] }).pass(600_000);
  expect(world.state('w:1')).toBe('stopped');
  expect(startsOf(world)).toEqual([1, 2, 2, 2, 2, 2, 2, 2]);
});

it('nobody is started in the step in which what it needs is replaced', () => {
  const db = policy('db', { instances: 2, restart: { delayMs: 0 } });
  const app = policy('app', { autostart: false, needs: { db: 'ready' } });
  const world = new FleetWorld([db, app, policy('other')], { startsPerSecond: 1 }).boot().pass(60_000);
  world.send({ is: 'restart-asked', ids: ['db:1', 'db:2'], how: 'one-by-one' }).pass(1_500);
  // It is still being tried, and the other one, which has ended, waits for its turn.
  world.process('other')?.kill();
  world.pass(5_000, () => world.state('other') === 'starting');
  world.process('db:2')?.kill();
  world.pass(100);
  expect([world.state('db:1'), world.state('db:2')]).toEqual(['running', 'waiting']);
  world.send({ is: 'restart-asked', ids: ['db:1', 'app'], how: 'one-by-one' });
  expect([world.state('db:1'), world.state('app')]).toEqual(['draining', 'waiting']);
  world.pass(60_000);
  expect(world.state('app')).toBe('running');
});
