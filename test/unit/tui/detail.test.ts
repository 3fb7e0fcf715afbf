import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/tui/message.ts';
import { update } from '../../../src/tui/update.ts';
import { NO_PACE, paceOf, rateWords, sampled, type Pace } from '../../../src/tui/pace.ts';
import { view } from '../../../src/tui/view.ts';
import { screenText } from '../../support/screen-text.ts';
import { ago, connected, crash, daemon, freshModel, keys, NOW, supervisor, use } from '../../support/screens.ts';

const wide = { size: { width: 120, height: 40 } };
const photos = daemon('photos');
const start = connected([photos, daemon('api')]);
const asks = (messages: readonly Message[], facts = wide): readonly unknown[] =>
  use(freshModel(facts), [start, ...messages]).requests.filter(({ do: what }) => what === 'detail');
const changed = (facts: object): Message => ({
  is: 'changed',
  supervisor: supervisor(),
  instances: [daemon('photos', facts)],
  resources: [],
});
const run = { ...crash(), run: 41, pid: 7, started_at: ago(90), iterations: 9 };

describe('the detail', () => {
  it('is asked for once, and again when its instance has started or ended', () => {
    const one = { do: 'detail', id: 'photos' };

    expect(asks([])).toEqual([one]);
    expect(asks([changed({ iterations: 12_409, busy: true }), { is: 'tick' }])).toEqual([one]);
    expect(asks([changed({ starts: 2 })])).toEqual([one, one]);
    expect(asks([changed({ pid: null, last_exit: crash() })])).toEqual([one, one]);
    expect(asks(keys('j', 'k'))).toEqual([one, { do: 'detail', id: 'api' }, one]);
    // Nobody sees it.
    expect(asks([], { size: { width: 80, height: 24 } })).toEqual([]);
  });

  it('an answer about another one is not shown under this one', () => {
    const answer: Message = { is: 'detail', instance: { ...photos, runs: [run] } };

    expect(screenText(view(use(freshModel(wide), [start, answer]).model))).toContain('cut YES');
    expect(screenText(view(use(freshModel(wide), [start, ...keys('j'), answer]).model))).not.toContain('cut YES');
    expect(screenText(view(use(freshModel(wide), [start, answer, ...keys('j')]).model))).not.toContain('cut YES');
  });

  it.each([
    [40, 8],
    [40, 10],
    [80, 24],
  ])('all of it can be read at %i x %i', (width, height) => {
    const runs = Array.from({ length: 20 }, (_, index) => ({ ...run, run: 100 + index }));
    const answer: Message = { is: 'detail', instance: { ...photos, runs } };
    let { model } = use(freshModel({ size: { width, height } }), [start, ...keys('enter'), answer, ...keys('enter')]);
    const seen = new Set<string>();
    for (let row = 0; row < 100; row += 1) {
      for (const [number] of screenText(view(model)).matchAll(/(?<= )1[01]\d(?= )/g)) seen.add(number);
      model = update(model, { is: 'key', key: 'down' }, NOW + row * 1_000).model;
    }
    expect(seen.size).toBe(20);
  });
});

describe('the rate of iterations', () => {
  const heard = (...counts: readonly (readonly [second: number, iterations: number])[]): Pace =>
    counts.reduce(
      (pace, [second, iterations]) => sampled(pace, { ...daemon('a', { iterations }), heardAt: second * 1_000 }),
      NO_PACE,
    );

  it('is what was done in each five seconds, as far back as it was heard', () => {
    const pace = heard([0, 100], [3, 103], [7, 110], [10, 110], [14, 130]);

    expect(paceOf(pace, 20_000)).toEqual({ buckets: [3, 7, 20, 0], perSecond: 1.5 });
    expect(paceOf(pace, 600_000).buckets).toEqual(Array.from({ length: 24 }, () => 0));
    expect(paceOf(NO_PACE, 20_000).buckets).toEqual([]);
  });

  it('begins anew with another instance, and where a count has fallen', () => {
    const pace = heard([0, 100], [5, 110]);
    const at = { heardAt: 10_000 };

    expect(sampled(pace, { ...daemon('b'), ...at }).samples).toHaveLength(1);
    expect(sampled(pace, { ...daemon('a', { iterations: 3 }), ...at }).samples).toEqual([
      { at: 10_000, iterations: 3 },
    ]);
    expect(sampled(pace, { ...daemon('a', { iterations: null }), ...at }).samples).toEqual([]);
  });

  it('is bounded: about a sample a second, of two minutes', () => {
    const counts = Array.from({ length: 10_000 }, (_, index) => [index / 10, index] as const);
    const pace = heard(...counts);

    expect(pace.samples.length).toBeLessThan(150);
    expect(paceOf(pace, 1_000_000).perSecond).toBeCloseTo(10, 0);
  });

  it.each([
    [0, 'none'],
    [3.21, '3.2/s'],
    [88.4, '88/s'],
    [0.2, '12/min'],
    [0.001, '4/h'],
  ])('%d a second is %s', (perSecond, words) => {
    expect(rateWords(perSecond)).toBe(words);
  });
});
