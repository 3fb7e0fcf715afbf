import { expect, it } from 'vitest';
import { countsOf, pressureOf, signOf, STATE_SIGNS } from '../../../src/control/looks.ts';
import type { FlagName, StateName } from '../../../src/control/view.ts';

const one = (state: StateName, ...flags: readonly FlagName[]) => ({ state, flags });

it('counts only what occurs, trouble first, and no other flag', () => {
  const counts = countsOf([
    one('running'),
    one('exited'),
    one('running', 'stuck', 'adopted'),
    one('failed'),
    one('backoff', 'looping'),
  ]);
  expect(counts.map(({ count, word }) => `${count} ${word}`)).toEqual([
    ...['1 stuck', '1 looping', '1 failed', '2 running', '1 backoff', '1 exited'],
  ]);
});

it('who is in trouble has its sign and comes before any state, then who has failed; who rests comes last', () => {
  expect(signOf(one('running', 'stuck')).unicode).toBe('!');
  expect(signOf(one('running', 'adopted')).unicode).toBe('●');
  const states = (Object.keys(STATE_SIGNS) as StateName[]) // The keys of a record of all states.
    .map((state) => one(state));
  const sorted = [...states, one('exited', 'looping')].toSorted((a, b) => pressureOf(b) - pressureOf(a));
  expect(sorted.slice(0, 2)).toEqual([one('exited', 'looping'), one('failed')]);
  expect(sorted.slice(-3)).toEqual([one('running'), one('stopped'), one('exited')]);
});
