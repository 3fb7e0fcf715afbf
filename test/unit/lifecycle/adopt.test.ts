/** A fleet resumed after an earlier supervisor has died or handed over. */
import { describe, expect, it } from 'vitest';
import { anew, resume, unseenEnd, unsureOf, withFoundRun } from '../../../src/supervisor/lifecycle/adopt.ts';
import type { Word } from '../../../src/supervisor/lifecycle/boundary.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import { newFleet, newSlot } from '../../../src/supervisor/lifecycle/roster.ts';
import type { Slot } from '../../../src/supervisor/lifecycle/state.ts';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';

const HOUR = 3_600_000;
const stop = { is: 'stop-asked', ids: ['d'] } as const;
const stubborn: Partial<Behaviour> = { onStop: 'ignores it' };
const found = { number: 1, startedAt: 0, process: { pid: 7, startTime: 1 } };

function up(behaviour: Partial<Behaviour>, one: Policy = policy('d'), ms = 20_000): FleetWorld {
  return new FleetWorld([one], { behave: () => behaviour }).boot().pass(ms);
}
function says(world: FleetWorld, word: Word, sinceSignal = false): FleetWorld {
  return world.send({ is: 'said', id: 'd', run: world.slot('d').starts, word, sinceSignal });
}
/** The supervisor dies, and another one takes over this much later. */
function dies(world: FleetWorld, afterMs = 0, hasDied = true, asSaved = (slot: Slot) => slot): FleetWorld {
  world.now += afterMs;
  const policies = [...world.fleet.policies.values()];
  const saved = JSON.parse(JSON.stringify(world.fleet.slots.map(asSaved))) as typeof world.fleet.slots;
  world.fleet = resume(newFleet(policies, 20, world.now), saved, hasDied, world.now);
  return world.send({ is: 'tick' });
}
const killsOf = (world: FleetWorld) => world.sent('d').flatMap(([what, at]) => (what === 'SIGKILL' ? [at] : []));

describe('one that ran', () => {
  it('runs on: nothing is started and nobody is signalled', () => {
    const world = dies(up({}), HOUR).pass(HOUR);
    expect(world.slot('d')).toMatchObject({ state: { is: 'running', run: { adopted: true } }, starts: 1 });
    expect([world.starts('d').length, world.sent('d').length]).toEqual([1, 0]);
  });
  it('that says nothing is asked to stop as ever, with its grace', () => {
    const world = dies(up(stubborn)).send(stop).pass(HOUR);
    expect(world.sent('d').slice(0, 2)).toEqual([
      ['SIGTERM main', 20_000],
      ['SIGKILL', 80_000],
    ]);
  });
  it('that speaks counts as inside its iteration until its next word: it is not cut for the death of its supervisor', () => {
    const world = says(up(stubborn), { key: 'IDLE' });
    dies(world).send(stop).pass(HOUR);
    expect(killsOf(world)).toEqual([]);
    says(world, { key: 'IDLE' }, true).pass(HOUR);
    expect(killsOf(world)[0]).toBe(world.now - HOUR + 60_000);
  });
  it('whose speaker had gone in its iteration has its grace: no word will come', () => {
    const world = says(says(up(stubborn), { key: 'SPEAKER', pid: 7, beside: null }), { key: 'BUSY' });
    world.send({ is: 'speaker-gone', id: 'd', run: 1, pid: 7 }).send(stop).pass(1_000);
    dies(world).pass(61_000);
    expect(killsOf(world)[0]).toBe(81_000);
  });
  it('that speaks and ends without another word: whether it was cut is unknown', () => {
    const world = dies(says(up({ endsAfterMs: 30_000 }), { key: 'BUSY' })).pass(15_000);
    expect(world.slot('d').exits[0]).toMatchObject({ cut: 'unknown', words: expect.stringMatching(/lost/) as string });
  });
  it.each([[{ key: 'STATUS', text: 'at work' }], [{ key: 'BUSY' }]] as const)(
    'that waits for a resource is believed, whether it speaks besides or not: %o',
    (word) => {
      const world = says(says(up({ endsAfterMs: 30_000 }), word), { key: 'WAITING', resource: 'db' });
      expect(dies(world).pass(15_000).slot('d').exits[0]).toMatchObject({ kind: 'resource', resource: 'db' });
    },
  );
  it('of which several speak is not believed after the death either', () => {
    const several: Word = { key: 'SPEAKER', pid: 8, beside: 7 };
    const world = dies(says(says(up(stubborn), { key: 'BUSY' }), several));
    says(world, { key: 'IDLE' }).send(stop).pass(HOUR);
    expect(world.slot('d').exits[0]).toMatchObject({ cut: 'yes' });
  });
  it('that speaks again is believed again', () => {
    const world = dies(says(up({ endsAfterMs: 30_000 }), { key: 'BUSY' }));
    says(world, { key: 'IDLE' }).pass(15_000);
    expect(world.slot('d').exits[0]).toMatchObject({ cut: 'no' });
  });
});

