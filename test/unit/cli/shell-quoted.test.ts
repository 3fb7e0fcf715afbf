import { expect, test } from 'vitest';
import { shellQuoted } from '../../../src/cli/print/shell-quoted.ts';

test.each([
  ['/srv/shop/daemons.yaml', '/srv/shop/daemons.yaml'],
  ["it's one", String.raw`'it'\''s one'`],
  ['a\nb', String.raw`$'a\x0ab'`],
  ["\u001b]0;it's\u0007\\", String.raw`$'\x1b]0;it\'s\x07\\'`],
  ['\u009b2J', String.raw`$'\xc2\x9b2J'`],
])('%j is written %s', (word, quoted) => {
  expect(shellQuoted(word)).toBe(quoted);
});
