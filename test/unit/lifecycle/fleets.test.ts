/** Whole fleets that die at once: no storm follows (docs/restarting.md). */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import { seeded } from '../../support/random.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';

const RATE = 20;

function dieAtOnce(count: number, code: number, ms: number, healthyMs = 0): FleetWorld {
  const policies = Array.from({ length: count }, (_, n) => policy(`d${n}`));
  const behave = (_: string, run: number): Partial<Behaviour> => ({
    endsAfterMs: run === 1 && healthyMs > 0 ? healthyMs : 50,
    iterationMs: 10,
    idleMs: 5_000,
    endsWith: { code, signal: null },
  });
  const { next } = seeded(count + code);
  return new FleetWorld(policies, { behave, startsPerSecond: RATE, chance: next }).boot().pass(ms);
}

/** The most starts within any window of so many seconds. */
function most(starts: readonly number[], seconds: number): number {
  return Math.max(...starts.map((from, n) => starts.slice(n).filter((at) => at < from + seconds * 1_000).length));
}

function startsOfEach(world: FleetWorld): ReadonlyMap<string, readonly number[]> {
  const each = new Map<string, number[]>(world.fleet.slots.map(({ id }) => [id, []]));
  for (const effect of world.effects) if (effect.do === 'spawn') each.get(effect.id)?.push(effect.at);
  return each;
}

describe.each([
  [40, 1, 'crash'],
  [40, 0, 'exit 0'],
  [300, 1, 'crash'],
  [300, 0, 'exit 0'],
])('%i daemons that end at once with %i (%s)', (count, code) => {
  const world = dieAtOnce(count, code, 120_000);
  const starts = world.starts();
  const each = startsOfEach(world);

  it('keep to the start rate in every window', () => {
    for (const seconds of [1, 5, 20, 60]) expect(most(starts, seconds)).toBeLessThanOrEqual(RATE + RATE * seconds);
  });
  it('each keeps to its gaps: at most 6 starts in 20 s, at most 8 in two minutes', () => {
    for (const own of each.values()) {
      expect(most(own, 20)).toBeLessThanOrEqual(6);
      expect(own.length).toBeLessThanOrEqual(8);
    }
  });
  it('none is forgotten, and all loop', () => {
    for (const { id, rows } of world.fleet.slots) {
      expect(each.get(id)?.length).toBeGreaterThanOrEqual(code === 0 ? 6 : 5);
      expect(rows.quick).toBeGreaterThanOrEqual(5);
    }
    expect(world.factsOf('looping')).toHaveLength(count);
  });
  it('the engine is asked to wake only for what is due', () => {
    // A start is an order, a report, and a wake or two: for the end of the gap, and for a turn.
    expect(world.factsOf('started')).toHaveLength(starts.length);
    expect(world.wakes).toBeLessThanOrEqual(starts.length * 2 + 1);
  });
});

it('300 that have held and crash together come back one after the other at the start rate, none out of turn', () => {
  const world = dieAtOnce(300, 1, 60_000, 30_000);
  expect(most(world.starts(), 1)).toBeLessThanOrEqual(2 * RATE);
  for (const own of startsOfEach(world).values()) expect(own.length).toBeGreaterThanOrEqual(2);
});