describe('one that started', () => {
  it('is given its time anew, and is not ended for a READY that nobody has heard', () => {
    const one = policy('d', { ready: { by: 'notify', timeoutMs: 5_000 } });
    const world = dies(up({}, one, 1_000), HOUR);
    expect(world.state('d')).toBe('starting');
    world.pass(5_000);
    expect([world.state('d'), world.sent('d')]).toEqual(['running', []]);
  });
});

describe('one that drained', () => {
  it('is not signalled again, and has its whole grace from now on', () => {
    const world = dies(up(stubborn).send(stop).pass(50_000), HOUR).pass(59_999);
    expect(world.sent('d')).toEqual([['SIGTERM main', 20_000]]);
    world.pass(1);
    expect(killsOf(world)).toEqual([70_000 + HOUR + 60_000]);
  });
  it('of which nobody knows whether it was signalled: it is again before a SIGKILL, and then has its grace', () => {
    const world = dies(up(stubborn).send(stop).pass(1_000), 0, true, unsureOf).pass(HOUR);
    expect(world.sent('d').slice(0, 3)).toEqual([
      ['SIGTERM main', 20_000],
      ['SIGTERM main', 81_000],
      ['SIGKILL', 141_000],
    ]);
  });
  it('of which nobody knows whether it was signalled, and that ends: it is signalled no more', () => {
    const world = dies(up({ closingMs: 30_000 }).send(stop).pass(1_000), 0, true, unsureOf).pass(HOUR);
    expect([world.sent('d').length, world.slot('d')]).toMatchObject([1, { state: { is: 'stopped' }, cuts: 0 }]);
  });
  it('of which nobody knows whether it was signalled, and that speaks: its iteration is waited for anew', () => {
    const world = dies(says(up(stubborn), { key: 'BUSY' }).send(stop), 0, true, unsureOf).pass(HOUR);
    says(says(world, { key: 'ITERATION', done: 1 }, true), { key: 'BUSY' }, true).pass(HOUR);
    expect(world.sent('d').map(([what]) => what)).toEqual(['SIGTERM main', 'SIGTERM main']);
    says(world, { key: 'IDLE' }, true).pass(HOUR);
    expect(killsOf(world)[0]).toBe(world.now - HOUR + 60_000);
  });
  it('of which nobody knows whether it was signalled, without a limit: it is not signalled again', () => {
    const world = dies(up(stubborn, policy('d', { stop: { graceMs: null } })).send(stop), 0, true, unsureOf);
    expect(world.pass(24 * HOUR).sent('d')).toEqual([['SIGTERM main', 20_000]]);
  });
  it('without a limit has none now', () => {
    const world = dies(up(stubborn, policy('d', { stop: { graceMs: null } })).send(stop)).pass(24 * HOUR);
    expect(world.state('d')).toBe('draining');
  });
  it('by ourselves goes on so, and is started again', () => {
    const world = up({ iterationMs: 25_000 }).send({ is: 'changed', ids: ['d'], path: 'a', more: 0 });
    dies(world, 0).pass(HOUR);
    expect(world.slot('d')).toMatchObject({ starts: 2, cuts: 0, wanted: { up: true } });
  });
});

it('one that was killed is sent SIGKILL again', () => {
  const world = up({ ...stubborn, outlivesKillMs: 20_000 }, policy('d', { stop: { graceMs: 1_000 } }));
  dies(world.send(stop).pass(1_500), HOUR).pass(0);
  expect(killsOf(world)).toEqual([21_000, 21_500 + HOUR]);
});

