/** A restart of several: one goes first, and the rest follows it or runs on. */
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
