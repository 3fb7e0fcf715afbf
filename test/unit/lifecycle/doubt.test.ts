import { expect, test } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import { policy } from './policies.ts';

test('a crash is judged by the answer that was asked for after it, whatever else happens meanwhile', () => {
  let isAway = false;
  const world = new FleetWorld([policy('a', { instances: 2, resources: ['db'] })], {
    resources: [{ name: 'db', intervalMs: 60_000 }],
    probed: () => (isAway ? 'connection refused' : null),
  }).boot();
  world.pass(5_000);
  isAway = true;
  world.process('a:1')?.kill();
  // Its probe takes a while, and what was known predates it.
  world
    .pass(5)
    .send({ is: 'stop-asked', ids: ['a:2'] })
    .pass(100);
  expect(world.slot('a:1').exits[0]?.kind).toBe('resource');
});

test('who crashes while it is asked waits for the next answer', () => {
  const answers = [null, null, 'connection refused'];
  const world = new FleetWorld([policy('a', { resources: ['db'] }), policy('b', { resources: ['db'] })], {
    resources: [{ name: 'db', intervalMs: 60_000 }],
    probed: () => answers.shift() ?? null,
  }).boot();
  world.pass(5_000);
  world.process('a')?.kill();
  world.pass(5);
  world.process('b')?.kill();
  world.pass(100);
  expect(world.slot('a').exits[0]?.kind).toBe('resource');
  expect(world.slot('b').exits[0]?.kind).toBe('resource');
});
