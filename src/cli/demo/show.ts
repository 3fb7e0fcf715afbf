import type { Colour } from '../print/colour.ts';
import { wrapWords } from '../print/wrap.ts';
import { openHelpers, openJobs, only, type Note } from './ledger.ts';
import type { Row } from './tally.ts';

/** Columns if there is no terminal to ask. */
const COLUMNS = 110;
/** The width of the time and name of a deed, before its words. */
const INDENT = 22;

export function deedLines(
  name: string,
  seconds: number,
  words: string,
  colour: Colour,
  columns: number | null,
): readonly string[] {
  const lines = wrapWords(words, (columns ?? COLUMNS) - INDENT, '');
  const begin = `${clock(seconds).padStart(5)}  ${name.padEnd(INDENT - 7)}`;
  return lines.map((line, index) => (index === 0 ? colour('strong', begin) : ' '.repeat(INDENT)) + line);
}

/** The single line redrawn during a deed. */
export function waitingLine(name: string, seconds: number, what: string, notes: readonly Note[]): string {
  const now = `${openJobs(notes).length} jobs at work, ${openHelpers(notes).length} helpers, ${only(notes, 'end').length} done`;
  return `${clock(seconds).padStart(5)}  ${name}: waits for ${what} (${now})`;
}

export function tallyLines(rows: readonly Row[], colour: Colour): readonly string[] {
  const width = Math.max(...rows.map(({ what }) => what.length));
  return rows.map(({ what, count, unit, promised }) => {
    const figure = unit === undefined ? String(count).padStart(6) : `${count.toFixed(2)} ${unit}`.padStart(6);
    return `  ${what.padEnd(width)}  ${promised === undefined ? figure : colour(count === promised ? 'good' : 'bad', figure)}`;
  });
}

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
