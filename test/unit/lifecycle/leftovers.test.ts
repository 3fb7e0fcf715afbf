/** Processes of a run that outlive its main process: the slot does not start again beside them. */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour, LeftBehaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';
import { resume, unseenEnd } from '../../../src/supervisor/lifecycle/adopt.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import type { Slot } from '../../../src/supervisor/lifecycle/state.ts';

const heeds: LeftBehaviour = { onStop: 'ends', endsAfterMs: null, outlivesKillMs: 0 };
const ignores: LeftBehaviour = { onStop: 'ignores it', endsAfterMs: null, outlivesKillMs: 0 };
const hard: LeftBehaviour = { onStop: 'ignores it', endsAfterMs: null, outlivesKillMs: 30_000 };
const brief: LeftBehaviour = { onStop: 'ignores it', endsAfterMs: 2_000, outlivesKillMs: 0 };

const settled = { delayMs: 100, jitter: 0 };
const withLeftovers = (leftovers: Policy['leftovers'], stop: Partial<Policy['stop']> = {}): Policy =>
  policy('d', { leftovers, stop, restart: settled });

/** The first process crashes at 3 s and leaves these. */
function crashed(one: Policy, left: LeftBehaviour, more: Partial<Behaviour> = {}): FleetWorld {
  const behave = (_: string, n: number): Partial<Behaviour> =>
    n === 1 ? { leaves: [left], endsAfterMs: 3_000, ...more } : {};
  return new FleetWorld([one], { behave }).boot().pass(3_000);
}

describe('end', () => {
  it('sends the stop signal, and starts again as soon as they are gone', () => {
    const world = crashed(withLeftovers('end'), heeds);
    expect(world.state('d')).toBe('draining');
    world.pass(200);
    expect(world.sent('d')).toEqual([['SIGTERM left', 3_000]]);
    expect(world.starts('d')).toEqual([0, 3_100]);
  });
  it('kills after 5 s, each second again, and starts nothing beside them', () => {
    const world = crashed(withLeftovers('end'), hard).pass(34_900);
    expect(world.sent('d')[1]).toEqual(['SIGKILL', 8_000]);
    expect(world.starts('d')).toEqual([0]);
    expect(world.state('d')).toBe('killing');
    world.pass(300);
    expect(world.starts('d')).toHaveLength(2);
    // It may have been the worker: nobody knows, and it did not say that it was idle.
    expect(world.slot('d')).toMatchObject({ cuts: 1, exits: [{ cut: 'yes', kind: 'crash', at: 3_000 }] });
  });
  it('after a stop that was asked for they have the rest of its grace', () => {
    const one = withLeftovers('end', { graceMs: 20_000 });
    const world = new FleetWorld([one], { behave: () => ({ leaves: [ignores], iterationMs: 6_000 }) })
      .boot()
      .pass(1_000);
    world.send({ is: 'stop-asked', ids: ['d'] }).pass(60_000);
    expect(world.sent('d')).toEqual([
      ['SIGTERM main', 1_000],
      ['SIGTERM left', 6_000],
      ['SIGKILL', 21_000],
    ]);
    expect(world.slot('d')).toMatchObject({ state: { is: 'stopped' }, exits: [{ kind: 'asked', code: 0 }] });
  });
  it.each(['asked', 'not ready'])('are not told again where the signal went to the whole group (%s)', (why) => {
    const one = policy('d', { stop: { to: 'group' }, ready: { by: 'notify', timeoutMs: 1_000 }, restart: settled });
    const world = new FleetWorld([one], { behave: () => ({ leaves: [ignores], iterationMs: 500 }) }).boot();
    if (why === 'asked') world.pass(100).send({ is: 'stop-asked', ids: ['d'] });
    world.pass(5_000);
    expect(world.sent('d')).toEqual([['SIGTERM group', why === 'asked' ? 100 : 1_000]]);
  });
});

