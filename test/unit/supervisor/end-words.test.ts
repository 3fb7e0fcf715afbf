/** Why something is not up, if its exit code does not say. */
import { describe, expect, it } from 'vitest';
import { describeState } from '../../../src/control/describe-state.ts';
import type { FaultName } from '../../../src/control/view.ts';
import { explain } from '../../../src/supervisor/explain.ts';
import type { Word } from '../../../src/supervisor/lifecycle/boundary.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import { instanceView, resourceViews } from '../../../src/supervisor/status.ts';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { NO_LIMITS, policy } from '../lifecycle/policies.ts';

/** How it is described after its first end: in `status`, in `why`, and as the evidence of its last run. */
function afterEnd(one: Policy, behave: Partial<Behaviour>, word?: Word): readonly string[] {
  const world = new FleetWorld([one], { behave: () => behave }).boot();
  if (word !== undefined) world.pass(10).send({ is: 'said', id: 'p', run: 1, word, sinceSignal: false });
  world.pass(60_000, () => world.state('p') === 'backoff' || world.state('p') === 'failed');
  const context = { now: world.now, wall: world.now, tagsOf: () => [], usageOf: () => null };
  const view = instanceView(world.fleet, world.slot('p'), context);
  return [
    describeState(view, world.now),
    explain(world.fleet, world.slot('p'), context).words.join(' '),
    view.last_exit?.words ?? '',
  ];
}
const ends = (code: number): Partial<Behaviour> => ({
  onStop: 'exits at once',
  iterationMs: 3_600_000,
  endsAfterMs: 100,
  endsWith: { code, signal: null },
});

describe('the reason is named, not the code of an exit that we asked for', () => {
  it('of one that was not ready in time', () => {
    const one = policy('p', { ready: { by: 'notify', timeoutMs: 5_000 } });
    const [state, why] = afterEnd(one, { onStop: 'exits at once' });
    expect(state).toMatch(/^crash 1: not ready in time, again in/);
    expect(why).toContain('not ready in time');
    expect(`${state} ${why}`).not.toContain('exit 0');
  });
  it('of one that was stuck', () => {
    const limits = { ...NO_LIMITS, iterationMs: 2_000 };
    const stuck = { speech: 'busy-idle', iterationMs: 3_600_000, onStop: 'exits at once' } as const;
    const [state, why] = afterEnd(policy('p', { limits }), stuck);
    expect(state).toMatch(/^crash 1: stuck in an iteration, again in/);
    expect(why).toContain('stuck in an iteration');
  });
  it('of one that gave up for that', () => {
    const one = policy('p', { ready: { by: 'notify', timeoutMs: 5_000 }, restart: { attempts: 1 } });
    const [state] = afterEnd(one, { onStop: 'exits at once' });
    expect(state).toBe('gave up after 1 crash: not ready in time, 0s ago');
  });
});

it.each<[fault: FaultName | null, one: Partial<Policy>, behave: Partial<Behaviour>]>([
  ['not-ready', { ready: { by: 'notify', timeoutMs: 5_000 } }, { onStop: 'exits at once' }],
  ['stuck', { limits: { ...NO_LIMITS, iterationMs: 2_000 } }, { speech: 'busy-idle', iterationMs: 3_600_000 }],
  ['not-started', {}, { spawn: 'fails' }],
  [null, {}, ends(126)],
])('the fault of an end is told: %s', (fault, one, behave) => {
  const world = new FleetWorld([{ ...policy('p'), ...one }], { behave: () => behave }).boot();
  world.pass(600_000, () => world.slot('p').exits.length > 0);
  const context = { now: world.now, wall: world.now, tagsOf: () => [], usageOf: () => null };
  expect(instanceView(world.fleet, world.slot('p'), context).last_exit?.fault).toBe(fault);
});

describe('what is away is named', () => {
  it('as it has said it itself', () => {
    const [state, why, words] = afterEnd(policy('p'), ends(1), { key: 'WAITING', resource: 'queue' });
    expect(state).toMatch(/^queue is away \(exit 1\), again in/);
    expect(why).toContain('It said WAITING=queue, and the list has no resource of that name');
    expect(words).toBe('ended by itself, exit 1; it said that queue is away (WAITING)');
  });
  it('and code 75 is explained', () => {
    const [state, why, words] = afterEnd(policy('p'), ends(75));
    expect(state).toMatch(/^a resource is away \(exit 75\), again in/);
    expect(why).toContain('EX_TEMPFAIL');
    expect(words).toContain('EX_TEMPFAIL');
  });
  it('and is not said to be down where nobody waits for it any more, and so nobody asks', () => {
    const resources = [{ name: 'db', intervalMs: 500 }];
    const world = new FleetWorld([policy('p')], { resources, probed: () => 'refused', behave: () => ends(1) }).boot();
    world.pass(10).send({
      ...{ is: 'said', id: 'p', run: 1, sinceSignal: false },
      word: { key: 'WAITING', resource: 'db' },
    });
    const stateOfDb = (): unknown =>
      resourceViews(world.fleet, { now: world.now, wall: world.now, tagsOf: () => [], usageOf: () => null })[0]?.state;
    world.pass(10_000);
    expect(stateOfDb()).toBe('down');
    world.send({ is: 'stop-asked', ids: ['p'] }).pass(10_000);
    expect(stateOfDb()).toBe('unknown');
  });
});

it('nobody is told to start what is stopped with the list', () => {
  const world = new FleetWorld([policy('p')], {}).boot().pass(5_000);
  world.send({ is: 'shutdown-asked', signal: 'SIGTERM' }).pass(5_000);
  const context = { now: world.now, wall: world.now, tagsOf: () => [], usageOf: () => null };
  expect(explain(world.fleet, world.slot('p'), context).words.join(' ')).not.toContain('supervise start');
});

it('who was stopped by hand before the list was is stopped by hand, and nobody is told to start it meanwhile', () => {
  const long = { iterationMs: 3_600_000, onStop: 'ignores it' } as const;
  const world = new FleetWorld([policy('p'), policy('q')], { behave: (id) => (id === 'q' ? long : {}) }).boot();
  world
    .pass(5_000)
    .send({ is: 'stop-asked', ids: ['p'] })
    .pass(5_000);
  const context = () => ({ now: world.now, wall: world.now, tagsOf: () => [], usageOf: () => null });
  const why = (): string => explain(world.fleet, world.slot('p'), context()).words.join(' ');
  expect(why()).toContain('supervise start p');
  world.send({ is: 'shutdown-asked', signal: 'SIGTERM' }).pass(1_000);
  expect(world.state('q')).toBe('draining');
  expect(instanceView(world.fleet, world.slot('p'), context()).words).toBe('stopped by hand');
  expect(why()).toMatch(/^p was stopped by hand/);
  expect(why()).not.toContain('supervise start');
});

it('who waits for those that go first with a restart names them', () => {
  const behave = (id: string): Partial<Behaviour> => (id === 'p:1' ? { iterationMs: 3_600_000 } : ends(1));
  const one = policy('p', { instances: 3, restart: { delayMs: 3_600_000, maxDelayMs: 3_600_000 } });
  const world = new FleetWorld([one], { behave }).boot().pass(60_000);
  world.send({ is: 'restart-asked', ids: ['p:1', 'p:2', 'p:3'], how: 'scout' });
  const context = { now: world.now, wall: world.now, tagsOf: () => [], usageOf: () => null };
  expect(explain(world.fleet, world.slot('p:1'), context).words[1]).toMatch(
    /^It is to be replaced when one of p:2, p:3, which go first, has come up/,
  );
});
