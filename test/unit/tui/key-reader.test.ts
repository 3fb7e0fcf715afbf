import { expect, test } from 'vitest';
import { keyReader } from '../../../src/tui/key-reader.ts';
import type { RawKey } from '../../../src/tui/key-reader.ts';

/** What is pressed, as blessed reports it: the text, and what it knows of the key. */
type Report = readonly [text: string | undefined, key?: RawKey];

const BEGIN: Report = [undefined, { name: 'undefined', code: '[200~' }];
const END: Report = [undefined, { name: 'undefined', code: '[201~' }];

test.each<[what: string, reports: readonly Report[], keys: readonly string[]]>([
  ['a letter', [['s', { name: 's' }]], ['s']],
  ['a capital', [['X', { name: 'x', shift: true }]], ['X']],
  ['a sign', [['/'], ['?']], ['/', '?']],
  ['a blank', [[' ', { name: 'space' }]], [' ']],
  ['a letter beyond ASCII', [['漢']], ['漢']],
  ['a letter that comes in two halves', [['\ud83d'], ['\udc4d']], ['👍']],
  [
    'Enter, which is reported twice',
    [
      ['\r', { name: 'return' }],
      ['\r', { name: 'enter' }],
    ],
    ['enter'],
  ],
  ['a lone line feed', [['\n', { name: 'linefeed' }]], []],
  [
    'arrows',
    [
      [undefined, { name: 'up' }],
      [undefined, { name: 'pagedown' }],
    ],
    ['up', 'pagedown'],
  ],
  ['Ctrl and a letter', [['\x03', { name: 'c', ctrl: true }]], ['C-c']],
  ['Shift and Tab', [[undefined, { name: 'tab', shift: true }]], ['S-tab']],
  ['Escape', [['\x1b', { name: 'escape' }]], ['escape']],
  ['Alt and a letter', [[undefined, { name: 'q', meta: true }]], []],
  ['what nobody knows', [[undefined, { name: 'undefined', code: '[99~' }]], []],
])('%s', (_, reports, keys) => {
  expect(pressed(reports)).toEqual(keys);
});

test('a paste is not obeyed, and what is typed behind it is', () => {
  expect(pressed([BEGIN, ['q'], ['\r', { name: 'return' }], END, ['s']])).toEqual(['s']);
});

test('into a line that is being typed a paste goes letter by letter, and does not end it', () => {
  expect(pressed([BEGIN, ['p'], ['\r', { name: 'return' }], [undefined, { name: 'up' }], ['2'], END], true)).toEqual([
    'p',
    '2',
  ]);
});

test('a paste whose end never comes is over after a silence', () => {
  let now = 0;
  const keys: string[] = [];
  const reader = keyReader(
    (key) => keys.push(key),
    () => now,
  );
  reader.hear(...BEGIN);
  reader.hear('q', undefined);
  now += 5_000;
  reader.hear('j', undefined);
  expect(keys).toEqual(['j']);
});

function pressed(reports: readonly Report[], typing = false): readonly string[] {
  const keys: string[] = [];
  const reader = keyReader((key) => keys.push(key));
  reader.typing = typing;
  for (const [text, key] of reports) reader.hear(text, key);
  return keys;
}