describe('wait', () => {
  it('waits without a signal', () => {
    const world = crashed(withLeftovers('wait'), brief).pass(1_900);
    expect(world.state('d')).toBe('draining');
    world.pass(300);
    expect(world.sent('d')).toEqual([]);
    expect(world.starts('d')).toHaveLength(2);
  });
  it('until the grace is over, then kills', () => {
    const world = crashed(withLeftovers('wait', { graceMs: 10_000 }), ignores).pass(11_000);
    expect(world.sent('d')).toEqual([['SIGKILL', 13_000]]);
    expect(world.starts('d')).toHaveLength(2);
  });
});

it('ignore: named once, left, and started beside', () => {
  const world = crashed(withLeftovers('ignore'), ignores).pass(5_000);
  expect(world.sent('d')).toEqual([]);
  expect(world.starts('d')).toEqual([0, 3_000]);
  expect(world.factsOf('leftovers')).toMatchObject([{ policy: 'ignore', left: [{ command: 'convert' }] }]);
});

describe('what works behind a wrapper', () => {
  /** Asked to stop at 1 s: the wrapper dies at once, and its worker is in an iteration of 3 s or waits between two. */
  const stopped = (graceMs: number, leftovers: Policy['leftovers'], behaviour: Partial<Behaviour>): FleetWorld =>
    new FleetWorld([withLeftovers(leftovers, { graceMs })], {
      behave: () => ({ wraps: true, iterationMs: 3_000, ...behaviour }),
    })
      .boot()
      .pass(1_000)
      .send({ is: 'stop-asked', ids: ['d'] })
      .pass(10_000);
  const lastEnd = (world: FleetWorld) => world.slot('d').exits[0];

  it('says nothing and gets our SIGKILL: cut, and named', () => {
    const world = stopped(1_000, 'wait', {});
    expect(lastEnd(world)).toMatchObject({ cut: 'yes', kind: 'asked', signal: 'SIGTERM' });
    expect(lastEnd(world)?.words).toBe(
      'its main process died of SIGTERM, 0.0 s after it was sent; what lived on behind it (pid 101 (convert)) was sent SIGKILL, in the middle of what nobody knows',
    );
    expect(world.slot('d')).toMatchObject({ cuts: 1, state: { is: 'stopped' } });
  });
  it('says nothing and ends in its grace: nobody knows', () => {
    expect(lastEnd(stopped(5_000, 'end', {}))).toMatchObject({ cut: 'unknown' });
  });
  it('drains as a leftover: what it says decides', () => {
    const world = stopped(5_000, 'end', { speech: 'sdk' });
    expect(lastEnd(world)).toMatchObject({ cut: 'no', iterations: 1 });
    expect(lastEnd(world)?.words).toContain(
      'what worked behind it (pid 101 (convert)) ended 2.0 s later, at a boundary',
    );
    expect(world.slot('d')).toMatchObject({ cuts: 0, noDrain: false, iterations: 1 });
  });
  it('stood between two iterations and begins another: no boundary', () => {
    const busyAgain = { speech: 'busy-idle', iterationMs: 500, idleMs: 1_500 } as const;
    expect(lastEnd(stopped(1_200, 'wait', busyAgain))).toMatchObject({ cut: 'yes' });
  });
  it('has closed fd 3 after IDLE, and gets our SIGKILL: cut, since nobody knows what it did since', () => {
    const idle = { speech: 'busy-idle', iterationMs: 500, idleMs: 60_000, silentAfterMs: 2_000 } as const;
    expect(lastEnd(stopped(1_500, 'wait', idle))).toMatchObject({ cut: 'yes' });
  });
  it('lives on under `ignore`: no boundary', () => {
    const idle = { speech: 'busy-idle', iterationMs: 500, idleMs: 60_000 } as const;
    const exit = lastEnd(stopped(5_000, 'ignore', idle));
    expect(exit).toMatchObject({ cut: 'unknown' });
    expect(exit?.words).toContain('who said so may work on');
  });
  it('of a wrapper that dies of itself: cut, and counted', () => {
    const behave = (_: string, n: number): Partial<Behaviour> =>
      n > 1
        ? {}
        : { wraps: true, onStop: 'ignores it', endsAfterMs: 3_000, endsWith: { code: null, signal: 'SIGKILL' } };
    const world = new FleetWorld([withLeftovers('end')], { behave }).boot().pass(9_000);
    expect(world.slot('d')).toMatchObject({ cuts: 1, exits: [{ cut: 'yes', kind: 'crash' }], starts: 2 });
  });
});

