import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import { seeded } from '../../support/random.ts';
import { policy } from './policies.ts';

/** Resources that are all up, with probes this slow. */
function shared(tookMs: Readonly<Record<string, number>>, intervalMs: number) {
  return {
    resources: Object.keys(tookMs).map((name) => ({ name, intervalMs })),
    probeMs: (name: string): number => tookMs[name] ?? 0,
  };
}

describe('what was up, while another one that is needed is down', () => {
  const resources = [
    { name: 'quick', intervalMs: 300 },
    { name: 'away', intervalMs: 5_000 },
  ];
  const probes = (world: FleetWorld, name: string): readonly number[] =>
    world.effects.filter((effect) => effect.do === 'probe' && effect.name === name).map(({ at }) => at);

  it('is asked again with that, whatever else happens to its daemon', () => {
    const world = new FleetWorld([policy('a', { instances: 3, resources: ['quick', 'away'] })], {
      resources,
      probed: (name, now) => (name === 'away' && now > 2_000 && now < 20_000 ? 'refused' : null),
    }).boot();
    world.pass(3_000);
    world.process('a:1')?.kill();
    world.pass(1_000);
    world.send({ is: 'stop-asked', ids: ['a:3'] }).pass(500);
    world.send({ is: 'start-asked', ids: ['a:3'] }).pass(60_000);
    expect(probes(world, 'quick')).toEqual(probes(world, 'away'));
    expect(['a:1', 'a:2', 'a:3'].map((id) => world.state(id))).toEqual(['running', 'running', 'running']);
  });
});

describe('probes that take longer than an answer holds', () => {
  it('do not keep back who needs two of them', () => {
    const world = new FleetWorld(
      [policy('a', { resources: ['quick', 'slow'] })],
      shared({ quick: 1_000, slow: 2_000 }, 500),
    ).boot();
    world.pass(60_000);
    expect(world.starts('a')).toEqual([2_000]);
  });

  it('judge a crash', () => {
    const world = new FleetWorld([policy('a', { resources: ['quick', 'slow'], restart: { attempts: 1 } })], {
      ...shared({ quick: 1_000, slow: 2_000 }, 500),
    }).boot();
    world.pass(5_000);
    world.process('a')?.kill();
    world.pass(60_000);
    expect(world.state('a')).toBe('failed');
  });

  it('are asked once each for one start', () => {
    const world = new FleetWorld(
      [policy('a', { resources: ['quick', 'middle', 'slow'] })],
      shared({ quick: 10, middle: 3_000, slow: 20_000 }, 500),
    ).boot();
    world.pass(60_000);
    expect(world.starts('a')).toEqual([20_000]);
    expect(world.effects.filter((effect) => effect.do === 'probe')).toHaveLength(3);
  });

  it('of a resource that goes down meanwhile keep back who needs it', () => {
    const world = new FleetWorld([policy('a', { resources: ['quick', 'slow'] })], {
      ...shared({ quick: 1_000, slow: 2_000 }, 500),
      probed: (name, now) => (name === 'slow' && now < 10_000 ? 'refused' : null),
    }).boot();
    world.pass(60_000);
    const [at = 0] = world.starts('a');
    expect(at).toBeGreaterThan(10_000);
    expect(at).toBeLessThan(15_000);
  });

  it('do not make an old answer new: what was up before the wish is asked again', () => {
    let isAway = false;
    const world = new FleetWorld(
      [
        policy('a', { resources: ['quick'] }),
        policy('b', { autostart: false, resources: ['slow'] }),
        policy('c', { autostart: false, resources: ['quick', 'slow'] }),
      ],
      {
        ...shared({ quick: 100, slow: 2_000 }, 500),
        probed: (name) => (isAway && name === 'quick' ? 'refused' : null),
      },
    ).boot();
    world.pass(5_000);
    isAway = true;
    world.send({ is: 'start-asked', ids: ['b'] }).pass(100);
    world.send({ is: 'start-asked', ids: ['c'] }).pass(20_000);
    expect(world.starts('b')).toEqual([7_000]);
    expect(world.starts('c')).toEqual([]);
  });

  it('keep nobody back, whoever asks them, and when', () => {
    for (let number = 1; number <= 200; number += 1) {
      const random = seeded(number);
      const names = ['r1', 'r2', 'r3', 'r4'].slice(0, random.int(1, 4));
      const tookMs = Object.fromEntries(names.map((name) => [name, random.int(1, 5_000)]));
      const daemons = ['a', 'b', 'c'].map((name) =>
        policy(name, { autostart: false, resources: names.filter(() => random.hit(0.7)), instances: random.int(1, 3) }),
      );
      const world = new FleetWorld(daemons, shared(tookMs, random.int(100, 3_000)));
      const ids = world.fleet.slots.map(({ id }) => id);
      for (const id of ids) world.send({ is: 'start-asked', ids: [id] }).pass(random.int(0, 4_000));
      // What is not under way is asked at once, or when the next answer comes; a second later each is ready.
      world.pass(11_000);
      expect(
        ids.map((id) => world.state(id)),
        `life ${number}`,
      ).toEqual(ids.map(() => 'running'));
      for (const id of ids) world.process(id)?.kill();
      world.pass(60_000);
      expect(
        ids.map((id) => world.state(id)),
        `life ${number} after its crashes`,
      ).toEqual(ids.map(() => 'running'));
    }
  });
});

describe('an answer that holds for less than the time between two starts', () => {
  const busy = (name: string) =>
    policy(name, { ready: { by: 'time', afterMs: 50 }, restart: { delayMs: 100, factor: 1, resetAfterMs: 0 } });
  const world = (startsPerSecond: number, daemons: readonly string[], tookMs: number): FleetWorld =>
    new FleetWorld([policy('a', { resources: ['db'] }), ...daemons.map(busy)], {
      ...shared({ db: tookMs }, 300),
      startsPerSecond,
      behave: (id) => (id === 'a' ? {} : { endsAfterMs: 200, endsWith: { code: 0, signal: null } }),
    }).boot();

  it.each([0, 20, 5_000])('keeps nobody back for ever whose turn others take meanwhile (probe of %i ms)', (tookMs) => {
    expect(world(1, ['b', 'c', 'd'], tookMs).pass(60_000).starts('a')).toHaveLength(1);
  });

  it('is asked for once where the next turn comes soon', () => {
    const { effects } = world(1, ['b'], 20).pass(60_000);
    expect(effects.filter((effect) => effect.do === 'probe').length).toBeLessThanOrEqual(2);
  });

  it('holds no longer where a list has more starts a second', () => {
    const { effects } = new FleetWorld(
      [busy('b')].map((one) => ({ ...one, resources: ['db'] })),
      {
        ...shared({ db: 1 }, 300),
        behave: () => ({ endsAfterMs: 400, endsWith: { code: 0, signal: null } }),
      },
    )
      .boot()
      .pass(10_000);
    const asked = effects.filter((effect) => effect.do === 'probe').length;
    expect(asked).toBe(effects.filter((effect) => effect.do === 'spawn').length);
  });
});
