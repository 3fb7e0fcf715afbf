/** Texts and lines in exactly so many cells of a terminal. */
import stringWidth from 'string-width';
import { cleanText } from '../base/clean.ts';
import { fit, isPlain, type Measure } from '../base/width.ts';
import type { Line, Role, Span } from './screen.ts';

/** How many cells a text takes that `cellText` has returned. */
export const measure: Measure = (text) => (isPlain(text) ? text.length : stringWidthOf(text));

/**
 * A stranger's text as a row of a screen can take it: no control sequence, and nothing about whose width terminals and
 * tables disagree (joiners, variation selectors, skin colours, flags); a tab reaches to the next eighth cell.
 */
export const cellText = (text: string): string =>
  text.length <= MOST_UNITS && isPlain(text) ? text : cleanedText(text.slice(0, MOST_UNITS + 1));

/** More than any row shows; a log line may have a mebibyte. */
const MOST_UNITS = 2_000;

// The same texts are drawn in frame after frame, and the tables of Unicode are slow.
const stringWidthOf = remembering((text) => stringWidth(text));
const cleanedText = remembering((text) => cleanCells(text, MOST_UNITS));
const cutText = remembering((text, cells) => fit(text, cells, measure));

/** The same for a text of any length, remembered nowhere; cut with `…` behind `most` UTF-16 units. */
export function cleanCells(text: string, most: number): string {
  const clean = cleanText(text, most)
    .replace(FLAG_LETTER, plainLetter)
    .replace(DISPUTED, '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
  return clean.includes('\t') ? expandTabs(clean) : clean;
}

const DISPUTED = /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u20e3]/gu;
/** Two of them are a flag, or two letters, or something in between. */
const FLAG_LETTER = /\p{Regional_Indicator}/gu;
const plainLetter = (letter: string): string => String.fromCodePoint((letter.codePointAt(0) ?? 0) - 0x1f1e6 + 0x41);

const TAB = 8;

function expandTabs(text: string): string {
  const [first = '', ...others] = text.split('\t');
  let expanded = first;
  let at = cellsOf(first);
  for (const part of others) {
    const gap = TAB - (at % TAB);
    expanded += ' '.repeat(gap) + part;
    at += gap + cellsOf(part);
  }
  return expanded;
}

/**
 * The letters of a text, one by one, where each code point is one: then none of the slow tables is needed. Null where marks
 * or vowels may join them.
 */
export const lettersOf = (text: string): readonly string[] | null => (JOINING.test(text) ? null : Array.from(text));

/** Marks; and letters that join what stands before them or behind: Hangul, Thai, Lao, half-width Katakana, scripts beyond the first plane. */
const JOINING =
  /[\p{M}\p{Cf}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u0d4e\u0e33\u0eb3\uff9e\uff9f\u{10000}-\u{1efff}]|\p{Grapheme_Extend}/u;

/** How many cells a code point takes that stands alone. */
export function letterCells(letter: string): number {
  if (isPlain(letter)) return 1;
  let cells = widths.get(letter);
  if (cells === undefined) {
    if (widths.size >= MOST_WIDTHS) widths.clear();
    cells = stringWidth(letter);
    widths.set(letter, cells);
  }
  return cells;
}

const widths = new Map<string, number>();
const MOST_WIDTHS = 10_000;

/** Near enough for a tab stop, where letters are joined; and quick. */
function cellsOf(text: string): number {
  if (isPlain(text)) return text.length;
  let cells = 0;
  for (const letter of text) cells += letterCells(letter);
  return cells;
}

/** Remembers what was computed for the last texts: some frames full. */
function remembering<T>(compute: (text: string, cells: number) => T): (text: string, cells?: number) => T {
  const known = new Map<string, T>();
  return (text, cells = 0) => {
    const key = `${cells} ${text}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= 1_000) known.clear();
    const result = compute(text, cells);
    known.set(key, result);
    return result;
  };
}

export const span = (text: string, role: Role = 'plain'): Span => ({ text, role });

/** The text of a column, cut with `…` or filled up. */
export const cell = (text: string, cells: number): string => fitText(cellText(text), cells);

const fitText = (text: string, cells: number): string =>
  isPlain(text) ? fit(text, cells, measure) : cutText(text, cells);

export const cellRight = (text: string, cells: number): string =>
  measure(text) < cells ? ' '.repeat(cells - measure(text)) + text : cell(text, cells);

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + measure(text), 0);

/** The line in exactly so many cells. Whatever a panel has put into it, no control character leaves here. */
export function fitLine(line: Line, cells: number): Line {
  const fitted: Span[] = [];
  let left = cells;
  for (const each of line) {
    if (left <= 0) break;
    const clean = cellText(each.text);
    const text = measure(clean) <= left ? clean : fitText(clean, left);
    fitted.push(text === each.text ? each : { ...each, text });
    left -= measure(text);
  }
  if (left > 0) fitted.push(span(' '.repeat(left)));
  return fitted;
}

/** What stands at both ends of a row; what is right gives way. */
export function spread(left: Line, right: Line, cells: number): Line {
  const gap = cells - lineWidth(left) - lineWidth(right);
  return gap < 2 ? left : [...left, span(' '.repeat(gap)), ...right];
}

/** Words in rows of at most so many cells; a word that is longer than a row is broken. */
export function wrapText(text: string, cells: number): readonly string[] {
  if (cells <= 0) return [];
  const rows: string[] = [];
  let row = '';
  for (const word of cellText(text)
    .split(' ')
    .flatMap((each) => breakWord(each, cells))) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (row !== '' && measure(longer) > cells) {
      rows.push(row);
      row = word;
    } else row = longer;
  }
  return row === '' ? rows : [...rows, row];
}

/** The same in at most so many rows; the last one says with `…` that there is more. */
export function wrapAtMost(text: string, cells: number, most: number): readonly string[] {
  const rows = wrapText(text, cells);
  return rows.length <= most ? rows : [...rows.slice(0, most - 1), cell(rows.slice(most - 1).join(' '), cells)];
}

function breakWord(word: string, cells: number): readonly string[] {
  if (measure(word) <= cells) return [word];
  const parts: string[] = [];
  let part = '';
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (part !== '' && measure(part + segment) > cells) {
      parts.push(part);
      part = '';
    }
    part += segment;
  }
  return [...parts, part];
}

/** The title of a panel, drawn out to its right edge: `── log photos:1 ── follow ─────`. What does not fit is left out. */
export function titleRule(parts: readonly Span[], cells: number): Line {
  const line: Span[] = [];
  for (const [index, part] of parts.entries()) {
    const more = [span('── ', 'faint'), part, span(' ')];
    if (index > 0 && lineWidth([...line, ...more]) > cells) break;
    line.push(...more);
  }
  return [...line, span('─'.repeat(Math.max(0, cells - lineWidth(line))), 'faint')];
}
