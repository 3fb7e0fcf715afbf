/** Texts and lines fitted to an exact number of terminal cells. */
import stringWidth from 'string-width';
import { cleanText } from '../base/clean.ts';
import { fit, isPlain, type Measure } from '../base/width.ts';
import type { Line, Role, Span } from './screen.ts';

/** The width in cells of a text returned by `cellText`. */
export const measure: Measure = (text) => (isPlain(text) ? text.length : stringWidthOf(text));

/**
 * A stranger's text made safe for a screen row: no control sequences, and nothing whose width terminals and tables disagree about (joiners,
 * variation selectors, skin colours, flags); a tab extends to the next eighth cell.
 */
export const cellText = (text: string): string =>
  text.length <= MOST_UNITS && isPlain(text) ? text : cleanedText(text.slice(0, MOST_UNITS + 1));

/** More than any row shows; a log line may be a mebibyte long. */
const MOST_UNITS = 2_000;

// The same texts are drawn frame after frame, and the Unicode tables are slow.
const stringWidthOf = remembering((text) => stringWidth(text));
const cleanedText = remembering((text) => cleanCells(text, MOST_UNITS));
const cutText = remembering((text, cells) => fit(text, cells, measure));

/** The same for a text of any length, without a cache; cut with `…` after `most` UTF-16 units. */
export function cleanCells(text: string, most: number): string {
  const clean = cleanText(text, most)
    .replace(FLAG_LETTER, plainLetter)
    .replace(DISPUTED, '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
  return clean.includes('\t') ? expandTabs(clean) : clean;
}

const DISPUTED = /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u20e3]/gu;
/** Two of them make a flag, or two letters, or something in between. */
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

/** The letters of a text, if each is a single code point: then none of the slow tables is needed. Null if marks or vowels may join them. */
export const lettersOf = (text: string): readonly string[] | null => (JOINING.test(text) ? null : Array.from(text));

/** Marks, and letters that join their neighbours: Hangul, Thai, Lao, half-width Katakana, scripts beyond the first plane. */
const JOINING =
  /[\p{M}\p{Cf}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u0d4e\u0e33\u0eb3\uff9e\uff9f\u{10000}-\u{1efff}]|\p{Grapheme_Extend}/u;

/** The width in cells of a code point on its own. */
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

/** Good enough for a tab stop where letters are joined; and quick. */
function cellsOf(text: string): number {
  if (isPlain(text)) return text.length;
  let cells = 0;
  for (const letter of text) cells += letterCells(letter);
  return cells;
}

/** Caches the results for the latest texts: a few frames' worth. */
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

/** The text of a column, cut with `…` or padded. */
export const cell = (text: string, cells: number): string => fitText(cellText(text), cells);

const fitText = (text: string, cells: number): string =>
  isPlain(text) ? fit(text, cells, measure) : cutText(text, cells);

export const cellRight = (text: string, cells: number): string =>
  measure(text) < cells ? ' '.repeat(cells - measure(text)) + text : cell(text, cells);

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + measure(text), 0);

/** The line in exactly so many cells. Whatever a panel put into it, no control character gets out. */
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

/** Texts for both ends of a row; the right one gives way. */
export function spread(left: Line, right: Line, cells: number): Line {
  const gap = cells - lineWidth(left) - lineWidth(right);
  return gap < 2 ? left : [...left, span(' '.repeat(gap)), ...right];
}

/** Words in rows of at most so many cells; a word longer than a row is broken. */
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

/** The same in at most so many rows; the last one ends with `…` if there is more. */
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

/** The title of a panel, extended to its right edge: `── log photos:1 ── follow ─────`. What does not fit is left out. */
export function titleRule(parts: readonly Span[], cells: number): Line {
  const line: Span[] = [];
  for (const [index, part] of parts.entries()) {
    const more = [span('── ', 'faint'), part, span(' ')];
    if (index > 0 && lineWidth([...line, ...more]) > cells) break;
    line.push(...more);
  }
  return [...line, span('─'.repeat(Math.max(0, cells - lineWidth(line))), 'faint')];
}
