/** When a process counts as ready, and what happens to one that does not. */
import { expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';
import type { ReadyPolicy } from '../../../src/supervisor/lifecycle/policy.ts';

function start(ready: ReadyPolicy, behaviour: Partial<Behaviour>, graceMs: number | null = 60_000): FleetWorld {
  return new FleetWorld([policy('d', { ready, stop: { graceMs } })], { behave: () => behaviour }).boot();
}

it('by time: alive for so long', () => {
  const world = start({ by: 'time', afterMs: 1_000 }, {}).pass(999);
  expect(world.state('d')).toBe('starting');
  expect(world.pass(1).state('d')).toBe('running');
});
it('by time: or READY=1, whichever is first', () => {
  expect(start({ by: 'time', afterMs: 1_000 }, { readyAfterMs: 200 }).pass(200).state('d')).toBe('running');
});
it('by time: counted from the moment the process is there, not from the order', () => {
  const world = start({ by: 'time', afterMs: 1_000 }, { reportedAfterMs: 1_500 }).pass(1_499);
  expect(world.state('d')).toBe('starting');
  expect(world.pass(1_000).state('d')).toBe('starting');
  expect(world.pass(1).state('d')).toBe('running');
});
it('by notify: never by time', () => {
  const world = start({ by: 'notify', timeoutMs: 60_000 }, { readyAfterMs: 59_999 }).pass(59_998);
  expect(world.state('d')).toBe('starting');
  expect(world.pass(1).state('d')).toBe('running');
});
it('by notify: not in time is a crash, ended like a stop, with at most 60 s of grace', () => {
  const world = start({ by: 'notify', timeoutMs: 5_000 }, { onStop: 'ignores it' }, null).pass(64_999);
  expect(world.state('d')).toBe('draining');
  world.pass(1);
  expect(world.sent('d')).toEqual([
    ['SIGTERM main', 5_000],
    ['SIGKILL', 65_000],
  ]);
  expect(world.slot('d')).toMatchObject({ state: { is: 'backoff', until: 66_000 }, rows: { crashes: 1 } });
});
it('by notify: READY=1 that comes too late changes nothing', () => {
  const world = start({ by: 'notify', timeoutMs: 5_000 }, { readyAfterMs: 5_001, iterationMs: 6_000 }).pass(5_500);
  expect(world.state('d')).toBe('draining');
});
it('by notify: EXTEND_TIMEOUT_USEC moves the end of the wait, up to ten times', () => {
  const world = start({ by: 'notify', timeoutMs: 1_000 }, {});
  for (let at = 0; at < 12_000; at += 500)
    world.send({ is: 'said', id: 'd', run: 1, word: { key: 'EXTEND', ms: 900 }, sinceSignal: false }).pass(500);
  expect(world.sent('d')).toEqual([['SIGTERM main', 10_000]]);
});
it('a start that is stopped while it fails is a stop: no crash is counted', () => {
  const world = start({ by: 'notify', timeoutMs: 1_000 }, { iterationMs: 5_000 }).pass(1_500);
  world.send({ is: 'stop-asked', ids: ['d'] }).pass(10_000);
  expect(world.slot('d')).toMatchObject({ state: { is: 'stopped' }, rows: { crashes: 0 }, exits: [{ kind: 'asked' }] });
});
