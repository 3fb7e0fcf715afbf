import { describe, expect, it } from 'vitest';
import {
  cell,
  cellRight,
  cellText,
  fitLine,
  lineWidth,
  measure,
  span,
  spread,
  wrapAtMost,
  wrapText,
} from '../../../src/tui/cells.ts';
import { asciiLine } from '../../../src/tui/glyphs.ts';

describe('cellText', () => {
  it.each([
    ['\x1b[31mred\x1b[0m', 'red'],
    ['\x1b]0;title\x07text', 'text'],
    ['a\rb\x07', 'a␍b␇'],
    ['a\tb', 'a       b'],
    ['写\tb', '写      b'],
    ['👨‍👩‍👧', '👨👩👧'],
    ['❤️', '❤'],
    ['👍🏽', '👍'],
    ['🇩🇪', 'DE'],
    ['1️⃣', '1'],
    ['soft\u00adhyphen\u200b', 'softhyphen'],
    ['\ud83d lone', '\ufffd lone'],
  ])('%j is %j', (text, clean) => {
    expect(cellText(text)).toBe(clean);
  });
});

describe('in cells', () => {
  it.each([
    ['写真', 4],
    ['e\u0301', 1],
    ['🎉', 2],
    ['▸●│', 3],
  ])('%s takes %i', (text, cells) => {
    expect(measure(text)).toBe(cells);
  });

  it('wide letters are never cut in half', () => {
    expect(cell('写真です', 6)).toBe('写真… ');
    expect(cell('写真', 3)).toBe('写…');
    expect(cellRight('98%', 5)).toBe('  98%');
    expect(cellRight('123456', 5)).toBe('1234…');
  });

  it('a line is filled up or cut', () => {
    expect(fitLine([span('ab'), span('cd', 'bad')], 6)).toEqual([span('ab'), span('cd', 'bad'), span('  ')]);
    expect(fitLine([span('ab'), span('cdef', 'bad'), span('g')], 4)).toEqual([span('ab'), span('c…', 'bad')]);
    expect(fitLine([span('ab')], 0)).toEqual([]);
  });

  it('what no panel has cleaned is cleaned here', () => {
    expect(fitLine([span('\x1b[2Jab\n')], 4)).toEqual([span('ab␊'), span(' ')]);
  });

  it('what is right gives way', () => {
    expect(lineWidth(spread([span('left')], [span('right')], 20))).toBe(20);
    expect(spread([span('left')], [span('right')], 10)).toEqual([span('left')]);
  });
});

describe('wrapText', () => {
  it.each([
    ['one two three', 8, ['one two', 'three']],
    ['', 8, []],
    ['abcdefghijk', 4, ['abcd', 'efgh', 'ijk']],
    ['a 写真写真', 5, ['a', '写真', '写真']],
    ['any', 0, []],
  ])('%j in %i', (text, cells, rows) => {
    expect(wrapText(text, cells)).toEqual(rows);
  });
});

it('what takes more rows than there are says so', () => {
  expect(wrapAtMost('one two three four', 9, 2)).toEqual(['one two', 'three fo…']);
  expect(wrapAtMost('one two', 9, 2)).toEqual(['one two']);
});

it('without Unicode a line keeps its width', () => {
  const line = [span('▸● 写真 │ é … ─'), span('plain')];
  const [first, second] = asciiLine(line);

  expect(first?.text).toBe('>? ???? | ? ~ -');
  expect(second).toBe(line[1]);
  expect(lineWidth(asciiLine(line))).toBe(lineWidth(line));
});
