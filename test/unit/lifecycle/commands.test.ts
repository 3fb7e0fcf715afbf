/** Any command is accepted in any state. */
import { describe, expect, it } from 'vitest';
import { asked, FleetWorld } from '../../support/fleet-world.ts';
import type { Behaviour } from '../../support/scripted-process.ts';
import { policy } from './policies.ts';
import type { Event } from '../../../src/supervisor/lifecycle/event.ts';
import type { Policy } from '../../../src/supervisor/lifecycle/policy.ts';
import type { State } from '../../../src/supervisor/lifecycle/state.ts';

type Is = State['is'];
const dies = { endsAfterMs: 100, endsWith: { code: 1, signal: null } };
const lasts = { onStop: 'ignores it', outlivesKillMs: 700 } as const;
const db = policy('db', { autostart: false });

/** A slot `d` in each state, 100 s after the list was started. Its next process is a quiet one. */
const inState: Record<Is, () => FleetWorld> = {
  stopped: () =>
    world({})
      .send({ is: 'stop-asked', ids: ['d'] })
      .pass(100),
  waiting: () => world({}, policy('d', { needs: { db: 'ready' } }), false),
  starting: () => world({}, policy('d', { ready: { by: 'notify', timeoutMs: 3_600_000 } })),
  running: () => world({}),
  draining: () => world(lasts).send({ is: 'stop-asked', ids: ['d'] }),
  killing: () =>
    world(lasts)
      .send({ is: 'stop-asked', ids: ['d'] })
      .send({ is: 'cut-asked', ids: ['d'] }),
  backoff: () => world(dies, policy('d', { restart: { delayMs: 3_600_000, maxDelayMs: 3_600_000 } })),
  exited: () => world({ ...dies, endsWith: { code: 0, signal: null } }, policy('d', { restart: { policy: 'never' } })),
  failed: () => world(dies, policy('d', { restart: { attempts: 1 } })),
};
function world(first: Partial<Behaviour>, one: Policy = policy('d'), needed = true): FleetWorld {
  const behave = (id: string, n: number): Partial<Behaviour> => (n === 1 && id === 'd' ? first : {});
  const made = new FleetWorld([db, one], { behave, startsPerSecond: 1 });
  if (!needed)
    made
      .send({ is: 'start-asked', ids: ['db'] })
      .send({ is: 'stop-asked', ids: ['db'] })
      .pass(1);
  return made.boot().pass(100_000);
}
const states = Object.keys(inState) as Is[];

/** [command, state] -> the state at once, the state after two minutes, and processes started from then on. */
const EXPECTED: Record<
  'start' | 'stop' | 'restart' | 'cut' | 'change' | 'shutdown',
  Record<Is, readonly [Is, Is, number]>
> = {
  start: {
    stopped: ['starting', 'running', 1],
    waiting: ['waiting', 'waiting', 0],
    starting: ['starting', 'starting', 0],
    running: ['running', 'running', 0],
    draining: ['draining', 'running', 1],
    killing: ['killing', 'running', 1],
    backoff: ['starting', 'running', 1],
    exited: ['starting', 'running', 1],
    failed: ['starting', 'running', 1],
  },
  stop: {
    stopped: ['stopped', 'stopped', 0],
    waiting: ['stopped', 'stopped', 0],
    starting: ['draining', 'stopped', 0],
    running: ['draining', 'stopped', 0],
    draining: ['draining', 'stopped', 0],
    killing: ['killing', 'stopped', 0],
    backoff: ['stopped', 'stopped', 0],
    exited: ['exited', 'exited', 0],
    failed: ['stopped', 'stopped', 0],
  },
  restart: {
    stopped: ['starting', 'running', 1],
    waiting: ['waiting', 'waiting', 0],
    starting: ['draining', 'starting', 1],
    running: ['draining', 'running', 1],
    draining: ['draining', 'running', 1],
    killing: ['killing', 'running', 1],
    backoff: ['starting', 'running', 1],
    exited: ['starting', 'running', 1],
    failed: ['starting', 'running', 1],
  },
  cut: {
    stopped: ['stopped', 'stopped', 0],
    waiting: ['waiting', 'waiting', 0],
    starting: ['killing', 'starting', 1],
    running: ['killing', 'running', 1],
    draining: ['killing', 'stopped', 0],
    killing: ['killing', 'stopped', 0],
    backoff: ['backoff', 'backoff', 0],
    exited: ['exited', 'exited', 0],
    failed: ['failed', 'failed', 0],
  },
  change: {
    stopped: ['stopped', 'stopped', 0],
    waiting: ['waiting', 'waiting', 0],
    starting: ['starting', 'starting', 0],
    running: ['draining', 'running', 1],
    draining: ['draining', 'stopped', 0],
    killing: ['killing', 'stopped', 0],
    backoff: ['starting', 'running', 1],
    exited: ['starting', 'running', 1],
    failed: ['starting', 'running', 1],
  },
  shutdown: {
    stopped: ['stopped', 'stopped', 0],
    waiting: ['stopped', 'stopped', 0],
    starting: ['draining', 'stopped', 0],
    running: ['draining', 'stopped', 0],
    draining: ['draining', 'stopped', 0],
    killing: ['killing', 'stopped', 0],
    backoff: ['stopped', 'stopped', 0],
    exited: ['exited', 'exited', 0],
    failed: ['stopped', 'stopped', 0],
  },
};
const eventOf: Record<keyof typeof EXPECTED, Event> = {
  start: { is: 'start-asked', ids: ['d'] },
  stop: { is: 'stop-asked', ids: ['d'] },
  restart: { is: 'restart-asked', ids: ['d'], how: 'scout' },
  cut: { is: 'cut-asked', ids: ['d'] },
  change: { is: 'changed', ids: ['d'], path: 'src/a.php', more: 0 },
  shutdown: { is: 'shutdown-asked', signal: 'SIGTERM' },
};

