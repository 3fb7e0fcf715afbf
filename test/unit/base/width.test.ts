import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { fit, isPlain, measureFor } from '../../../src/base/width.ts';

test.each([
  ['photos', 6],
  ['boundary 5 · cut 0 …', 20],
  ['日本', 4],
  ['👩‍👩‍👧', 2],
  ['é', 1],
  ['e\u0301', 1],
  ['\u200b', 0],
  ['● photos', 8],
])('%s takes %i cells', async (text, cells) => {
  expect((await measureFor([text]))(text)).toBe(cells);
});

test.each([
  ['photos', 8, 'photos  '],
  ['photos', 6, 'photos'],
  ['photos', 4, 'pho…'],
  ['photos', 1, '…'],
  ['photos', 0, ''],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日… '],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
])('%s in %i cells is %s', async (text, cells, expected) => {
  expect(fit(text, cells, await measureFor([text]))).toBe(expected);
});

test('what is measured without the tables of Unicode has the width that they give it', () => {
  const letters = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter(isPlain);

  expect(letters.length).toBeGreaterThan(700);
  expect(letters.filter((letter) => stringWidth(letter) !== 1)).toEqual([]);
});
