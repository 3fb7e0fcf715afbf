/** Texts and lines in exactly so many cells of a terminal. */
import stringWidth from 'string-width';
import { cleanText } from '../base/clean.ts';
import { fit, isPlain, type Measure } from '../base/width.ts';
import type { Line, Role, Span } from './screen.ts';

/** How many cells a text takes that `cellText` has returned. */
export const measure: Measure = (text) => (isPlain(text) ? text.length : stringWidth(text));

/**
 * A stranger's text as a row of a screen can take it: no control sequence, and nothing about whose width terminals and
 * tables disagree (joiners, variation selectors, skin colours); a tab reaches to the next eighth cell.
 */
export function cellText(text: string): string {
  if (isPlain(text)) return text;
  const clean = cleanText(text)
    .replace(DISPUTED, '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
  return clean.includes('\t') ? expandTabs(clean) : clean;
}

const DISPUTED = /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}]/gu;
const TAB = 8;

function expandTabs(text: string): string {
  return text.split('\t').reduce((before, part) => before + ' '.repeat(TAB - (measure(before) % TAB)) + part);
}

export const span = (text: string, role: Role = 'plain'): Span => ({ text, role });

/** The text of a column, cut with `…` or filled up. */
export const cell = (text: string, cells: number): string => fit(cellText(text), cells, measure);

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
    const text = measure(clean) <= left ? clean : fit(clean, left, measure);
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

/** The title of a panel, drawn out to its right edge: `── log photos:1 ── follow ─────`. */
export function titleRule(parts: readonly Span[], cells: number): Line {
  const line = parts.flatMap((part) => [span('── ', 'faint'), part, span(' ')]);
  return [...line, span('─'.repeat(Math.max(0, cells - lineWidth(line))), 'faint')];
}
