import { expect, test } from 'vitest';
import { headline, isWorthWaiting } from '../../../src/supervisor/headline.ts';
import { newFleet, type Fleet } from '../../../src/supervisor/lifecycle/roster.ts';
import type { Slot, State } from '../../../src/supervisor/lifecycle/state.ts';
import { policy } from '../lifecycle/policies.ts';

/** The words use only what these states have. */
const state = (is: State['is'], since = 0): State => ({ is, since }) as unknown as State;

/** One instance of a daemon `p` for each of these. */
function fleetOf(slots: readonly Partial<Slot>[], isStopping = false): Fleet {
  const fleet = newFleet([policy('p', { instances: slots.length })], null, 0);
  return {
    ...fleet,
    shutdown: isStopping ? { since: 0, signal: 'SIGTERM', finished: false } : null,
    slots: fleet.slots.map((slot, at) => ({ ...slot, wanted: { up: true }, ...slots[at] })),
  };
}

const looping = { crashes: 5, planned: 0, resource: 0, quick: 5 };

test.for<[string, readonly Partial<Slot>[], number]>([
  ['2 of 2 ready', [{ state: state('running') }, { state: state('running') }], 0],
  [
    '1 of 4 ready, 1 starting, 1 waiting, 1 draining',
    [
      { state: state('running') },
      { state: state('starting') },
      { state: state('waiting') },
      { state: state('draining') },
    ],
    0,
  ],
  // A finished or stopped one is not meant to run.
  [
    '1 of 1 ready',
    [
      { state: state('running') },
      { state: state('exited') },
      { state: state('stopped'), wanted: { up: false, by: 'hand', at: 0 } },
    ],
    0,
  ],
  [
    '1 of 3 ready; in trouble: p:1 (failed) p:2 (backoff) p:3 (looping)',
    [{ state: state('failed') }, { state: state('backoff') }, { state: state('running'), rows: looping }],
    0,
  ],
  [
    '0 of 6 ready; in trouble: p:1 (failed) p:2 (failed) p:3 (failed) p:4 (failed) and 2 more',
    Array.from({ length: 6 }, () => ({ state: state('failed') })),
    0,
  ],
  ['1 of 1 ready; problems of supervise itself: 2 (supervise status)', [{ state: state('running') }], 2],
])('%s', ([words, slots, problems]) => {
  expect(headline(fleetOf(slots), problems)).toBe(words);
});

test('a stop names who is left', () => {
  const slots = [{ state: state('stopped') }, { state: state('draining') }, { state: state('killing') }];
  expect(headline(fleetOf(slots, true), 0)).toBe('stopping, 2 left: p:2 p:3');
  expect(headline(fleetOf([{ state: state('stopped') }], true), 0)).toBe('stopping, nobody left');
});

test.for<[string, readonly State[], boolean]>([
  ['a drain, however old', [state('draining', 0)], true],
  ['a process that was just killed', [state('killing', 80_000)], true],
  ['one that does not die of SIGKILL', [state('killing', 0)], false],
  ['one that does not die, and one that waits for it', [state('killing', 0), state('running')], false],
  ['one that does not die, beside a drain', [state('killing', 0), state('draining', 0)], true],
  ['nobody left', [state('stopped')], true],
])('a stop with %s is worth waiting for, or not', ([, states, worth]) => {
  expect(
    isWorthWaiting(
      fleetOf(
        states.map((each) => ({ state: each })),
        true,
      ),
      100_000,
    ),
  ).toBe(worth);
});
