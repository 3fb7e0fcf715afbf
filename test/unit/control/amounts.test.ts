import { expect, it } from 'vitest';
import { coarseSpan, memoryText, writtenMegabytes } from '../../../src/control/amounts.ts';

it.each([
  [-1, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_599_999, '59m'],
  [3_600_000, '1h'],
  [86_399_999, '23h'],
  [86_400_000, '1d'],
  [999 * 86_400_000, '999d'],
])('%d ms is %s', (ms, words) => {
  expect(coarseSpan(ms)).toBe(words);
});

it.each([
  [0, '<1M'],
  [999_999, '<1M'],
  [1e6, '1M'],
  [61.4e6, '61M'],
  [999.4e6, '999M'],
  [999.6e6, '1.0G'],
  [1.24e9, '1.2G'],
  [9.94e9, '9.9G'],
  [9.96e9, '10G'],
  [999.4e9, '999G'],
])('%d bytes are %s', (bytes, words) => {
  expect(memoryText(bytes)).toBe(words);
});

it('what is written the same is the same to who sorts', () => {
  expect(writtenMegabytes(1.21e9)).toBe(writtenMegabytes(1.24e9));
  expect(writtenMegabytes(61.4e6)).toBeLessThan(writtenMegabytes(61.6e6));
});
