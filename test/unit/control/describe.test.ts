import { expect, test } from 'vitest';
import { describePlan } from '../../../src/control/describe-plan.ts';
import { describeState } from '../../../src/control/describe-state.ts';
import { describeDeed, span } from '../../../src/control/describe.ts';
import type { InstanceView } from '../../../src/control/view.ts';
import { deed, exit, instance } from '../../support/fake-api.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 31, 12, 0, seconds)).toISOString();
const now = Date.parse(at(21));

const CASES: [Partial<InstanceView>, string][] = [
  [{ state: 'stopped', last_exit: null, since: at(0) }, 'never started, 21s ago'],
  [{ state: 'stopped', words: 'stopped by hand', since: at(0) }, 'stopped by hand, 21s ago'],
  [{ state: 'stopped', last_exit: exit({}), since: at(0) }, 'after exit 0, 21s ago'],
  [
    { state: 'waiting', waiting_for: [{ kind: 'dependency', name: 'migrate', until: 'completed', since: at(9) }] },
    'waits for migrate to complete (12s)',
  ],
  [
    {
      state: 'waiting',
      waiting_for: [
        { kind: 'dependency', name: 'api', until: 'ready', since: at(9) },
        { kind: 'turn', name: '', since: at(9) },
      ],
    },
    'waits for api to be ready (12s) and 1 more',
  ],
  [{ state: 'waiting', waiting_for: [{ kind: 'dependency', name: 'api', since: at(9) }] }, 'waits for api (12s)'],
  [{ state: 'waiting', waiting_for: [{ kind: 'turn', name: '', since: at(20) }] }, 'waits for its turn to start (1s)'],
  [{ state: 'waiting', waiting_for: [{ kind: 'resource', name: 'database', since: at(9) }] }, 'database is down (12s)'],
  [
    { state: 'waiting', waiting_for: [{ kind: 'leftovers', name: '4243 convert', since: at(9) }] },
    'waits for what its last run left: 4243 convert (12s)',
  ],
  [{ state: 'starting', since: at(19) }, 'not ready yet, 2s'],
  [{ state: 'running', started_at: at(0) }, 'up 21s'],
  [{ state: 'running', iterations: 12408, busy: true, iteration_ms: 3200 }, '#12,408  busy 3.2s'],
  [{ state: 'running', iterations: 88210, busy: false }, '#88,210  idle'],
  [{ state: 'running', status: 'warming up' }, 'warming up'],
  [{ state: 'running', iterations: 3, progress: { done: 12, total: 40 }, busy: true }, '#3  12/40  busy'],
  [{ state: 'running', flags: ['stuck'], iterations: 9876, iteration_ms: 370_000 }, 'STUCK 6m10s in #9,877'],
  [{ state: 'running', flags: ['no_drain'], started_at: at(0) }, 'up 21s · no_drain: dies of the stop signal'],
  [{ state: 'running', flags: ['looping'], started_at: at(0) }, 'up 21s · looping'],
  [{ state: 'draining', since: at(0), kill_at: at(60) }, 'draining 21s  grace 39s, then SIGKILL'],
  [{ state: 'draining', since: at(0), kill_at: at(20) }, 'draining 21s  SIGKILL now'],
  [{ state: 'draining', since: at(0), busy: true }, 'as long as its iteration takes, 21s so far'],
  [{ state: 'draining', since: at(0) }, 'as long as it takes, 21s so far'],
  [
    { state: 'draining', since: at(0), progress: { done: 12, total: 40 }, kill_at: at(60) },
    '12/40 draining 21s  grace 39s, then SIGKILL',
  ],
  [
    { state: 'draining', since: at(0), words: 'no longer in the list', busy: true },
    'no longer in the list: as long as its iteration takes, 21s so far',
  ],
  [
    {
      state: 'draining',
      flags: ['stuck'],
      since: at(0),
      words: 'over its limit of 5m',
      iterations: 9876,
      iteration_ms: 370_000,
      kill_at: at(60),
    },
    'STUCK 6m10s in #9,877, over its limit of 5m  grace 39s, then SIGKILL',
  ],
  [
    {
      state: 'draining',
      since: at(0),
      kill_at: at(60),
      waiting_for: [{ kind: 'leftovers', name: '4243 convert', since: at(9) }],
    },
    'draining 21s  grace 39s, then SIGKILL  left: 4243 convert',
  ],
  [
    {
      iterations: 3,
      busy: false,
      wanted: 'down',
      waiting_for: [
        { kind: 'dependency', name: 'photos', since: at(9) },
        { kind: 'dependency', name: 'movies', since: at(9) },
      ],
    },
    '#3  idle, stops after photos and 1 more',
  ],
  [{ iterations: 3, busy: false, words: 'to be restarted' }, '#3  idle  to be restarted'],
  [{ iterations: 3, busy: false, flags: ['scout'] }, '#3  idle · goes first, others follow'],
  [{ iterations: 3, busy: false, flags: ['adopted'] }, '#3  idle · adopted'],
  [{ state: 'killing', since: at(19) }, 'SIGKILL sent 2s ago, still there'],
  [
    { state: 'backoff', quick_ends: 4, last_exit: exit({ code: 255, kind: 'crash' }), next_start_at: at(29) },
    'crash 4: exit 255, again in 8s',
  ],
  [
    {
      state: 'backoff',
      flags: ['looping'],
      quick_ends: 6,
      last_exit: exit({ code: 0, kind: 'planned' }),
      next_start_at: at(29),
    },
    'looping, quick end 6: exit 0, again in 8s',
  ],
  [
    { state: 'backoff', last_exit: exit({ code: null, signal: 'SIGKILL', kind: 'crash' }), next_start_at: at(22) },
    'killed by SIGKILL, again in 1s',
  ],
  [{ state: 'backoff', quick_ends: 1, last_exit: null, next_start_at: at(22) }, 'crash 1: did not start, again in 1s'],
  [{ state: 'exited', last_exit: exit({}), since: at(0) }, 'done: exit 0, 21s ago'],
  [
    { state: 'failed', since: at(0), words: 'gave up: 5 crashes in a row, exit 1' },
    'gave up: 5 crashes in a row, exit 1, 21s ago',
  ],
  [
    { state: 'failed', since: at(0), quick_ends: 5, last_exit: exit({ code: 1, kind: 'crash' }) },
    'gave up: crash 5: exit 1, 21s ago',
  ],
];

