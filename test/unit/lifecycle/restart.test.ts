/** One daemon for every key of `restart:`. The random part is 0 unless set, so that gaps are whole. */
import { describe, expect, it } from 'vitest';
import { FleetWorld } from '../../support/fleet-world.ts';
import { seeded } from '../../support/random.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';
import type { Policy, RestartPolicy } from '../../../src/supervisor/lifecycle/policy.ts';

const dies: Partial<Behaviour> = { endsAfterMs: 0, endsWith: { code: 1, signal: null } };
const done: Partial<Behaviour> = { endsAfterMs: 100, iterationMs: 50, endsWith: { code: 0, signal: null } };

function run(one: Policy, behaviour: Partial<Behaviour>, ms: number, chance = 0): FleetWorld {
  return new FleetWorld([one], { behave: () => behaviour, chance: () => chance }).boot().pass(ms);
}
const startsOf = (restart: Partial<RestartPolicy>, behaviour: Partial<Behaviour>, ms: number, chance = 0) =>
  run(policy('d', { restart }), behaviour, ms, chance).starts('d');

describe('the gap between two starts', () => {
  it('is delay, doubled by each further crash', () => {
    expect(startsOf({}, dies, 20_000)).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
  });
  it('grows by its factor', () => {
    expect(startsOf({ delayMs: 100, factor: 3 }, dies, 2_000)).toEqual([0, 100, 400, 1_300]);
    expect(startsOf({ delayMs: 500, factor: 1 }, dies, 2_000)).toEqual([0, 500, 1_000, 1_500, 2_000]);
  });
  it('is never longer than max_delay', () => {
    expect(startsOf({ maxDelayMs: 3_000 }, dies, 12_000)).toEqual([0, 1_000, 3_000, 6_000, 9_000, 12_000]);
  });
  it('is shortened by chance, at most by jitter', () => {
    expect(startsOf({ jitter: 0.2 }, dies, 3_000, 1)).toEqual([0, 800, 2_400]);
    expect(startsOf({ jitter: 0 }, dies, 3_000, 1)).toEqual([0, 1_000, 3_000]);
  });
  it('is drawn once: looking at it again does not move it', () => {
    const { next } = seeded(5);
    const world = new FleetWorld([policy('d')], { behave: () => dies, chance: next }).boot().pass(10);
    const { state } = world.slot('d');
    for (let i = 0; i < 50; i += 1) world.pass(1).send({ is: 'tick' });
    expect(world.slot('d').state).toEqual(state);
  });
  it('counts time already lived', () => {
    const late = { endsAfterMs: 2_500, endsWith: { code: 1, signal: null } };
    // The second gap of 2 s is over when it dies after 2.5 s.
    expect(startsOf({}, late, 6_000)).toEqual([0, 2_500, 5_000]);
  });
  it('is counted from the end after a run that never became ready', () => {
    const ready = { by: 'notify', timeoutMs: 3_000 } as const;
    const world = run(policy('d', { ready }), {}, 8_000);
    expect(world.starts('d')).toEqual([0, 4_100]);
    expect(world.slot('d').exits[0]).toMatchObject({ kind: 'crash', fault: 'not-ready' });
  });
});

describe('reset_after', () => {
  it('clears the count of a run that lived so long, and the next start is at once', () => {
    const behave = (_: string, n: number): Partial<Behaviour> => (n === 4 ? { ...dies, endsAfterMs: 11_000 } : dies);
    const world = new FleetWorld([policy('d')], { behave }).boot().pass(20_000);
    expect(world.starts('d')).toEqual([0, 1_000, 3_000, 7_000, 18_000, 19_000]);
  });
  it('counts from the moment it was running, not from the start', () => {
    const world = run(policy('d'), { ...dies, endsAfterMs: 10_500 }, 10_500);
    expect(world.slot('d').rows.quick).toBe(1);
  });
  it('of 0 s lets a worker of one job a process start again at once, however short the job', () => {
    expect(startsOf({ resetAfterMs: 0 }, done, 500)).toEqual([0, 100, 200, 300, 400, 500]);
  });
});