it('a gap goes on where it was: it is between two starts', () => {
  const crash = { endsAfterMs: 100, endsWith: { code: 1, signal: null } };
  const world = new FleetWorld([policy('d', { restart: { delayMs: 60_000 } })], {
    behave: (_, run) => (run === 1 ? crash : {}),
  });
  dies(world.boot().pass(10_000), 10_000).pass(HOUR);
  expect(world.starts('d')).toEqual([0, 60_000]);
});

it('what was handed on loses nothing: its last word is still believed', () => {
  const world = dies(says(up(stubborn), { key: 'IDLE' }), 0, false)
    .send(stop)
    .pass(HOUR);
  expect(killsOf(world)[0]).toBe(80_000);
  expect(world.slot('d').exits[0]).toMatchObject({ cut: 'no' });
});

describe('a run that was not written down', () => {
  it('is starting, and wanted', () => {
    const slot = withFoundRun(newSlot(policy('d'), 1, 0), found, policy('d'), 500);
    expect(slot).toMatchObject({
      ...{ wanted: { up: true }, starts: 1, lastStartAt: 0 },
      state: { is: 'starting', run: { number: 1, process: { pid: 7 } }, readyAt: 1_500 },
    });
  });
  it('is wanted where a person had stopped the run before it', () => {
    const stopped = up({}).send(stop).pass(HOUR).slot('d');
    expect(withFoundRun(stopped, { ...found, number: 2 }, policy('d'), 0)).toMatchObject({ wanted: { up: true } });
  });
  it('is not wanted where somebody asked for its end before its spawn was reported', () => {
    const world = new FleetWorld([policy('d')], { behave: () => ({ reportedAfterMs: 100 }) }).boot().send(stop);
    expect(world.slot('d')).toMatchObject({ state: { is: 'draining', run: { process: null } } });
    const slot = withFoundRun(world.slot('d'), found, policy('d'), 0);
    expect(slot.wanted).toMatchObject({ up: false, by: 'hand' });
    world.fleet = resume(world.fleet, [slot], true, 0);
    expect(world.send({ is: 'tick' }).sent('d')).toEqual([['SIGTERM main', 0]]);
  });
});

describe('where nobody lives any more', () => {
  it('what was stopped by hand stays so, and the rest is as if never started, with its counts', () => {
    const byHand = up({}).send(stop).pass(HOUR).slot('d');
    expect(anew(byHand, 5 * HOUR)).toEqual(byHand);
    expect(anew(up({}).slot('d'), 5 * HOUR)).toMatchObject({
      ...{ wanted: { up: false, by: 'list' }, starts: 1 },
      state: { is: 'stopped', since: 5 * HOUR },
    });
  });
  it.each<[string, FleetWorld, object]>([
    ['silent', up({}), { kind: 'unknown', cut: 'unknown' }],
    ['inside its iteration', says(up({}), { key: 'BUSY' }), { kind: 'unknown', cut: 'unknown' }],
    ['asked to stop', up(stubborn).send(stop), { kind: 'asked', cut: 'unknown' }],
    ['being killed', up({ outlivesKillMs: HOUR }).send({ is: 'cut-asked', ids: ['d'] }), { kind: 'asked', cut: 'yes' }],
  ])('a run that was %s is among the ends', (_, world, expected) => {
    const before = world.slot('d');
    const after = anew(before, HOUR);
    expect(after.exits).toMatchObject([{ run: 1, code: null, signal: null, ...expected }]);
    expect(after.exits[0]?.words).toContain('no supervisor lived to see it');
    expect(after.cuts - before.cuts).toBe('cut' in expected && expected.cut === 'yes' ? 1 : 0);
  });
  it('who had ended before is not among them a second time', () => {
    const crash = { endsAfterMs: 100, endsWith: { code: 1, signal: null } };
    const ended = up(crash, policy('d', { restart: { delayMs: HOUR, maxDelayMs: HOUR } })).slot('d');
    expect(unseenEnd(ended, HOUR)).toBeNull();
    expect(anew(ended, HOUR).exits).toEqual(ended.exits);
  });
});
