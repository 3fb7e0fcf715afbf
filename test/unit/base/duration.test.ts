import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/base/duration.ts';

describe('parseDuration', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1.5s', 1_500],
    ['0s', 0],
    [' 5s ', 5_000],
    ['5 s', 5_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: ms });
  });

  test.each([
    ['5', 'a duration needs a unit: write 5s, 5m or 5ms'],
    ['5sec', 'the units are ms, s, m, h and d: write 5s'],
    ['5min', 'the units are ms, s, m, h and d: write 5m'],
    ['5M', 'the units are ms, s, m, h and d: write 5m'],
    ['250msec', 'the units are ms, s, m, h and d: write 250ms'],
    ['5weeks', 'the units are ms, s, m, h and d: write 5s'],
    ['', 'a duration is a number and a unit: 250ms, 30s, 5m, 2h or 1d'],
    ['soon', 'a duration is a number and a unit: 250ms, 30s, 5m, 2h or 1d'],
    ['-5s', 'a duration is a number and a unit: 250ms, 30s, 5m, 2h or 1d'],
    ['1h30m', 'a duration is a number and a unit: 250ms, 30s, 5m, 2h or 1d'],
    ['9999999d', 'a duration is at most 3650d'],
  ])('%j is refused', (text, error) => {
    expect(parseDuration(text)).toEqual({ ok: false, error });
  });
});

test.each([
  [0, '0s'],
  [250, '250ms'],
  [1_500, '1.5s'],
  [60_000, '1m'],
  [90_000, '90s'],
  [86_400_000, '1d'],
])('formatDuration(%d) is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('what is formatted is parsed back to the same number', () => {
  fc.assert(
    fc.property(fc.nat(10 ** 9), (ms) => {
      expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, value: ms });
    }),
  );
});
