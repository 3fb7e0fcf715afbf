import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { colourer } from '../../../src/cli/print/colour.ts';
import { cutLine } from '../../../src/cli/print/cut.ts';

const colour = colourer(true);
const coloured = `a ${colour('bad', 'red word')} and ${colour('faint', 'more')}`;

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abcdef', 1, '…'],
  ['写真縮小', 8, '写真縮小'],
  ['写真縮小', 6, '写真…'],
  ['写真縮小', 7, '写真縮…'],
  [coloured, 19, coloured],
  [coloured, 6, `a ${colour('bad', 'red…')}`],
])('%j in %d cells is %j', (line, cells, cut) => {
  const without = (text: string): string => text.replace(/(\u001b\[[0-9;]*m)+$/, '');
  const result = cutLine(line, cells, stringWidth);
  expect(without(result)).toBe(without(cut));
  expect(stringWidth(result)).toBeLessThanOrEqual(cells);
});

test('a colour that was begun is ended', () => {
  expect(cutLine(coloured, 6, stringWidth)).toContain(`red…\u001b[39m`);
});
