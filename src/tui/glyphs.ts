/** The signs on the screen, for terminals with and without Unicode. */
import { measure } from './cells.ts';
import type { Line } from './screen.ts';

export type GlyphSet = 'unicode' | 'ascii';

/** What panels draw, for an ASCII-only terminal; letters that it cannot show become `?`, at the same width. */
export const asciiLine = (line: Line): Line =>
  line.map((each) => (PRINTABLE.test(each.text) ? each : { ...each, text: asciiText(each.text) }));

const PRINTABLE = /^[\x20-\x7e]*$/;

const SPELLING: Readonly<Record<string, string>> = {
  '─': '-',
  '│': '|',
  '·': '-',
  '…': '~',
  '▸': '>',
  '←': '<',
  '→': '>',
  '↑': '^',
  '↓': 'v',
  '■': '#',
  '▓': '#',
  '░': '.',
};

const asciiText = (text: string): string =>
  Array.from(new Intl.Segmenter().segment(text), ({ segment }) =>
    PRINTABLE.test(segment) ? segment : (SPELLING[segment] ?? '?'.repeat(measure(segment))),
  ).join('');
