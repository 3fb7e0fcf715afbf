import { expect, test } from 'vitest';
import { isSameLine, putLine } from '../../../src/tui/raster.ts';
import type { Line, Role } from '../../../src/tui/screen.ts';

const line = (...texts: readonly string[]): Line => texts.map((text) => ({ text, role: 'plain' }));
function cellsOf(of: Line, width: number, colours: boolean): readonly (readonly [attribute: number, text: string])[] {
  const cells: [number, string][] = [];
  putLine(of, width, colours, (x, attribute, text) => {
    expect(x).toBe(cells.length);
    cells.push([attribute, text]);
  });
  return cells;
}

const texts = (of: Line, width: number): readonly string[] => cellsOf(of, width, true).map(([, text]) => text);

test.each<[what: string, line: Line, width: number, cells: readonly string[]]>([
  ['a letter is a cell', line('ab', 'c'), 3, ['a', 'b', 'c']],
  ['what is missing is blank', line('a'), 3, ['a', ' ', ' ']],
  ['what is too long is cut', line('abcd'), 2, ['a', 'b']],
  ['a wide letter takes two', line('漢x'), 3, ['漢', ' ', 'x']],
  ['a wide letter of which only half would fit is left out', line('a漢'), 2, ['a', ' ']],
  ['a mark goes with its letter', line('e\u0301x'), 2, ['e\u0301', 'x']],
  ['an emoji is one piece', line('👍x'), 3, ['👍', ' ', 'x']],
  ['what has no width is left out', line('a\u200bb'), 2, ['a', 'b']],
])('%s', (_, of, width, cells) => {
  expect(texts(of, width)).toEqual(cells);
});

test('each role that has a colour has one on the screen; without colours only weight and lines are left', () => {
  const attribute = (role: Role, colours: boolean, isSelected?: true): number =>
    cellsOf([{ text: 'x', role, ...(isSelected ? { isSelected } : {}) }], 1, colours)[0]?.[0] ?? -1;
  expect(attribute('good', true)).not.toBe(attribute('plain', true));
  expect(attribute('good', false)).toBe(attribute('plain', false));
  expect(attribute('bad', false)).toBe(attribute('strong', false));
  expect(attribute('plain', false, true)).not.toBe(attribute('plain', false));
});

test('lines are the same where each piece of them is', () => {
  expect(isSameLine(line('a', 'b'), line('a', 'b'))).toBe(true);
  expect(isSameLine(line('a', 'b'), line('ab'))).toBe(false);
  expect(isSameLine(line('a'), [{ text: 'a', role: 'bad' }])).toBe(false);
  expect(isSameLine(line('a'), [{ text: 'a', role: 'plain', isSelected: true }])).toBe(false);
  expect(isSameLine(undefined, line('a'))).toBe(false);
});
