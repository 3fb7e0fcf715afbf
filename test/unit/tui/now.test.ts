import { describe, expect, it, test } from 'vitest';
import { stateParts } from '../../../src/control/describe-state.ts';
import type { InstanceView } from '../../../src/control/view.ts';
import { measure } from '../../../src/tui/cells.ts';
import { fitParts } from '../../../src/tui/panels/now.ts';
import { ago, crash, daemon, NOW, resting } from '../../support/screens.ts';

const draining = daemon('photos:2', {
  state: 'draining',
  busy: true,
  since: ago(21),
  kill_at: ago(-39),
  progress: { done: 12, total: 40 },
});
const stuck = daemon('photos:1', {
  state: 'draining',
  flags: ['stuck'],
  iterations: 9_876,
  iteration_ms: 370_000,
  since: ago(10),
  kill_at: ago(-39),
  words: 'over its limit of 5m',
});
const looping = resting('reports', {
  state: 'backoff',
  flags: ['looping'],
  quick_ends: 6,
  next_start_at: ago(-28),
  last_exit: crash(),
});
const waiting = resting('imports', {
  state: 'waiting',
  waiting_for: [
    { kind: 'dependency', name: 'migrate', until: 'completed', since: ago(12) },
    { kind: 'turn', name: 'start_rate', since: ago(12) },
  ],
});
const legacy = daemon('legacy', { busy: true, iteration_ms: 3_200, flags: ['no_drain', 'adopted'] });

const CASES: readonly (readonly [InstanceView, number, string])[] = [
  [draining, 60, '12/40 ▓▓▓░░░░░░░ 21s  grace 39s, then SIGKILL'],
  [draining, 40, '12/40 ▓▓▓░░░░░░░ 21s  grace 39s'],
  [draining, 30, '12/40 21s  grace 39s'],
  [draining, 16, '21s  grace 39s'],
  [stuck, 80, 'STUCK 6m10s in #9,877, over its limit of 5m  grace 39s, then SIGKILL'],
  [stuck, 50, 'STUCK 6m10s in #9,877  grace 39s, then SIGKILL'],
  [stuck, 40, 'STUCK 6m10s in #9,877  grace 39s'],
  [stuck, 24, 'STUCK 6m10s  grace 39s'],
  [looping, 50, 'looping, crash 6: exit 255, again in 28s'],
  [looping, 24, 'crash 6, again in 28s'],
  [looping, 12, 'again in 28s'],
  [waiting, 50, 'waits for migrate to complete (12s) and 1 more'],
  [waiting, 30, 'waits for migrate (12s)'],
  [waiting, 14, 'waits for mig…'],
  [legacy, 60, '#12,408  busy 3.2s · no_drain: dies of the stop signal'],
  [legacy, 30, '#12,408  busy 3.2s · no_drain'],
  [legacy, 10, 'busy 3.2s'],
  [daemon('api', { status: 'loading 40 models of the last week' }), 36, '#12,408  idle  loading 40 models of…'],
  [daemon('api', { status: 'loading 40 models of the last week' }), 20, '#12,408  idle'],
];

test.each(CASES)('%j in %i cells: %s', (instance, cells, expected) => {
  expect(fitParts(stateParts(instance, NOW), cells)).toBe(expected);
});

it('names how many follow one that goes first', () => {
  const parts = stateParts(daemon('photos:1', { flags: ['scout'] }), NOW, 3);
  expect(fitParts(parts, 60)).toBe('#12,408  idle · goes first, 3 wait for it');
  expect(fitParts(parts, 28)).toBe('#12,408  idle · goes first');
});

describe('whatever the room', () => {
  const all = [draining, stuck, looping, waiting, legacy, daemon('写真', { status: '写真を縮小しています 4122' })];

  it('nothing is wider than it, and no number is cut', () => {
    for (const instance of all) {
      const whole = new Set(
        stateParts(instance, NOW).flatMap(({ text, brief }) => (brief ?? text).match(/\d+([,/.]\d+)*/g)),
      );
      for (let cells = 12; cells < 90; cells += 1) {
        const text = fitParts(stateParts(instance, NOW), cells);
        expect(measure(text)).toBeLessThanOrEqual(cells);
        for (const number of text.replace(/\S*…/g, '').match(/\d+([,/.]\d+)*/g) ?? []) expect(whole).toContain(number);
      }
    }
  });

  it('a bar that is not done is not full, and one that has begun is not empty', () => {
    const at = (done: number): string =>
      fitParts(stateParts(daemon('a', { progress: { done, total: 1_000 } }), NOW), 60).replace(/[^▓░]/g, '');
    expect([0, 1, 500, 999, 1_000, 2_000].map(at)).toEqual([
      '░░░░░░░░░░',
      '▓░░░░░░░░░',
      '▓▓▓▓▓░░░░░',
      '▓▓▓▓▓▓▓▓▓░',
      '▓▓▓▓▓▓▓▓▓▓',
      '▓▓▓▓▓▓▓▓▓▓',
    ]);
  });
});
