import { expect, test } from 'vitest';
import { splitWords, withoutShell } from '../../../src/config/words.ts';

test.each([
  ['php artisan queue:work', ['php', 'artisan', 'queue:work']],
  ['./a.php  --queue "two words"', ['./a.php', '--queue', 'two words']],
  [`a 'it "is"' ""`, ['a', 'it "is"', '']],
  [String.raw`grep '\d+' x`, ['grep', String.raw`\d+`, 'x']],
  ['a --opt="b c"', ['a', '--opt=b c']],
  ['a "|" \'>\'', ['a', '|', '>']],
  ['a x|y b&c', ['a', 'x|y', 'b&c']],
])('%s', (line, words) => {
  expect(splitWords(line, 'no shell')).toEqual({ ok: true, value: words });
});

test.each([
  ['a | b', 'has "|" in it, and no shell runs it'],
  ['a && b', 'has "&&" in it, and no shell runs it'],
  ['a > b', 'has ">" in it, and no shell runs it'],
  ['a 2>&1', 'has "2>&1" in it, and no shell runs it'],
  ['a; b', 'has "a;" in it, and no shell runs it'],
  ['a "b', 'has a quote that is never closed'],
  [String.raw`a \* b`, 'has a backslash, and only a shell knows what it means'],
  [String.raw`a "\"" b`, 'has a quote that is never closed'],
  ['"" b', 'names no program'],
])('%s is refused', (line, what) => {
  expect(splitWords(line, 'no shell')).toMatchObject({ ok: false, error: { what } });
});

test.each([
  ['./a.sh &', 'leave the & out: daemons run beside each other anyway, and one behind & would be lost sight of'],
  ['cd workers && ./a.sh --fast', 'write cwd: workers, and here ./a.sh --fast'],
  ['cd workers && ./a.sh | cat', undefined],
  ['cd ~/app && ./a.sh', undefined],
  ['./a.sh & ./b.sh &', undefined],
])('%s: what to write instead', (line, hint) => {
  expect(withoutShell(line)).toBe(hint);
});
