/** The latest lines of one instance, the reading position, and the search. */
import type { Dropped } from '../control/api.ts';
import type { LineView } from '../control/view.ts';
import { matchesAmong } from './log-match.ts';
import { keepLine } from './log-text.ts';

/** How many lines are kept; older ones are in the files (`supervise logs`). */
export const KEPT_LINES = 2_000;

export type LogRow = LineView | Dropped;

export interface LogBuffer {
  /** Whose lines these are; null: no log is followed. */
  readonly id: string | null;
  /** Their texts are clean. */
  readonly rows: readonly LogRow[];
  /** The number of the first row: rows are numbered as they come, from 0. */
  readonly first: number;
  /** Lines received, kept or not. */
  readonly total: number;
  /** Lines left out because this screen fell behind. */
  readonly dropped: number;
  /** The reading position; null: it follows. */
  readonly held: Held | null;
  /** How many cells of each line are left of the pane. */
  readonly left: number;
  readonly search: Search | null;
}

/** The lowest row of the pane, which stays in place while lines come. */
export interface Held {
  /** The number of its line. */
  readonly row: number;
  /** The part of the line, given by a unit of its text that it contains; Infinity: its end. */
  readonly unit: number;
  /** Rows from this number on have arrived since. */
  readonly seenTo: number;
}

export interface Search {
  readonly text: string;
  /** The numbers of the matching rows, of either stream. */
  readonly found: readonly number[];
  /** The current one among them; null: none. */
  readonly at: number | null;
  /** The position when the search began: giving up leads back to it. */
  readonly from: Held | null;
}

/** A search continues in another instance's log. */
export const newLog = (id: string | null, search: Search | null = null): LogBuffer => ({
  id,
  rows: [],
  first: 0,
  total: 0,
  dropped: 0,
  held: null,
  left: 0,
  search: search && { text: search.text, found: [], at: null, from: null },
});

export const addLines = (log: LogBuffer, lines: readonly LineView[]): LogBuffer =>
  addRows({ ...log, total: log.total + lines.length }, lines.slice(-KEPT_LINES).map(keepLine));

/** The notice of missing lines stands where they are missing. */
export const addDropped = (log: LogBuffer, count: number): LogBuffer =>
  addRows({ ...log, dropped: log.dropped + count }, [{ dropped: count }]);

export const endOf = ({ first, rows }: LogBuffer): number => first + rows.length;

/** A held position stays; only rows falling out of the buffer move it. */
function addRows(log: LogBuffer, more: readonly LogRow[]): LogBuffer {
  const rows = [...log.rows, ...more].slice(-KEPT_LINES);
  const first = endOf(log) + more.length - rows.length;
  const { search } = log;
  if (search === null) return { ...log, rows, first };
  const news = matchesAmong(more, search.text).map((index) => endOf(log) + index);
  const found = [...search.found, ...news].filter((row) => row >= first);
  return { ...log, rows, first, search: { ...search, found } };
}
