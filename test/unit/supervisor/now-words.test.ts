/** What `status` and the screen say about an instance in the middle of something, for a fleet that has really got there. */
import { expect, test } from 'vitest';
import { describeState } from '../../../src/control/describe-state.ts';
import { instanceView } from '../../../src/supervisor/status.ts';
import { FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { NO_LIMITS, policy } from '../lifecycle/policies.ts';

function said(world: FleetWorld, id: string): string {
  const context = { now: world.now, wall: world.now, tagsOf: () => [], usageOf: () => null };
  return describeState(instanceView(world.fleet, world.slot(id), context), world.now);
}
const quiet: Partial<Behaviour> = { iterationMs: 3_600_000, onStop: 'exits at once' };

test('of a stuck one: for how long, in which iteration, its limit, and what comes', () => {
  const one = policy('p', { limits: { ...NO_LIMITS, iterationMs: 300_000 } });
  const behave = (): Partial<Behaviour> => ({ speech: 'busy-idle', iterationMs: 3_600_000, onStop: 'ignores it' });
  const world = new FleetWorld([one], { behave }).boot();
  world.pass(400_000, () => world.state('p') === 'draining').pass(1_000);
  expect(said(world, 'p')).toMatch(/^STUCK 5m1s in #1, over its limit of 5m {2}grace \S+, then SIGKILL$/);
});

test('of one whose stop comes after those that need it: after whom', () => {
  const policies = [policy('database'), policy('worker', { needs: { database: 'ready' } })];
  const world = new FleetWorld(policies, { behave: () => ({ ...quiet, onStop: 'ignores it' }) }).boot().pass(5_000);
  world.send({ is: 'shutdown-asked', signal: 'SIGTERM' }).pass(100);
  expect(said(world, 'database')).toContain('stops after worker');
});

test('of the one that goes first with a restart: that it does, until the others have followed', () => {
  const world = new FleetWorld([policy('w', { instances: 3 })], { behave: () => quiet }).boot().pass(60_000);
  world.send({ is: 'restart-asked', ids: ['w:1', 'w:2', 'w:3'], how: 'scout' }).pass(20);
  expect(said(world, 'w:1')).toContain('goes first, others follow');
  expect(said(world, 'w:2')).toMatch(/to be restarted$/);
  world.pass(120_000);
  for (const id of ['w:1', 'w:2', 'w:3']) expect(said(world, id)).toMatch(/^up \S+$/);
});
