import { expect, test } from 'vitest';
import { wrapWords } from '../../../src/cli/print/wrap.ts';

test.each<[string, number, readonly string[]]>([
  ['', 10, ['']],
  ['a b', 10, ['a b']],
  ['aaa bbb ccc', 7, ['aaa bbb', '..ccc']],
  ['aaa bbb ccc', 6, ['aaa', '..bbb', '..ccc']],
  ['one-long-word b', 5, ['one-long-word', '..b']],
  ['  key    value why it is so', 16, ['  key    value', '..why it is so']],
  ['ends with a blank ', 40, ['ends with a blank']],
])('%j in %i', (text, width, lines) => {
  expect(wrapWords(text, width, '..')).toEqual(lines);
});