test.each(CASES)('%j: %s', (facts, expected) => {
  expect(describeState(instance(facts), now)).toBe(expected);
});

test('a stop is counted in one line', () => {
  expect(describeDeed(deed({ boundary: 5, ended: 2 }))).toBe('boundary 5 · ended by itself 2 · cut 0');
});

test.each([
  [0, '0s'],
  [-5, '0s'],
  [3240, '3.2s'],
  [9960, '10s'],
  [21_400, '21s'],
  [59_700, '1m'],
  [370_000, '6m10s'],
  [3_600_000, '1h'],
  [7_860_000, '2h11m'],
  [3 * 86_400_000 + 4 * 3_600_000, '3d4h'],
])('%i ms is %s', (ms, expected) => {
  expect(span(ms)).toBe(expected);
});

test.each([
  [['limits.memory'], ''],
  [['stop.grace'], '; a stop that has begun stays as it is'],
  [['restart.delay', 'watch'], '; a gap that has begun stays as it is'],
  [['restart.delay', 'stop.to'], '; a stop or a gap that has begun stays as it is'],
])('a plan says of %j what does not hold at once', (keys, exception) => {
  const changed = [{ name: 'd', keys, restarts: false, instances: [] }];
  const plan = {
    added: [],
    removed: [],
    changed,
    unchanged: [],
    list: [],
    starts: [],
    stops: [],
    print: 0,
    warnings: [],
  };
  expect(describePlan(plan)).toEqual([`~ d: ${keys.join(', ')}: holds from now on, nothing restarts${exception}`]);
});
