/** One goes first: what a fleet does while what it needs is down, and when one of several has failed. */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { seeded } from '../../support/random.ts';
import { policy } from './policies.ts';

const DOWN_AT = 120_000;
const dies: Partial<Behaviour> = { endsAfterMs: 100, endsWith: { code: 1, signal: null } };

/** It waits for work in silence. (One in an iteration would end with 0 only after that.) */
const LONG: Partial<Behaviour> = { iterationMs: 10, idleMs: 3_600_000, onStop: 'exits at once' };

interface Outage {
  readonly workers: number;
  readonly lastsMs: number;
  readonly code: number;
  /** How the living ones notice that the database is gone: all at once, or one after the other. */
  readonly over: number;
  readonly declared: boolean;
}

/** Workers of one daemon whose database goes down for a while: living ones then end, started ones end at once. */
function outage({ workers, lastsMs, code, over, declared }: Outage) {
  const upAt = DOWN_AT + lastsMs;
  const { next } = seeded(7);
  const endsWith = { code, signal: null };
  const world: FleetWorld = new FleetWorld(
    [policy('w', { instances: workers, resources: declared ? ['database'] : [] })],
    {
      resources: [{ name: 'database', intervalMs: 2_000 }],
      probed: (_, now) => (now >= DOWN_AT && now < upAt ? 'connection refused' : null),
      chance: next,
      behave: () => {
        if (world.now < DOWN_AT) return { ...LONG, endsAfterMs: DOWN_AT - world.now + over * next(), endsWith };
        return world.now < upAt ? { ...LONG, endsAfterMs: 50 + 100 * next(), endsWith } : LONG;
      },
    },
  );
  world.boot().pass(upAt);
  const starts = world.starts().filter((at) => at >= DOWN_AT && at < upAt).length;
  const isUp = (): boolean => world.fleet.slots.every(({ state }) => state.is === 'running');
  world.pass(600_000, isUp);
  return { starts, backAfterMs: world.now - upAt };
}

describe('while a database is away', () => {
  const cases = [40, 300].flatMap((workers) =>
    [30_000, 300_000].flatMap((lastsMs) =>
      [1, 0].flatMap((code) => [0, 1_000].map((over) => ({ workers, lastsMs, code, over }))),
    ),
  );
  it.each(cases)(
    '$workers workers that need it, for $lastsMs ms, exit $code within $over ms: at most 12 starts, and all are back soon',
    (each) => {
      const { starts, backAfterMs } = outage({ ...each, declared: true });
      expect(starts).toBeLessThanOrEqual(12);
      // The next probe, one that goes first and holds, and the others as fast as the start rate allows.
      expect(backAfterMs).toBeLessThanOrEqual(15_000 + (each.workers / 20) * 1_000);
    },
  );
  it.each(cases)(
    '$workers workers of which nobody said that they need it, for $lastsMs ms, exit $code within $over ms: at most 20 starts',
    (each) => {
      const { starts, backAfterMs } = outage({ ...each, declared: false });
      expect(starts).toBeLessThanOrEqual(20);
      expect(backAfterMs).toBeLessThanOrEqual(60_000 + 15_000 + (each.workers / 20) * 1_000);
    },
  );
  it.each([1, 0])(
    'a worker whose probe is let in every other time, and it never, is started in growing gaps, exit %i',
    (code) => {
      let probes = 0;
      const world = new FleetWorld([policy('w', { resources: ['database'] })], {
        resources: [{ name: 'database', intervalMs: 250 }],
        probed: () => (probes++ % 2 === 0 ? null : 'too many connections'),
        behave: () => ({ ...LONG, endsAfterMs: 50, endsWith: { code, signal: null } }),
      });
      world.boot().pass(300_000);
      expect(world.starts().length).toBeLessThanOrEqual(12);
      expect(world.factsOf('looping')).toEqual([]);
    },
  );
});

describe('one that crashes while others run', () => {
  it('is started again at once', () => {
    const behave = (id: string, run: number) => (id === 'w:2' && run === 1 ? { endsAfterMs: 60_000 } : {});
    const world = new FleetWorld([policy('w', { instances: 3 })], { behave }).boot().pass(61_000);
    expect(world.starts('w:2')).toEqual([0, 60_000]);
  });
  it('again and again does not keep back another that crashes once', () => {
    const behave = (id: string, run: number): Partial<Behaviour> => {
      if (id === 'w:1') return dies;
      return id === 'w:2' && run === 1 ? { endsAfterMs: 600_000 } : {};
    };
    const world = new FleetWorld([policy('w', { instances: 3 })], { behave }).boot().pass(700_000);
    const [, again = Infinity] = world.starts('w:2');
    expect(again - 600_000).toBeLessThanOrEqual(20_000);
  });
});

it('workers that end with a success code again and again, as after so many jobs, wait for nobody', () => {
  const behave = (): Partial<Behaviour> => ({ endsAfterMs: 60_000, endsWith: { code: 0, signal: null } });
  const world = new FleetWorld([policy('w', { instances: 8 })], { behave }).boot().pass(300_000);
  // The first time all is new, and one goes first.
  for (const { id } of world.fleet.slots) {
    const gaps = world
      .starts(id)
      .slice(2)
      .map((at, n) => at - (world.starts(id)[n + 1] ?? 0));
    expect(gaps.every((gap) => gap === 60_000)).toBe(true);
  }
});

it('who waits for the scout says so, and a start by hand passes it', () => {
  const world = new FleetWorld([policy('w', { instances: 3 })], { behave: () => dies }).boot().pass(5_000);
  const waiting = world.fleet.slots.filter(({ state }) => state.is === 'waiting').map(({ id }) => id);
  expect(waiting.length).toBeGreaterThan(0);
  const before = world.starts().length;
  world.send({ is: 'start-asked', ids: waiting });
  expect(world.starts().length).toBe(before + waiting.length);
});