describe('attempts', () => {
  it('fails at the n-th quick crash in a row', () => {
    const world = run(policy('d', { restart: { attempts: 3 } }), dies, 60_000);
    expect(world.starts('d')).toHaveLength(3);
    expect(world.slot('d').state).toMatchObject({ is: 'failed', because: 'attempts' });
  });
  it('counts runs that are not ready in time', () => {
    const never = policy('d', { restart: { attempts: 3 }, ready: { by: 'notify', timeoutMs: 500 } });
    const world = run(never, {}, 120_000);
    expect(world.starts('d')).toHaveLength(3);
    expect(world.state('d')).toBe('failed');
  });
  it('counts processes that cannot be started, but not our own shortage', () => {
    expect(run(policy('d', { restart: { attempts: 2 } }), { spawn: 'fails' }, 60_000).state('d')).toBe('failed');
    const short = run(policy('d', { restart: { attempts: 2 } }), { spawn: 'our-shortage' }, 5_500);
    expect(short.starts('d')).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    expect(short.slot('d')).toMatchObject({ state: { is: 'backoff', because: 'ours' }, rows: { quick: 0 }, exits: [] });
  });
});

describe('what follows which end under which policy', () => {
  const ends = {
    planned: done,
    'own success code': { ...dies, endsWith: { code: 3, signal: null } },
    fatal: { ...dies, endsWith: { code: 78, signal: null } },
    crash: dies,
    'temporary failure, a crash until resources are known': { ...dies, endsWith: { code: 75, signal: null } },
    'code that looks like a signal': { ...dies, endsWith: { code: 137, signal: null } },
    signal: { ...dies, endsWith: { code: null, signal: 'SIGSEGV' } },
    'unknown status': { ...dies, endsWith: { code: null, signal: null } },
    'spawn failed': { spawn: 'fails' },
    'not ready': { readyAfterMs: null },
  } as const satisfies Record<string, Partial<Behaviour>>;
  const kinds = Object.keys(ends) as (keyof typeof ends)[];
  const expected = (kind: keyof typeof ends, restart: RestartPolicy['policy']): string => {
    if (kind === 'fatal') return 'failed';
    const success = kind === 'planned' || kind === 'own success code';
    if (restart === 'always') return 'backoff';
    if (success) return 'exited';
    return restart === 'never' ? 'failed' : 'backoff';
  };

  for (const restart of ['always', 'on-failure', 'never'] as const)
    it.each(kinds.map((kind) => [kind, expected(kind, restart)] as const))(`${restart}: %s -> %s`, (kind, then) => {
      const ready = { by: 'notify', timeoutMs: 400 } as const;
      const one = policy('d', { restart: { policy: restart, successCodes: [0, 3] }, ready });
      expect(run(one, ends[kind], 550).state('d')).toBe(then);
    });

  it('an end that was asked for is never a crash, whatever its code', () => {
    const world = run(policy('d'), { stopCode: 78 }, 2_000);
    world.send({ is: 'restart-asked', ids: ['d'], how: 'scout' }).pass(500);
    expect(world.slot('d')).toMatchObject({ rows: { quick: 0 }, exits: [{ kind: 'asked', code: 78 }] });
    expect(world.starts('d')).toHaveLength(2);
  });
});

describe('quick planned ends', () => {
  it('ask for delay five times; from the sixth in a row on the gap is as after that many crashes', () => {
    expect(startsOf({}, done, 110_000)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000, 37_000, 97_000]);
  });
  it('are not counted where an iteration was reported', () => {
    const works: Partial<Behaviour> = { ...done, speech: 'sdk' };
    expect(startsOf({}, works, 350)).toEqual([0, 100, 200, 300]);
  });
  it('become planned, not crashes: no attempt is used up', () => {
    expect(run(policy('d', { restart: { attempts: 2 } }), done, 30_000).state('d')).toBe('backoff');
  });
});

describe('looping', () => {
  it.each([
    ['crashes', dies],
    ['exits with 0', done],
  ])('a daemon that %s starts at most 6 times in 20 s, loops at the fifth end', (_, behaviour) => {
    for (const chance of [0, 0.5, 1]) {
      const world = run(policy('d'), behaviour, 20_000, chance);
      expect(world.starts('d').length).toBeLessThanOrEqual(6);
      expect(world.starts('d').length).toBeGreaterThanOrEqual(5);
      expect(world.factsOf('looping')).toHaveLength(1);
      expect(world.slot('d').rows.quick).toBeGreaterThanOrEqual(5);
    }
  });
  it('is over once a run has held, and is told so', () => {
    const behave = (_: string, n: number): Partial<Behaviour> => (n < 6 ? dies : {});
    const world = new FleetWorld([policy('d')], { behave }).boot().pass(41_999);
    expect(world.slot('d').rows.quick).toBe(5);
    world.pass(1);
    expect(world.slot('d').rows).toEqual({ crashes: 0, planned: 0, resource: 0, quick: 0 });
    expect(world.factsOf('held')).toMatchObject([{ rows: 5 }]);
  });
});