it('a helper that is killed after the main process was at its boundary cuts nothing', () => {
  const behave = (): Partial<Behaviour> => ({ leaves: [ignores], inherits: true, speech: 'sdk', iterationMs: 500 });
  const world = new FleetWorld([withLeftovers('end', { graceMs: 2_000 })], { behave }).boot().pass(1_200);
  world.send({ is: 'stop-asked', ids: ['d'] }).pass(10_000);
  expect(world.sent('d').at(-1)?.[0]).toBe('SIGKILL');
  expect(world.slot('d')).toMatchObject({ cuts: 0, exits: [{ cut: 'no' }] });
});

it('a supervisor that dies while leftovers of a wrapper are killed makes no clean end of it', () => {
  const behave = (): Partial<Behaviour> => ({ wraps: true, outlivesKillMs: 3_000, iterationMs: 60_000 });
  const world = new FleetWorld([withLeftovers('wait', { graceMs: 1_000 })], { behave }).boot().pass(1_000);
  world.send({ is: 'stop-asked', ids: ['d'] }).pass(1_500);
  expect(world.state('d')).toBe('killing');
  const saved = JSON.parse(JSON.stringify(world.slot('d'))) as Slot;
  expect(unseenEnd(saved, world.now)).toMatchObject({ cut: 'yes', signal: 'SIGTERM', kind: 'asked' });
  world.succeed(resume(world.fleet, [saved], true, world.now));
  world.send({ is: 'tick' }).pass(10_000);
  expect(world.slot('d')).toMatchObject({ cuts: 1, exits: [{ cut: 'yes' }], state: { is: 'stopped' } });
});

it('pipes that nobody holds any more are a reason to look at once', () => {
  const world = crashed(withLeftovers('wait'), { ...brief, endsAfterMs: 10 }).pass(20);
  world.send({ is: 'pipes-closed', id: 'd', run: 1 }).pass(0);
  expect(world.starts('d')).toEqual([0, 3_020]);
});

describe('a person who asks for a start while they are waited for', () => {
  it.each([
    ['fatal', policy('d'), 78],
    ['crash under never', policy('d', { restart: { policy: 'never' } }), 1],
    ['planned under on-failure', policy('d', { restart: { policy: 'on-failure' } }), 0],
    ['crash with a long gap', policy('d', { restart: { delayMs: 3_600_000, maxDelayMs: 3_600_000 } }), 1],
  ])('is heard, whatever the policy says of the end: %s', (_, one, code) => {
    const world = crashed(one, hard, { iterationMs: 1_000, endsWith: { code, signal: null } }).pass(1_000);
    expect(world.state('d')).toBe('draining');
    world.send({ is: 'start-asked', ids: ['d'] }).pass(40_000);
    expect(world.starts('d')).toHaveLength(2);
    expect(world.state('d')).toBe('running');
  });
  it('and who then stops it has the last word', () => {
    const world = crashed(policy('d'), hard)
      .send({ is: 'start-asked', ids: ['d'] })
      .pass(10);
    world.send({ is: 'stop-asked', ids: ['d'] }).pass(60_000);
    expect(world.starts('d')).toHaveLength(1);
    expect(world.state('d')).toBe('stopped');
  });
  it('but a cut of them alone starts nothing that the policy has given up', () => {
    const world = crashed(policy('d'), ignores, { endsWith: { code: 78, signal: null } });
    world.send({ is: 'cut-asked', ids: ['d'] }).pass(200);
    expect(world.state('d')).toBe('failed');
  });
});
