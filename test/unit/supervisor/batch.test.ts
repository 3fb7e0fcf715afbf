import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Batch, SUSPICION } from '../../../src/supervisor/batch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Seen {
  readonly batch: Batch;
  readonly told: (readonly [file: string, more: number, at: number])[];
  readonly storms: string[];
  readonly gone: Set<string>;
}

function begin(debounceMs = 300): Seen {
  const from = performance.now();
  const told: Seen['told'] = [];
  const storms: string[] = [];
  const gone = new Set<string>();
  const batch = new Batch(debounceMs, (root) => !gone.has(root), {
    told: (file, more) => told.push([file, more, Math.round(performance.now() - from)]),
    storm: (file) => storms.push(file),
  });
  return { batch, told, storms, gone };
}
const pass = (ms: number): unknown => vi.advanceTimersByTime(ms);

it('tells of many changes once, when nothing more has changed for a while', () => {
  const { batch, told } = begin();
  for (let n = 0; n < 10; n += 1) {
    batch.add(`a${n % 5}`, 'src');
    pass(200);
  }
  pass(60_000);
  expect(told).toEqual([['a0', 4, 2_100]]);
});

it('tells of changes that do not end', () => {
  const { batch, told } = begin();
  for (let n = 0; n < 310; n += 1) {
    batch.add('a', 'src');
    pass(100);
  }
  expect(told).toEqual([['a', 0, 30_000]]);
});

it('tells nothing while it is held, and all afterwards', () => {
  const { batch, told } = begin();
  batch.add('a', 'src');
  batch.hold(true);
  pass(10_000);
  batch.add('b', 'src');
  batch.hold(false);
  expect(told).toEqual([]);
  pass(300);
  expect(told).toEqual([['a', 1, 10_300]]);
});

it('tells all the same where it is held without end', () => {
  const { batch, told } = begin();
  batch.add('a', 'src');
  for (let n = 0; n < 400; n += 1) {
    batch.hold(false);
    batch.hold(true);
    pass(100);
    if (n === 200) batch.add('b', 'src');
  }
  expect(told).toEqual([['a', 1, 30_000]]);
});

it('does not count what has gone with the whole of what is watched', () => {
  const { batch, told, gone } = begin();
  gone.add('src');
  batch.add('src/a', 'src');
  batch.add('lib/a', 'lib');
  pass(300);
  batch.add('src/b', 'src');
  pass(10_000);
  expect(told).toEqual([['lib/a', 0, 300]]);
});

it('spaces changes that come soon after others were told, again and again, and warns of them once', () => {
  const { batch, told, storms } = begin();
  for (let n = 0; n < 12; n += 1) {
    const before = told.length;
    batch.add('own', 'src');
    while (told.length === before) pass(100);
    pass(200);
  }
  const gaps = told.map(([, , at], n) => at - (told[n - 1]?.[2] ?? 0)).slice(1);
  expect(gaps.slice(0, SUSPICION.believed - 1)).toEqual(Array(SUSPICION.believed - 1).fill(500));
  expect(gaps.slice(SUSPICION.believed - 1)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(storms).toEqual(['own']);
});

it('believes who waits a little', () => {
  const { batch, told, storms } = begin();
  for (let n = 0; n < 40; n += 1) {
    batch.add('a', 'src');
    pass(300 + SUSPICION.soonMs + 1);
  }
  expect([told.length, storms]).toEqual([40, []]);
});

it('tells nothing after its end', () => {
  const { batch, told } = begin();
  batch.add('a', 'src');
  batch.close();
  batch.hold(false);
  pass(10_000);
  expect(told).toEqual([]);
});
