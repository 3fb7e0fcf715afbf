/** The last lines of one instance, and how far somebody has scrolled back in them. */
import type { Dropped } from '../control/api.ts';
import type { LineView } from '../control/view.ts';

/** How many lines are kept; older ones are in the files (`supervise logs`). */
export const KEPT_LINES = 2_000;
/** Of one line; more than any screen shows. A line can have 64 KiB, and two thousand of those are too much to keep. */
export const KEPT_BYTES = 4_096;

export type LogRow = LineView | Dropped;

export interface LogBuffer {
  /** Whose lines these are; null: nobody's log is followed. */
  readonly id: string | null;
  readonly rows: readonly LogRow[];
  /** Lines that have come, kept or not. */
  readonly total: number;
  /** Lines that were left out because this screen fell behind. */
  readonly dropped: number;
  /** How many rows lie below the lowest one that is shown; 0: it follows. */
  readonly back: number;
  /** How many of those have come since somebody scrolled back. */
  readonly unseen: number;
}

export const newLog = (id: string | null): LogBuffer => ({
  id,
  rows: [],
  total: 0,
  dropped: 0,
  back: 0,
  unseen: 0,
});

export const addLines = (log: LogBuffer, lines: readonly LineView[]): LogBuffer =>
  addRows({ ...log, total: log.total + lines.length }, lines.slice(-KEPT_LINES).map(bounded));

/** That lines are missing stands where they are missing. */
export const addDropped = (log: LogBuffer, count: number): LogBuffer =>
  addRows({ ...log, dropped: log.dropped + count }, [{ dropped: count }]);

/** Goes back (`by` above 0) or forth, within what is kept and fills `height` rows. */
export function scrollLog(log: LogBuffer, by: number, height: number): LogBuffer {
  const back = Math.max(0, Math.min(log.back + by, log.rows.length - height));
  return { ...log, back, unseen: Math.min(log.unseen, back) };
}

/** The rows to show, the newest last: as many as fit, even where older ones have just fallen out. */
export function visibleRows({ rows, back }: LogBuffer, height: number): readonly LogRow[] {
  const end = Math.max(rows.length - back, Math.min(height, rows.length));
  return rows.slice(Math.max(0, end - height), end);
}

/** A copy, since a part of a string keeps all of it in memory. */
function bounded(line: LineView): LineView {
  if (line.text.length <= KEPT_BYTES) return line;
  return { ...line, text: `${Buffer.from(line.text).toString('utf8', 0, KEPT_BYTES)}…` };
}

/** What somebody reads stays where it is while lines come; only what falls out of the buffer moves it. */
function addRows(log: LogBuffer, more: readonly LogRow[]): LogBuffer {
  const rows = [...log.rows, ...more].slice(-KEPT_LINES);
  if (log.back === 0) return { ...log, rows };
  const back = Math.min(log.back + more.length, rows.length);
  return { ...log, rows, back, unseen: Math.min(log.unseen + more.length, back) };
}
