import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { letterCells, lettersOf, measure } from '../../../src/tui/cells.ts';
import { matchesAmong, matchesIn } from '../../../src/tui/log-match.ts';
import {
  cellAt,
  cutLine,
  keepLine,
  lineCells,
  wrapLine,
  type Stretch,
  type Texted,
} from '../../../src/tui/log-text.ts';

const rowsOf = (text: string, cells: number): readonly string[] => {
  const line = { text };
  return wrapLine(line, cells).map((part) => slice(line, part));
};
const slice = ({ text }: Texted, { start, end }: Stretch): string => text.slice(start, end);
const seen = (text: string, from: number, cells: number): string => {
  const line = { text };
  const cut = cutLine(line, from, cells);
  return ' '.repeat(cut.blank) + slice(line, cut);
};
const found = (text: string, wanted: string): readonly string[] => {
  const line = { text };
  return matchesIn(line, wanted).map((match) => slice(line, match));
};

const letters = (text: string): number => Array.from(new Intl.Segmenter().segment(text)).length;

const anyLine = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('写真 を縮小しました', '\ttab\t写\t', 'e\u0301\u0308e', '\u0301 alone', '👨‍👩‍👧‍👦🇩🇪👍🏽'),
  )
  .map((text) => keepLine({ text }));

describe('a line is wrapped', () => {
  it.each([
    ['', 4, ['']],
    ['abcd', 4, ['abcd']],
    ['abcdefghi', 4, ['abcd', 'efgh', 'i']],
    ['a  b   c', 3, ['a  ', 'b  ', ' c']],
    ['写真縮小', 3, ['写', '真', '縮', '小']],
    ['a写真b', 3, ['a写', '真b']],
    ['e\u0301e\u0301e\u0301', 2, ['e\u0301e\u0301', 'e\u0301']],
    ['🎉🎉🎉', 4, ['🎉🎉', '🎉']],
    ['写', 1, ['写']],
  ])('%j in %d cells', (text, cells, rows) => {
    expect(rowsOf(text, cells)).toEqual(rows);
  });

  it('with every character exactly once, and no row wider than there is room', () => {
    fc.assert(
      fc.property(anyLine, fc.integer({ min: 2, max: 40 }), (line, cells) => {
        const parts = wrapLine(line, cells).map((part) => slice(line, part));

        expect(parts.join('')).toBe(line.text);
        // Except a single letter that is wider by itself: some musical signs are.
        expect(parts.filter((part) => measure(part) > cells && letters(part) > 1)).toEqual([]);
      }),
    );
  });
});

describe('a line is scrolled sideways', () => {
  it.each([
    ['abcdef', 0, 3, 'abc'],
    ['abcdef', 4, 3, 'ef'],
    ['abcdef', 9, 3, ''],
    ['写真縮小', 0, 5, '写真'],
    ['写真縮小', 2, 4, '真縮'],
    ['写真縮小', 1, 4, ' 真'],
    ['e\u0301e\u0301x', 1, 2, 'e\u0301x'],
    ['写', 5, 2, ''],
  ])('%j from cell %d, %d cells', (text, from, cells, shown) => {
    expect(seen(text, from, cells)).toBe(shown);
  });

  it('and never is wider than there is room', () => {
    const cells = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(anyLine, fc.nat(90), cells, (line, from, room) => {
        expect(measure(seen(line.text, from, room))).toBeLessThanOrEqual(room);
      }),
    );
  });

  it('by the cells that it takes', () => {
    const line = { text: '写真abc' };

    expect(lineCells(line)).toBe(7);
    expect(cellAt(line, 3)).toBe(5);
    expect(cellAt({ text: 'abc' }, 2)).toBe(2);
  });
});

it('letters that nothing can join are the same with and without the tables of Unicode', () => {
  const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 20 }));
  fc.assert(
    fc.property(any, (text) => {
      const clean = keepLine({ text }).text;
      const letters = lettersOf(clean);
      fc.pre(letters !== null);

      expect(letters).toEqual(Array.from(new Intl.Segmenter().segment(clean), ({ segment }) => segment));
      expect(letters.map(letterCells)).toEqual(letters.map(measure));
    }),
    { numRuns: 2_000 },
  );
});

describe('a line is kept', () => {
  it.each([
    ['\x1b[31mred\x1b[0m', 'red'],
    ['a\tb', 'a       b'],
    ['写\tb', '写      b'],
    ['\x07\x1b]0;owned\x07', '␇'],
    ['👨‍👩‍👧‍👦', '👨👩👧👦'],
    ['\ud83d', '\ufffd'],
  ])('%j as %j', (text, clean) => {
    expect(keepLine({ text }).text).toBe(clean);
  });

  it('bounded, whatever its tabs would make of it, and quickly', () => {
    const began = performance.now();
    for (const text of ['\t'.repeat(60_000), '写\t'.repeat(30_000), '写'.repeat(60_000), '🎉'.repeat(40_000)])
      expect(keepLine({ text }).text.length).toBeLessThanOrEqual(4_097);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('a text is found', () => {
  it.each([
    ['no EXIF in it', 'exif', ['EXIF']],
    ['no EXIF in it', 'Exif', []],
    ['Exif and exif', 'exif', ['Exif', 'exif']],
    ['a.b a+b', 'a.b', ['a.b']],
    ['(\\d+) [x] {y}', '(\\d+) [x] {', ['(\\d+) [x] {']],
    ['ÄRGER', 'ärger', ['ÄRGER']],
    ['写真 を縮小', '縮小', ['縮小']],
    ['cafe\u0301', 'cafe', ['cafe\u0301']],
    ['aaaa', 'aa', ['aa', 'aa']],
    ['anything', '', []],
  ])('in %j: %j', (text, wanted, matches) => {
    expect(found(text, wanted)).toEqual(matches);
  });

  it('whatever is typed, without a throw, and wherever it was cut out', () => {
    const typed = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom('\\', '[', '(?', '\ud83d', 'a{9}', '*'),
    );
    fc.assert(
      fc.property(anyLine, typed, fc.nat(), fc.nat(), (line, text, from, length) => {
        matchesAmong([line], text);
        matchesIn(line, text);
        const part = line.text.slice(from % (line.text.length + 1)).slice(0, 1 + (length % 9));
        fc.pre(part !== '' && !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(part));

        expect(matchesAmong([{ dropped: 3 }, line], part)).toEqual([1]);
      }),
    );
  });
});
