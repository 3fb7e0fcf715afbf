/** Workers that need the database without the list saying so: they say it themselves, WAITING=db, and end. */
import { describe, expect, it } from 'vitest';
import type { Word } from '../../../src/supervisor/lifecycle/boundary.ts';
import { gatesOf } from '../../../src/supervisor/lifecycle/gates.ts';
import { FleetWorld } from '../../support/fleet-world.ts';
import { policy } from './policies.ts';

const HOUR = 3_600_000;
const LONG = { iterationMs: HOUR, onStop: 'exits at once' } as const;

/** Its database is down in this period. */
function fleet(workers: number, awayFrom: number, awayTo: number, name = 'db'): FleetWorld {
  const world: FleetWorld = new FleetWorld([policy('w', { instances: workers })], {
    resources: [{ name: 'db', intervalMs: 500 }],
    probed: (_, now) => (now >= awayFrom && now < awayTo ? 'connection refused' : null),
    behave: (id, run) => {
      const diesAt = Math.max(awayFrom, world.now + 50);
      if (diesAt >= awayTo) return LONG;
      const word = { key: 'WAITING', resource: name } as const;
      world.after(diesAt - world.now - 10, () => world.send({ is: 'said', id, run, word, sinceSignal: false }));
      return { ...LONG, endsAfterMs: diesAt - world.now, endsWith: { code: 1, signal: null } };
    },
  });
  return world.boot();
}

it('none of forty is started while it is away, and all are back soon after', () => {
  const world = fleet(40, 60_000, 360_000).pass(361_000);
  // One may be tried before the first answer.
  expect(world.starts().filter((at) => at >= 60_000 && at < 360_000).length).toBeLessThanOrEqual(1);
  world.pass(14_000 + 2_000);
  expect(world.fleet.slots.every(({ state }) => state.is === 'running')).toBe(true);
});

it('that is what it waits for, and a start by hand waits for it, too', () => {
  const world = fleet(1, 60_000, HOUR).pass(70_000);
  expect(gatesOf(world.fleet, world.slot('w'), world.now)).toMatchObject([{ kind: 'resource', name: 'db' }]);
  expect(world.factsOf('resource-down').at(-1)).toMatchObject({ name: 'db' });
  const starts = world.starts().length;
  world.send({ is: 'start-asked', ids: ['w'] }).pass(60_000);
  expect(world.starts()).toHaveLength(starts);
});

describe('a job that waited, and then worked', () => {
  const working: readonly Word[] = [
    { key: 'READY' },
    { key: 'BUSY' },
    { key: 'ITERATION', done: 1 },
    { key: 'PROGRESS', done: 1, total: 2 },
    { key: 'EXIT_STATUS', code: 0 },
  ];
  it.each(working)('is done when it ends with 0: $key', (word) => {
    const world = job([{ key: 'WAITING', resource: 'db' }, word]);
    expect(world.state('job')).toBe('exited');
    expect(world.factsOf('resource-down')).toEqual([]);
  });
  it.each<Word>([{ key: 'STATUS', text: 'waits for db' }, { key: 'IDLE' }, { key: 'STOPPING' }])(
    'waits on after $key',
    (word) => {
      const world = job([{ key: 'WAITING', resource: 'db' }, word]);
      expect(world.slot('job').exits[0]).toMatchObject({ kind: 'resource', resource: 'db' });
    },
  );
});

it('one that fails for it says on its way out, as the SDK does, what it has done before, and that it is idle', () => {
  const world = job([
    { key: 'BUSY' },
    { key: 'WAITING', resource: 'db' },
    { key: 'ITERATION', done: 7 },
    { key: 'IDLE' },
    { key: 'STOPPING' },
    { key: 'EXIT_STATUS', code: 1 },
  ]);
  expect(world.slot('job').exits[0]).toMatchObject({ kind: 'resource', resource: 'db' });
});

/** Says this in its first run, and ends with 0. */
function job(words: readonly Word[]): FleetWorld {
  const world: FleetWorld = new FleetWorld([policy('job', { restart: { policy: 'on-failure' } })], {
    resources: [{ name: 'db', intervalMs: 500 }],
    behave: (id, run) => {
      if (run === 1)
        for (const word of words) world.after(10, () => world.send({ is: 'said', id, run, word, sinceSignal: false }));
      return { ...LONG, iterationMs: 100, endsAfterMs: 500, endsWith: { code: 0, signal: null } };
    },
  });
  return world.boot().pass(1_000);
}

it('of what the list does not have it waits by its gap', () => {
  const world = fleet(1, 60_000, 70_000, 'queue').pass(69_000);
  expect(world.starts()).toEqual([0, 60_000, 61_000, 63_000, 67_000]);
});
