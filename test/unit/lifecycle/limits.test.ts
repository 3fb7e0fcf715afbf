/** How much a run may take: iterations, age, memory, and the time of one iteration. */
import { describe, expect, it } from 'vitest';
import type { LimitsPolicy } from '../../../src/supervisor/lifecycle/policy.ts';
import { FleetWorld } from '../../support/fleet-world.ts';
import { seeded } from '../../support/random.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { NO_LIMITS, policy } from './policies.ts';

const HOUR = 3_600_000;
/** Speaks, and works all the time. */
const busy: Partial<Behaviour> = { speech: 'iterations', iterationMs: 1_000, onStop: 'ends at its boundary' };

function fleet(
  instances: number,
  limits: Partial<LimitsPolicy>,
  behave: (id: string, run: number) => Partial<Behaviour> = () => busy,
): FleetWorld {
  const { next } = seeded(3);
  const one = policy('w', { instances, limits: { ...NO_LIMITS, ...limits } });
  return new FleetWorld([one], { behave, chance: next }).boot();
}

describe('limits.age', () => {
  it('of a fleet of 64 that was started together: never two of one daemon at once, all sooner than it says, none cut', () => {
    let missing = 0;
    const { next } = seeded(5);
    const one = policy('w', { instances: 64, limits: { ...NO_LIMITS, ageMs: HOUR } });
    const world: FleetWorld = new FleetWorld([one], {
      chance: next,
      behave: () => ({ ...busy, iterationMs: 5_000 }),
      watch: (_, __, after, of) => {
        if (of.now < 60_000) return;
        const down = after.fleet.slots.filter(({ state }) => state.is !== 'running').length;
        missing = Math.max(missing, down);
      },
    }).boot();
    world.pass(HOUR + 600_000);
    expect(missing).toBe(1);
    expect(world.fleet.slots.every(({ starts }) => starts === 2)).toBe(true);
    expect(world.factsOf('ended').some(({ exit }) => exit.cut === 'yes')).toBe(false);
    expect(Math.min(...world.starts().slice(64))).toBeGreaterThan(0.9 * HOUR);
  });
  it('that is shorter than a round of all: who has waited longest is next, so each has its turn', () => {
    const one = policy('w', {
      instances: 8,
      limits: { ...NO_LIMITS, ageMs: 20_000 },
      restart: { resetAfterMs: 1_000 },
    });
    const world = new FleetWorld([one], { behave: () => ({ ...busy, iterationMs: 5_000 }) }).boot().pass(300_000);
    const starts = world.fleet.slots.map((slot) => slot.starts);
    expect(Math.min(...starts)).toBeGreaterThan(3);
    expect(Math.max(...starts) - Math.min(...starts)).toBeLessThanOrEqual(1);
  });
  it('holds for the others where one has failed for good', () => {
    const world = fleet(2, { ageMs: HOUR }, (id) =>
      id === 'w:2' ? { ...busy, endsAfterMs: 2_000, endsWith: { code: 78, signal: null } } : busy,
    ).pass(3 * HOUR);
    expect(world.state('w:2')).toBe('failed');
    expect(world.slot('w:1').starts).toBeGreaterThan(2);
  });
  it('is not looked at where nothing is written', () => {
    const world = fleet(2, {}).pass(20_000);
    const { wakes } = world;
    expect(world.pass(HOUR).wakes).toBe(wakes);
  });
});

describe('limits.iterations', () => {
  it('is reached at a boundary, at most so many and at least nine tenths', () => {
    const world = fleet(1, { iterations: 100 }).pass(HOUR);
    const done = world.slot('w').exits.map(({ iterations }) => iterations ?? 0);
    expect(done.length).toBeGreaterThan(10);
    expect(Math.min(...done)).toBeGreaterThanOrEqual(90);
    // One more may have begun before it noticed.
    expect(Math.max(...done)).toBeLessThanOrEqual(101);
  });
  it('below what it needs is said, and waits longer each time', () => {
    const world = fleet(1, { iterations: 2 }).pass(600_000);
    expect(world.factsOf('limit-too-low').length).toBeGreaterThan(2);
    const starts = world.starts();
    const gaps = starts.slice(1).map((at, n) => at - (starts[n] ?? 0));
    expect(gaps.at(-1)).toBeGreaterThan(3 * (gaps[0] ?? 0));
  });
  it('of one that does not speak of iterations is warned about, once', () => {
    const world = fleet(1, { iterations: 2 }, () => ({ iterationMs: HOUR })).pass(HOUR);
    expect(world.factsOf('silent').map(({ at }) => at)).toEqual([60_000]);
  });
});

describe('limits.memory', () => {
  it('is reached when its session has grown beyond it, not before it has held', () => {
    const world = fleet(2, { memoryBytes: 1_000 }).pass(2_000);
    world.send({ is: 'measured', id: 'w:1', run: 1, bytes: 1_001 });
    expect(world.state('w:1')).toBe('running');
    world.pass(12_000);
    expect(world.factsOf('draining')).toMatchObject([{ id: 'w:1', outdatedBy: { of: 'limit', limit: 'memory' } }]);
    expect(world.slot('w:2').starts).toBe(1);
  });
});

describe('limits.iteration', () => {
  const stuck: Partial<Behaviour> = { speech: 'busy-idle', iterationMs: HOUR, onStop: 'ignores it' };
  it('makes one stuck that is longer in an iteration: it is ended, and that is a crash and a cut', () => {
    const world = fleet(1, { iterationMs: 30_000 }, (_, run) => (run === 1 ? stuck : busy)).pass(200_000);
    expect(world.factsOf('draining')[0]).toMatchObject({ why: 'stuck', at: 30_000 });
    expect(world.slot('w').exits.at(-1)).toMatchObject({ kind: 'crash', fault: 'stuck', cut: 'yes' });
    expect(world.state('w')).toBe('running');
  });
  it('holds in a drain, too: one that is stuck is not waited for without end', () => {
    const world = fleet(1, { iterationMs: 30_000 }, () => stuck).pass(10_000);
    world.send({ is: 'stop-asked', ids: ['w'] }).pass(HOUR);
    expect(world.state('w')).toBe('stopped');
    expect(world.sent('w').map(([what, at]) => [what, at])).toEqual([
      ['SIGTERM main', 10_000],
      ['SIGKILL', 90_000],
    ]);
  });
  it('is longer for who asks for time, up to ten times as long', () => {
    const world = fleet(1, { iterationMs: 30_000 }, () => stuck).pass(20_000);
    world.send({ is: 'said', id: 'w', run: 1, word: { key: 'EXTEND', ms: 50_000 }, sinceSignal: false });
    world.pass(HOUR);
    expect(world.factsOf('draining')[0]).toMatchObject({ why: 'stuck', at: 70_000 });
  });
});
