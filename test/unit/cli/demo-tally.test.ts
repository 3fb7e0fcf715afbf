import { describe, expect, test } from 'vitest';
import { readLedger } from '../../../src/cli/demo/ledger.ts';
import { broken, tally } from '../../../src/cli/demo/tally.ts';

const DONE = 'begin 1 a;helper-begin 2 a;helper-end 2 a;end 1 a;';

/** What the tally makes of a ledger (`;` for a newline) where jobs a and b were given; those that are not 0 and not the jobs themselves. */
function counted(ledger: string, { waiting = ['b'], left = 0 } = {}): Readonly<Record<string, number>> {
  const rows = tally(readLedger(ledger.replaceAll(';', '\n')), { given: ['a', 'b'], waiting, left });
  return Object.fromEntries(
    rows.filter(({ what, count }) => what !== 'jobs' && count > 0).map((row) => [row.what, row.count]),
  );
}

describe('the tally of the demo', () => {
  test.for<[string, string, Readonly<Record<string, number>>]>([
    ['a job from its begin to its end', DONE, { 'done once': 1 }],
    ['a job that has no end', 'begin 1 a;', { cut: 1 }],
    ['a helper that has no end', 'begin 1 a;helper-begin 2 a;end 1 a;', { cut: 1 }],
    ['a job that was begun again after its end', `${DONE}begin 3 a;`, { 'done or begun twice': 1 }],
    ['a job that was cut and then done by another', `begin 9 a;${DONE}`, { 'done or begun twice': 1 }],
    ['a job that was ended twice', `${DONE}end 3 a;`, { 'done or begun twice': 1 }],
    ['a job that nobody has seen', '', { lost: 1 }],
    ['a line that is just being written', `${DONE}end 1 b`, { 'done once': 1 }],
    [
      'starts before, within and after the time without the database',
      `start 1 1;database-away 9 d;start 2 1;start 3 1;database-back 9 d;start 4 1;${DONE}`,
      { 'done once': 1, 'starts while the database was away': 2 },
    ],
    [
      'the longest of the prints that were slow',
      `${DONE}slow-print 1 20;slow-print 2 710;slow-print 1 90;`,
      { 'done once': 1, 'longest freeze of a worker that prints': 0.71 },
    ],
  ])('%s', ([, ledger, expected]) => {
    expect(counted(ledger)).toEqual({ 'not begun': 1, ...expected });
  });

  test('processes that are left count', () => {
    expect(counted(DONE, { left: 3 })).toEqual({ 'done once': 1, 'not begun': 1, 'processes left': 3 });
  });

  test('only what is not 0 and was promised to be is told', () => {
    const rows = tally(readLedger('begin 1 a\nslow-print 1 500\n'), { given: ['a', 'b'], waiting: [], left: 0 });
    expect(broken(rows)).toEqual(['cut: 1, and 0 was promised', 'lost: 1, and 0 was promised']);
  });
});
