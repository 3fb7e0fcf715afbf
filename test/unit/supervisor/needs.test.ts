/** What an instance needs and in what state that is, and what limits it, for a fleet that has really got there. */
import { describe, expect, it } from 'vitest';
import type { NeedView, ResourceView } from '../../../src/control/view.ts';
import { limitsView, needViews } from '../../../src/supervisor/needs.ts';
import { asked, FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { NO_LIMITS, policy } from '../lifecycle/policies.ts';

const quiet: Partial<Behaviour> = { iterationMs: 1_000 };
const ends = (code: number, afterMs = 50): Partial<Behaviour> => ({
  ...quiet,
  endsAfterMs: afterMs,
  endsWith: { code, signal: null },
});
/** `x` is needed by `p`, and behaves like this. */
function life(until: 'ready' | 'completed', behaviour: Partial<Behaviour>, autostart = true): FleetWorld {
  const restart = { policy: 'on-failure', attempts: 1 } as const;
  const list = [policy('x', { restart, autostart }), policy('p', { needs: { x: until }, autostart })];
  return new FleetWorld(list, { behave: (id) => (id === 'x' ? behaviour : quiet) });
}
const needs = (world: FleetWorld, resources: readonly ResourceView[] = []): readonly NeedView[] =>
  needViews(world.fleet, world.slot('p'), resources);

describe('a dependency', () => {
  it.each<[state: NeedView['state'], until: 'ready' | 'completed', what: string, world: () => FleetWorld]>([
    ['met', 'ready', 'it runs', () => life('ready', quiet).boot().pass(5_000)],
    ['coming', 'ready', 'it is being started', () => life('ready', quiet).boot().pass(10)],
    [
      'stopped-by-hand',
      'ready',
      'stopped',
      () =>
        life('ready', quiet)
          .boot()
          .send(asked('stop-asked', ['x'])),
    ],
    ['not-started', 'ready', 'nobody has started it', () => life('ready', quiet, false)],
    ['failed', 'ready', 'it gave up', () => life('ready', ends(78)).boot().pass(5_000)],
    ['ended', 'ready', 'it has done its work', () => life('ready', ends(0)).boot().pass(5_000)],
    ['met', 'completed', 'it has done its work', () => life('completed', ends(0)).boot().pass(5_000)],
    ['coming', 'completed', 'it works', () => life('completed', quiet).boot().pass(5_000)],
    ['failed', 'completed', 'it gave up', () => life('completed', ends(78)).boot().pass(5_000)],
    ['not-started', 'completed', 'nobody has started it', () => life('completed', quiet, false)],
  ])('is %s (until %s): %s', (state, until, _, world) => {
    expect(needs(world())).toEqual([{ kind: 'dependency', name: 'x', until, state, since: null }]);
  });

  it('that the list does not have is absent', () => {
    const world = life('ready', quiet).boot().pass(5_000);
    const policies = [policy('p', { needs: { x: 'ready' } })];
    const rest = { resources: [], redefined: new Set<string>(), startsPerSecond: 20, starts: [], asked: false };
    world.send({ ...rest, is: 'list', policies, made: new Map() }).pass(120_000);
    expect(needs(world)).toMatchObject([{ name: 'x', state: 'absent' }]);
  });
});

describe('a resource', () => {
  const since = '2026-01-31T12:00:00.000Z';
  const view = (name: string, state: ResourceView['state']): ResourceView => ({
    ...{ name, state, since: state === 'unknown' ? null : since, error: null, waiting: 0 },
  });
  const world = new FleetWorld([policy('x'), policy('p', { resources: ['db', 'mq'], needs: { x: 'ready' } })]);

  it.each(['up', 'down', 'unknown'] as const)('is %s, as the status of the list has it', (state) => {
    expect(needs(world, [view('other', 'up'), view('db', state)])).toEqual([
      expect.objectContaining({ kind: 'dependency', name: 'x' }),
      { kind: 'resource', name: 'db', state, since: state === 'unknown' ? null : since },
      { kind: 'resource', name: 'mq', state: 'unknown', since: null },
    ]);
  });

  it('for which its last run has ended is needed, too: by its own word', () => {
    const waits = new FleetWorld([policy('p')], { behave: () => quiet }).boot().pass(3_000);
    const run = waits.slot('p').starts;
    waits.send({ is: 'said', id: 'p', run, word: { key: 'WAITING', resource: 'disk' }, sinceSignal: false });
    waits.send({ is: 'ended', id: 'p', run, code: 75, signal: null, left: [] });
    expect(needs(waits, [])).toEqual([{ kind: 'resource', name: 'disk', state: 'unknown', since: null }]);
  });
});

describe('limits', () => {
  const limits = { ...NO_LIMITS, iterations: 500, ageMs: 60_000 };
  const world = (): FleetWorld =>
    new FleetWorld([policy('p', { limits, stop: { graceMs: 7_000 } })], {
      behave: () => ({ ...quiet, speech: 'iterations', idleMs: 100 }),
    });

  it('are those of the list, with what this run has done of them', () => {
    const lives = world().boot().pass(5_000);
    expect(limitsView(lives.fleet, lives.slot('p'))).toEqual({
      ...{ iteration_ms: null, iterations: 500, memory_bytes: null, age_ms: 60_000, grace_ms: 7_000 },
      ...{ restart: 'always', run_iterations: lives.slot('p').iterations },
    });
    expect(lives.slot('p').iterations).toBeGreaterThan(0);
  });

  it('of one that has not run, or does not speak, say nothing of what was done', () => {
    const rests = world();
    const silent = new FleetWorld([policy('p', { limits })], { behave: () => quiet }).boot().pass(5_000);
    for (const each of [rests, silent]) expect(limitsView(each.fleet, each.slot('p')).run_iterations).toBeNull();
  });
});