describe.each(Object.keys(EXPECTED) as (keyof typeof EXPECTED)[])('%s', (command) => {
  it.each(states.map((state) => [state, ...EXPECTED[command][state]] as const))(
    'in %s: %s, then %s',
    (state, atOnce, later, starts) => {
      const made = inState[state]();
      expect(made.state('d')).toBe(state);
      const before = made.starts('d').length;
      made.send(eventOf[command]);
      expect(made.state('d')).toBe(atOnce);
      if (command !== 'cut' && command !== 'change')
        expect(made.slot('d').wanted.up).toBe(command === 'start' || command === 'restart');
      made.pass(120_000);
      expect(made.state('d')).toBe(later);
      expect(made.starts('d').length - before).toBe(starts);
      if (command === 'start' && starts > 0) expect(made.slot('d').rows.quick).toBe(0);
    },
  );
});

describe('during the shutdown', () => {
  it.each(['start', 'restart'] as const)('%s changes nothing', (command) => {
    const made = world(lasts).send(eventOf.shutdown);
    const { fleet } = made;
    made.send(eventOf[command]);
    expect(made.fleet.slots).toEqual(fleet.slots);
    expect(made.pass(120_000).starts('d')).toHaveLength(1);
    expect(made.send(eventOf[command]).pass(10_000).starts('d')).toHaveLength(1);
  });
  it('a stop joins, a cut cuts, and the end is told once', () => {
    const made = world(lasts).send(eventOf.shutdown).send(eventOf.stop).send(eventOf.cut).send(eventOf.shutdown);
    expect(made.pass(10_000).finished).toBe(1);
    made.send(eventOf.shutdown).pass(10_000);
    expect(made.finished).toBe(1);
  });
  it('with nothing alive it is over at once', () => {
    expect(new FleetWorld([policy('d')]).send(eventOf.shutdown).finished).toBe(1);
  });
});

it('commands about nobody change nothing', () => {
  for (const is of ['start-asked', 'stop-asked', 'restart-asked', 'cut-asked'] as const) {
    const made = world({});
    const { slots } = made.fleet;
    expect(made.send(asked(is, ['nobody'])).fleet.slots).toEqual(slots);
  }
});

describe('news of an earlier run', () => {
  it.each<Event>([
    { is: 'ended', id: 'd', run: 1, code: 0, signal: null, left: [] },
    { is: 'spawned', id: 'd', run: 1, process: { pid: 9, startTime: 9 } },
    { is: 'spawn-failed', id: 'd', run: 1, ours: false, error: 'ENOENT' },
    { is: 'said', id: 'd', run: 1, word: { key: 'ITERATION', done: 9 }, sinceSignal: true },
    { is: 'reports-lost', id: 'd', run: 1 },
    { is: 'word-missed', id: 'd', run: 1 },
    { is: 'looked', id: 'd', run: 1, left: [] },
    { is: 'pipes-closed', id: 'd', run: 1 },
  ])('is dropped: $is', (news) => {
    const made = world({ ...dies, endsAfterMs: 20_000 });
    expect(made.slot('d')).toMatchObject({ state: { is: 'running' }, starts: 2 });
    const { fleet, effects } = made;
    const before = effects.length;
    expect(made.send(news).fleet.slots).toEqual(fleet.slots);
    expect(effects).toHaveLength(before);
  });
});
