/** Plain-text search in lines: case-sensitive once a capital is typed. */
import type { Dropped } from '../control/api.ts';
import { wholeLetters, type Stretch, type Texted } from './log-text.ts';

/** The indexes of the rows that contain it. An empty text matches none. */
export function matchesAmong(rows: readonly (Texted | Dropped)[], text: string): readonly number[] {
  const pattern = patternOf(text);
  if (pattern === null) return [];
  const found: number[] = [];
  for (const [index, row] of rows.entries()) {
    pattern.lastIndex = 0;
    if ('text' in row && pattern.test(row.text)) found.push(index);
  }
  return found;
}

/** Where it occurs in a line, in whole letters, as far as it begins before a unit of its text. */
export function matchesIn(line: Texted, text: string, before = Infinity): readonly Stretch[] {
  const pattern = patternOf(text);
  const matches: Stretch[] = [];
  if (pattern === null) return matches;
  for (const { index, 0: match } of line.text.matchAll(pattern)) {
    if (index >= before) break;
    matches.push(wholeLetters(line, { start: index, end: index + match.length }));
  }
  return matches;
}

const SYNTAX = /[\\^$.*+?()[\]{}|/]/g;

// A regular expression finds it ten times faster than lower-casing every text, which makes a copy of each.
const patternOf = (text: string): RegExp | null =>
  text === '' ? null : new RegExp(text.replace(SYNTAX, '\\$&'), /\p{Lu}/u.test(text) ? 'gu' : 'giu');
