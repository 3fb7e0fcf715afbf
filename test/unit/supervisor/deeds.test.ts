/** The reported result of a restart: not what happens to be the case when the answer is given. */
import { describe, expect, it } from 'vitest';
import { deedView, isDone, newDeed } from '../../../src/supervisor/deeds.ts';
import { explain } from '../../../src/supervisor/explain.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import type { StatusContext } from '../../../src/supervisor/status.ts';
import { FleetWorld } from '../../support/fleet-world.ts';
import { policy } from '../lifecycle/policies.ts';

const LONG = { iterationMs: 3_600_000, onStop: 'exits at once' } as const;
const contextOf = (world: FleetWorld): StatusContext => ({
  now: world.now,
  wall: world.now,
  tagsOf: () => [],
  usageOf: () => null,
});

/** Of three instances whose new code ends with 1 after this long: the restart of these, and its result when it is done. */
function restart(livesMs: number, ids: readonly string[], after: (world: FleetWorld) => void = () => undefined) {
  const one = policy('p', { instances: 3, restart: { delayMs: 250, resetAfterMs: 5_000 } });
  const world = new FleetWorld([one], {
    behave: (_, run) => (run === 1 ? LONG : { ...LONG, endsAfterMs: livesMs, endsWith: { code: 1, signal: null } }),
  });
  world.boot().pass(10_000);
  after(world);
  const deed = newDeed('restart', world.fleet, ids);
  world.send({ is: 'restart-asked', ids, how: 'scout' }).pass(60_000, () => isDone(deed, world.fleet));
  const context = contextOf(world);
  return deedView(deed, world.fleet, new Map(), context, (slot) => explain(world.fleet, slot, context).words.join(' '));
}

describe('a restart that does not come up', () => {
  it('names the one that went first, also where it was started again since', () => {
    const view = restart(3_000, ['p:1', 'p:2', 'p:3']);
    expect(view).toMatchObject({ untouched: ['p:2', 'p:3'] });
    expect(view.not_up).toMatchObject([{ id: 'p:1', words: expect.stringMatching(/run 2 .*exit 1/) as string }]);
  });
  it('names it where it waits for its gap', () => {
    const view = restart(100, ['p:1', 'p:2', 'p:3']);
    expect(view.not_up).toMatchObject([{ id: 'p:1', state: 'backoff' }]);
  });
  it.each([
    ['waits for its gap', 100, 200],
    ['is tried at that moment', 3_000, 4_200],
  ])('names it where only the others were meant, and it %s', (_, livesMs, beforeMs) => {
    const view = restart(livesMs, ['p:2', 'p:3'], (world) => {
      world.send({ is: 'restart-asked', ids: ['p:1'], how: 'scout' }).pass(beforeMs);
    });
    expect(view).toMatchObject({ not_up: [{ id: 'p:1' }], untouched: ['p:2', 'p:3'] });
    expect(view.not_up[0]?.words).toContain('exit 1');
  });
});

describe('of what a reload has taken out of the list meanwhile', () => {
  const list = (policies: readonly Policy[]) => ({
    ...({ is: 'list', policies, resources: [], redefined: new Set<string>(), startsPerSecond: 20 } as const),
    ...{ made: new Map<string, readonly string[]>(), starts: [], asked: true },
  });
  const keep = policy('keep');
  const viewOf = (deed: ReturnType<typeof newDeed>, world: FleetWorld) =>
    deedView(deed, world.fleet, new Map(), contextOf(world), () => '');

  it('a start says that it does not come up', () => {
    const dep = policy('dep', { autostart: false, needs: { never: 'ready' } });
    const never = policy('never', { autostart: false, ready: { by: 'notify', timeoutMs: 600_000 } });
    const world = new FleetWorld([keep, never, dep]).boot();
    const deed = newDeed('start', world.fleet, ['dep']);
    world.send({ is: 'start-asked', ids: ['dep'] }).pass(1_000);
    world.send(list([keep])).pass(60_000, () => isDone(deed, world.fleet));
    expect(isDone(deed, world.fleet)).toBe(true);
    expect(viewOf(deed, world).not_up).toEqual([
      { id: 'dep', state: 'stopped', words: 'the list does not have it any more' },
    ]);
  });
  it('so does a restart, and names who was stopped by hand, too', () => {
    const many = policy('m', { instances: 3 });
    const world = new FleetWorld([keep, many], { behave: () => ({ ...LONG, onStop: 'ignores it' }) }).boot();
    world.pass(20_000);
    const deed = newDeed('restart', world.fleet, ['m:1', 'm:2', 'm:3']);
    world.send({ is: 'restart-asked', ids: ['m:1', 'm:2', 'm:3'], how: 'scout' }).pass(1_000);
    world.send({ is: 'stop-asked', ids: ['m:2'] }).pass(600_000, () => isDone(deed, world.fleet));
    expect(viewOf(deed, world).not_up).toMatchObject([{ id: 'm:2', state: 'stopped' }]);
    world.send(list([keep])).pass(200_000);
    expect(viewOf(deed, world).not_up.map(({ id }) => id)).toEqual(['m:1', 'm:2', 'm:3']);
  });
});
