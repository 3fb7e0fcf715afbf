/** The text of a log line in cells: how much of it is kept, and where a screen row can begin and end in it. */
import { isPlain } from '../base/width.ts';
import { cleanCells, letterCells, lettersOf, measure } from './cells.ts';

/** Per line; more than any screen shows. A line can have 64 KiB, and two thousand of those are too much to keep. */
export const KEPT_BYTES = 4_096;

/** A text whose line is kept as long as it is. */
export interface Texted {
  readonly text: string;
}

/** A part of a text, in UTF-16 units: from `start` to before `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The line with a screen-safe text, cut with `…` if long. */
export function keepLine<T extends Texted>(line: T): T {
  const { text } = line;
  if (text.length <= KEPT_BYTES && isPlain(text)) return line;
  const isLong = text.length > KEPT_BYTES;
  // A copy, since a substring keeps the whole string in memory.
  const head = isLong ? Buffer.from(text).toString('utf8', 0, KEPT_BYTES) : text;
  const clean = cleanCells(head, KEPT_BYTES);
  // Expanded tabs have made it longer.
  if (clean.length <= KEPT_BYTES) return { ...line, text: isLong ? `${clean}…` : clean };
  return { ...line, text: `${clean.slice(0, KEPT_BYTES).replace(/[\ud800-\udbff]$/, '')}…` };
}

/** The line in rows of so many cells: each character is in exactly one; at least one row. */
export function wrapLine(line: Texted, cells: number): readonly Stretch[] {
  const { text } = line;
  const room = Math.max(1, cells);
  const pieces = piecesOf(line);
  if (pieces === null)
    return Array.from({ length: Math.max(1, Math.ceil(text.length / room)) }, (_, row) => ({
      start: row * room,
      end: Math.min(text.length, (row + 1) * room),
    }));
  const { starts, offsets } = pieces;
  const rows: Stretch[] = [];
  let from = 0;
  for (let piece = 0; piece < starts.length - 1; piece += 1) {
    const overflows = at(offsets, piece + 1) - at(offsets, from) > room;
    if (!overflows || piece === from) continue;
    rows.push({ start: at(starts, from), end: at(starts, piece) });
    from = piece;
  }
  return [...rows, { start: at(starts, from), end: text.length }];
}

/** The visible part of a line from cell `from` on, after `blank` cells if half of a wide letter is cut off. */
export function cutLine(line: Texted, from: number, cells: number): Stretch & { readonly blank: number } {
  const { text } = line;
  const pieces = piecesOf(line);
  if (pieces === null)
    return { start: Math.min(from, text.length), end: Math.min(from + cells, text.length), blank: 0 };
  const { starts, offsets } = pieces;
  const last = starts.length - 1;
  let first = 0;
  while (first < last && at(offsets, first) < from) first += 1;
  let end = first;
  while (end < last && at(offsets, end + 1) <= from + cells) end += 1;
  return { start: at(starts, first), end: at(starts, end), blank: first === last ? 0 : at(offsets, first) - from };
}

/** How many cells of the line precede this unit of its text. */
export function cellAt(line: Texted, unit: number): number {
  const pieces = piecesOf(line);
  return pieces === null ? unit : at(pieces.offsets, pieceAt(pieces.starts, unit));
}

/** The whole letters that a stretch touches. */
export function wholeLetters(line: Texted, { start, end }: Stretch): Stretch {
  const pieces = piecesOf(line);
  if (pieces === null) return { start, end };
  const { starts } = pieces;
  const last = pieceAt(starts, end);
  return { start: at(starts, pieceAt(starts, start)), end: at(starts, last) === end ? end : at(starts, last + 1) };
}

export const lineCells = (line: Texted): number => piecesOf(line)?.offsets.at(-1) ?? line.text.length;

/** Where its letters begin, in units and in cells; one more entry for its end. */
interface Pieces {
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
}

const SEGMENTER = new Intl.Segmenter();
/** They are needed for each picture, and the Unicode tables are slow. */
const known = new WeakMap<Texted, Pieces | null>();

/** Null: each unit is a letter of one cell. */
function piecesOf(line: Texted): Pieces | null {
  let pieces = known.get(line);
  if (pieces === undefined) {
    pieces = isPlain(line.text) ? null : takeApart(line.text);
    known.set(line, pieces);
  }
  return pieces;
}

function takeApart(text: string): Pieces {
  const alone = lettersOf(text);
  const letters = alone ?? Array.from(SEGMENTER.segment(text), ({ segment }) => segment);
  const cellsOf = alone === null ? measure : letterCells;
  const starts: number[] = [];
  const offsets: number[] = [];
  let [start, offset] = [0, 0];
  for (const letter of letters) {
    starts.push(start);
    offsets.push(offset);
    start += letter.length;
    offset += cellsOf(letter);
  }
  return { starts: [...starts, start], offsets: [...offsets, offset] };
}

/** The piece that contains a unit. */
function pieceAt(starts: readonly number[], unit: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(starts, middle) <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}

const at = (numbers: readonly number[], index: number): number => numbers[index] ?? 0;
