/** One daemon for every way of being stopped: grace, signal, target, the open iteration, EXTEND, SIGKILL. */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import type { Word } from '../../../src/supervisor/lifecycle/boundary.ts';

const stop = { is: 'stop-asked', ids: ['d'] } as const;

/** Has run for 5 s when this returns. */
function up(behaviour: Partial<Behaviour>, one: Policy = policy('d')): FleetWorld {
  return new FleetWorld([one], { behave: () => behaviour }).boot().pass(5_000);
}
function says(world: FleetWorld, word: Word, sinceSignal = true): void {
  world.send({ is: 'said', id: 'd', run: 1, word, sinceSignal });
}
const kills = (world: FleetWorld) => world.sent('d').flatMap(([what, at]) => (what === 'SIGKILL' ? [at] : []));

describe('a daemon that says nothing', () => {
  it('that ends in its grace is stopped as soon as it has ended', () => {
    const world = up({ iterationMs: 7_500 }).send(stop);
    expect(world.state('d')).toBe('draining');
    world.pass(2_499);
    expect(world.state('d')).toBe('draining');
    world.pass(1);
    expect(world.state('d')).toBe('stopped');
    expect(world.sent('d')).toEqual([['SIGTERM main', 5_000]]);
  });
  it('that ignores the stop is killed after its grace, and each second again while it lives', () => {
    const world = up({ onStop: 'ignores it', outlivesKillMs: 2_500 }, policy('d', { stop: { graceMs: 3_000 } }));
    world.send(stop).pass(60_000);
    expect(kills(world)).toEqual([8_000, 9_000, 10_000]);
    expect(world.slot('d')).toMatchObject({
      state: { is: 'stopped' },
      cuts: 1,
      exits: [{ cut: 'yes', kind: 'asked' }],
    });
  });
  it('with unlimited grace is waited for until somebody asks for the cut', () => {
    const world = up({ onStop: 'ignores it' }, policy('d', { stop: { graceMs: null } }))
      .send(stop)
      .pass(86_400_000);
    expect(world.sent('d')).toHaveLength(1);
    world.send({ is: 'cut-asked', ids: ['d'] }).pass(0);
    expect(world.state('d')).toBe('stopped');
  });
  it('is not started beside a process that survives SIGKILL, and this is told', () => {
    const world = up({ onStop: 'ignores it', outlivesKillMs: 600_000 }, policy('d', { stop: { graceMs: 1_000 } }));
    world.send({ is: 'restart-asked', ids: ['d'], how: 'scout' }).pass(299_000);
    expect(world.state('d')).toBe('killing');
    expect(world.starts('d')).toHaveLength(1);
    expect(world.factsOf('still-alive').map(({ kills }) => kills)).toEqual([5, 60, 120, 180, 240]);
    world.pass(310_000);
    expect(world.starts('d')).toHaveLength(2);
  });
});

describe('a daemon that speaks', () => {
  it('is waited for while its iteration is open, and has its grace from the boundary to its end', () => {
    const world = up({ onStop: 'ignores it' }, policy('d', { stop: { graceMs: 2_000 } }));
    says(world, { key: 'BUSY' }, false);
    world.send(stop).pass(3_600_000);
    expect(world.state('d')).toBe('draining');
    says(world, { key: 'IDLE' });
    world.pass(1_999);
    expect(kills(world)).toEqual([]);
    world.pass(1);
    expect(kills(world)).toHaveLength(1);
    expect(world.slot('d').exits[0]).toMatchObject({ cut: 'no' });
  });
  it('has begun an iteration before it could see the signal: waited for', () => {
    const world = up({ onStop: 'ignores it' }, policy('d', { stop: { graceMs: 2_000 } }));
    says(world, { key: 'IDLE' }, false);
    world.send(stop).pass(900);
    says(world, { key: 'BUSY' });
    world.pass(3_600_000);
    expect(kills(world)).toEqual([]);
  });
  it('begins another in spite of the stop: not waited for', () => {
    const world = up({ onStop: 'ignores it' }, policy('d', { stop: { graceMs: 2_000 } }));
    says(world, { key: 'IDLE' }, false);
    world.send(stop).pass(1_500);
    says(world, { key: 'BUSY' });
    world.pass(600);
    expect(kills(world)).toEqual([7_000]);
    expect(world.slot('d').exits[0]).toMatchObject({ cut: 'yes' });
  });
  it('reports iterations only: the first boundary at which it must know of the stop counts', () => {
    const world = up({ onStop: 'ignores it' }, policy('d', { stop: { graceMs: 2_000 } }));
    says(world, { key: 'ITERATION', done: 1 }, false);
    world.send(stop).pass(40);
    says(world, { key: 'ITERATION', done: 2 });
    world.pass(10_000);
    expect(kills(world)).toEqual([]);
    says(world, { key: 'ITERATION', done: 3 });
    world.pass(1_000);
    says(world, { key: 'ITERATION', done: 4 });
    world.pass(1_000);
    expect(kills(world)).toEqual([17_040]);
  });
  it('said a word before the signal that is read only after it: as if it had been read before', () => {
    const world = up({ onStop: 'ignores it' }, policy('d', { stop: { graceMs: 2_000 } })).send(stop);
    says(world, { key: 'BUSY' }, false);
    world.pass(100_000);
    expect(kills(world)).toEqual([]);
  });
  it('and had its grace begun by then, it begins anew at the boundary', () => {
    const world = up({ onStop: 'ignores it' }, policy('d', { stop: { graceMs: 2_000 } }));
    says(world, { key: 'IDLE' }, false);
    world.send(stop);
    says(world, { key: 'BUSY' }, false);
    world.pass(10_000);
    expect(kills(world)).toEqual([]);
    says(world, { key: 'IDLE' });
    world.pass(10_000);
    expect(kills(world)).toEqual([17_000]);
  });
});

