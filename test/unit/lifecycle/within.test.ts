/** A stop with a time limit: we do the cutting ourselves, in order, before something else kills us all. */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import { policy } from './policies.ts';

const stubborn: Partial<Behaviour> = { onStop: 'ignores it' };
const calm: Partial<Behaviour> = { iterationMs: 1_000 };
const patient = { stop: { graceMs: null } };

/** Running since 5 s. */
function up(behave: (id: string) => Partial<Behaviour>, ...policies: readonly Policy[]): FleetWorld {
  return new FleetWorld(policies, { behave }).boot().pass(5_000);
}
function shutDown(world: FleetWorld, withinMs: number | null): FleetWorld {
  const ids = world.fleet.slots.map(({ id }) => id);
  world.send({ is: 'shutdown-asked', signal: 'SIGTERM' });
  return withinMs === null ? world : world.send({ is: 'hurried', ids, withinMs });
}
const kills = (world: FleetWorld, id: string): readonly number[] =>
  world.sent(id).flatMap(([what, at]) => (what === 'SIGKILL' ? [at - 5_000] : []));

describe('a stop that may take 25 s', () => {
  it('cuts who still drains 3 s before that, however patient the list is, and says why', () => {
    const world = shutDown(
      up(() => stubborn, policy('a', patient)),
      25_000,
    ).pass(60_000);
    expect(kills(world, 'a')).toEqual([22_000]);
    expect(world.factsOf('killing')).toMatchObject([{ id: 'a', because: 'within' }]);
    expect(world.finished).toBe(1);
  });
  it('leaves everybody the whole of their grace who is done before', () => {
    const world = shutDown(
      up((id) => (id === 'a' ? stubborn : calm), policy('a', { stop: { graceMs: 4_000 } }), policy('b')),
      25_000,
    );
    expect(kills(world.pass(60_000), 'a')).toEqual([4_000]);
    expect(kills(world, 'b')).toEqual([]);
  });
  it('asks those that were needed until then after that, and cuts them 1 s before the end', () => {
    const world = shutDown(
      up(() => stubborn, policy('db', patient), policy('web', { ...patient, needs: { db: 'ready' } })),
      25_000,
    ).pass(60_000);
    expect(world.sent('web').map(([what, at]) => [what, at - 5_000])).toEqual([
      ['SIGTERM main', 0],
      ['SIGKILL', 22_000],
    ]);
    expect(world.sent('db').map(([what, at]) => [what, at - 5_000])).toEqual([
      ['SIGTERM main', 22_000],
      ['SIGKILL', 24_000],
    ]);
  });
  it('cuts at the latest 1 s before the end also whom nobody could ask', () => {
    const world = shutDown(
      up(
        (id) => ({ ...stubborn, ...(id === 'web' ? { outlivesKillMs: 60_000 } : {}) }),
        policy('db', patient),
        policy('web', { ...patient, needs: { db: 'ready' } }),
      ),
      25_000,
    ).pass(24_500);
    expect(kills(world, 'db')).toEqual([24_000]);
  });
  it('of two times the one that is over first holds', () => {
    const world = shutDown(
      up(() => stubborn, policy('a', patient)),
      25_000,
    );
    world.pass(1_000).send({ is: 'hurried', ids: ['a'], withinMs: 60_000 });
    world.send({ is: 'hurried', ids: ['a'], withinMs: 10_000 }).pass(60_000);
    expect(kills(world, 'a')).toEqual([8_000]);
  });
});

describe('a stop of one', () => {
  it('that is started again is not cut for it', () => {
    const world = up(() => stubborn, policy('a', patient));
    world.send({ is: 'stop-asked', ids: ['a'] }).send({ is: 'hurried', ids: ['a'], withinMs: 10_000 });
    world
      .pass(1_000)
      .send({ is: 'start-asked', ids: ['a'] })
      .pass(60_000);
    expect(kills(world, 'a')).toEqual([]);
  });
  it('hurries nobody who is wanted', () => {
    const world = up(() => calm, policy('a'))
      .send({ is: 'hurried', ids: ['a'], withinMs: 5_000 })
      .pass(60_000);
    expect([world.state('a'), world.starts('a').length]).toEqual(['running', 1]);
  });
});
