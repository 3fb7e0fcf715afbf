/** The last lines of one instance, where somebody reads in them, and what is searched for. */
import type { Dropped } from '../control/api.ts';
import type { LineView } from '../control/view.ts';
import { matchesAmong } from './log-match.ts';
import { keepLine } from './log-text.ts';

/** How many lines are kept; older ones are in the files (`supervise logs`). */
export const KEPT_LINES = 2_000;

export type LogRow = LineView | Dropped;

export interface LogBuffer {
  /** Whose lines these are; null: nobody's log is followed. */
  readonly id: string | null;
  /** Their texts are clean. */
  readonly rows: readonly LogRow[];
  /** The number of the first of them: rows are numbered as they come, from 0. */
  readonly first: number;
  /** Lines that have come, kept or not. */
  readonly total: number;
  /** Lines that were left out because this screen fell behind. */
  readonly dropped: number;
  /** Where somebody reads; null: it follows. */
  readonly held: Held | null;
  /** How many cells of each line are to the left of the pane. */
  readonly left: number;
  readonly search: Search | null;
}

/** The lowest row of the pane, which stays where it is while lines come. */
export interface Held {
  /** The number of its line. */
  readonly row: number;
  /** Which part of the line that is: the one that has this unit of its text; Infinity: its end. */
  readonly unit: number;
  /** Rows from this number on have come since. */
  readonly seenTo: number;
}

export interface Search {
  readonly text: string;
  /** The numbers of the rows that match, of either stream. */
  readonly found: readonly number[];
  /** The one of them where one is; null: none. */
  readonly at: number | null;
  /** Where one was when the search began: a search that is given up leads back. */
  readonly from: Held | null;
}

/** A search goes on in the log of another. */
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

/** That lines are missing stands where they are missing. */
export const addDropped = (log: LogBuffer, count: number): LogBuffer =>
  addRows({ ...log, dropped: log.dropped + count }, [{ dropped: count }]);

export const endOf = ({ first, rows }: LogBuffer): number => first + rows.length;

/** What is held stays; only what falls out of the buffer moves it. */
function addRows(log: LogBuffer, more: readonly LogRow[]): LogBuffer {
  const rows = [...log.rows, ...more].slice(-KEPT_LINES);
  const first = endOf(log) + more.length - rows.length;
  const { search } = log;
  if (search === null) return { ...log, rows, first };
  const news = matchesAmong(more, search.text).map((index) => endOf(log) + index);
  const found = [...search.found, ...news].filter((row) => row >= first);
  return { ...log, rows, first, search: { ...search, found } };
}