describe('EXTEND_TIMEOUT_USEC in a drain', () => {
  const graced = policy('d', { stop: { graceMs: 2_000 } });
  it('moves the kill, up to ten times the grace', () => {
    const world = up({ onStop: 'ignores it' }, graced).send(stop);
    says(world, { key: 'EXTEND', ms: 5_000 });
    world.pass(4_999);
    expect(kills(world)).toEqual([]);
    says(world, { key: 'EXTEND', ms: 1_000_000 });
    world.pass(100_000);
    expect(kills(world)).toEqual([25_000]);
  });
  it('never shortens it', () => {
    const world = up({ onStop: 'ignores it' }, graced).send(stop);
    says(world, { key: 'EXTEND', ms: 1 });
    world.pass(100_000);
    expect(kills(world)).toEqual([7_000]);
  });
  it('counts from the boundary where the iteration was long', () => {
    const world = up({ onStop: 'ignores it' }, graced);
    says(world, { key: 'BUSY' }, false);
    world.send(stop).pass(100_000);
    says(world, { key: 'IDLE' });
    says(world, { key: 'EXTEND', ms: 10_000 });
    world.pass(100_000);
    expect(kills(world)).toEqual([115_000]);
  });
});

describe('the signal', () => {
  it('is SIGTERM where nobody said otherwise, and goes to the main process', () => {
    expect(up({}).send(stop).sent('d')).toEqual([['SIGTERM main', 5_000]]);
  });
  it('is the one of the list, to whom the list says', () => {
    const one = policy('d', { stop: { signal: 'SIGUSR1', to: 'group' } });
    expect(up({}, one).send(stop).sent('d')).toEqual([['SIGUSR1 group', 5_000]]);
    expect(up({}, one).send({ is: 'shutdown-asked', signal: 'SIGINT' }).sent('d')).toEqual([['SIGUSR1 group', 5_000]]);
  });
  it('is the one that we were sent where the list writes none', () => {
    expect(up({}).send({ is: 'shutdown-asked', signal: 'SIGINT' }).sent('d')).toEqual([['SIGINT main', 5_000]]);
  });
  it('is sent once, however often the stop is asked', () => {
    const world = up({ onStop: 'ignores it' });
    for (let i = 0; i < 3; i += 1)
      world
        .send(stop)
        .send({ is: 'restart-asked', ids: ['d'], how: 'scout' })
        .send({ is: 'shutdown-asked', signal: 'SIGINT' })
        .pass(10);
    expect(world.sent('d')).toEqual([['SIGTERM main', 5_000]]);
  });
  it('is sent when the spawn is reported, if the stop came sooner', () => {
    const world = new FleetWorld([policy('d')], { behave: () => ({ reportedAfterMs: 300 }) }).boot().send(stop);
    expect(world.sent('d')).toEqual([]);
    world.pass(1_000);
    expect(world.sent('d')).toEqual([['SIGTERM main', 300]]);
    expect(world.state('d')).toBe('stopped');
  });
  it.each(['fails', 'our-shortage'] as const)('goes to nobody where the spawn %s after the stop', (spawn) => {
    const world = new FleetWorld([policy('d')], { behave: () => ({ spawn, reportedAfterMs: 300 }) }).boot().send(stop);
    world.pass(5_000);
    expect(world.sent('d')).toEqual([]);
    expect(world.slot('d')).toMatchObject({ state: { is: 'stopped' }, starts: 1, rows: { quick: 0 } });
  });
  it('is not sent twice where the spawn is reported twice', () => {
    const world = up({ onStop: 'ignores it' }).send(stop);
    world.send({ is: 'spawned', id: 'd', run: 1, process: { pid: 100, startTime: 0 } });
    expect(world.sent('d')).toHaveLength(1);
  });
});

describe('a cut that a person asks for', () => {
  it('is at once, in the middle of a drain or without one', () => {
    const drained = up({ onStop: 'ignores it' })
      .send(stop)
      .pass(100)
      .send({ is: 'cut-asked', ids: ['d'] })
      .pass(0);
    expect(drained.slot('d')).toMatchObject({ state: { is: 'stopped' }, cuts: 1 });
    expect(drained.slot('d').exits[0]?.words).toBe('killed by supervise (SIGKILL, 0.1 s after SIGTERM)');
    const atOnce = up({})
      .send({ is: 'cut-asked', ids: ['d'] })
      .pass(0);
    expect(atOnce.slot('d').exits[0]?.words).toBe('killed by supervise (SIGKILL)');
    expect(atOnce.starts('d')).toHaveLength(2);
  });
  it('of a process whose spawn is not reported yet waits for the report', () => {
    const world = new FleetWorld([policy('d')], { behave: () => ({ reportedAfterMs: 50 }) }).boot();
    world
      .send(stop)
      .send({ is: 'cut-asked', ids: ['d'] })
      .pass(100);
    expect(kills(world)).toEqual([50]);
    expect(world.state('d')).toBe('stopped');
  });
});
