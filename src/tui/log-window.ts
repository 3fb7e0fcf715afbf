/** The part of a log that a pane shows, and how to move in it. Looks at no more lines than it passes. */
import type { LineView } from '../control/view.ts';
import { endOf, type Held, type LogBuffer, type LogRow } from './log-buffer.ts';
import { wrapLine, type Stretch } from './log-text.ts';

export type StreamChoice = 'both' | 'out' | 'err';

export interface LogWindow {
  /** Rows for lines. */
  readonly height: number;
  readonly stream: StreamChoice;
  /** Null: lines are cut, not wrapped. */
  readonly wrapAt: ((line: LineView) => number) | null;
}

/** A row of the pane. */
export interface PaneRow {
  readonly row: LogRow;
  /** The number of the row in its log. */
  readonly number: number;
  /** The part of its line that is shown here; null: lines are not wrapped. */
  readonly part: Stretch | null;
}

export function passesStream(row: LogRow, stream: StreamChoice): boolean {
  return stream === 'both' || 'dropped' in row || row.stream === stream;
}

/** The rows to show, newest last: as many as fit, even if older ones have just been dropped. */
export function visibleRows(log: LogBuffer, window: LogWindow): readonly PaneRow[] {
  const { height } = window;
  const held = log.held ?? { row: endOf(log) - 1, unit: Infinity };
  const above = take(upwards(log, window, held), height).reverse();
  const lowest = above.at(-1);
  const rest = lowest === undefined ? downwards(log, window, START) : below(log, window, lowest);
  return [...above, ...take(rest, height - above.length)];
}

/** Goes back (`by` above 0) or forward by rows of the pane, as long as the pane stays filled. At the end it follows. */
export function scrollLog(log: LogBuffer, window: LogWindow, by: number): LogBuffer {
  const lowest = visibleRows(log, window).at(-1);
  if (lowest === undefined || by === 0) return log;
  if (by < 0) {
    const next = by === -Infinity ? [] : take(below(log, window, lowest), 1 - by);
    // The last one is reached when there is no further one.
    return next.length <= -by ? follow(log) : hold(log, next[-by - 1] ?? lowest);
  }
  const above = by === Infinity ? [] : take(upwards(log, window, placeOf(lowest)), by + window.height);
  if (by !== Infinity && above.length === by + window.height) return hold(log, above[by] ?? lowest);
  const top = take(downwards(log, window, START), window.height + 1);
  const last = top[window.height - 1];
  return top.length <= window.height || last === undefined ? follow(log) : hold(log, last);
}

export const follow = (log: LogBuffer): LogBuffer => ({ ...log, held: null });

/** Keeps what is shown now, even if it was following. */
export function holdHere(log: LogBuffer, window: LogWindow): LogBuffer {
  const lowest = visibleRows(log, window).at(-1);
  return lowest === undefined ? log : hold(log, lowest);
}

/** Makes this unit of a row visible: without moving if possible, else with the row in the middle. */
export function show(log: LogBuffer, window: LogWindow, number: number, unit: number): LogBuffer {
  const isSeen = visibleRows(log, window).some(
    (each) => each.number === number && (each.part === null || (each.part.start <= unit && unit < each.part.end)),
  );
  if (isSeen) return holdHere(log, window);
  const lowest = take(downwards(log, window, { row: number, unit }), Math.ceil(window.height / 2)).at(-1);
  return lowest === undefined ? log : hold(log, lowest);
}

/** Lines below the pane, and how many of them have arrived since it was held. */
export function countBelow(log: LogBuffer, { stream }: LogWindow, lowest: PaneRow): { below: number; unseen: number } {
  const seenTo = log.held?.seenTo ?? Infinity;
  let [below, unseen] = [0, 0];
  for (let number = lowest.number + 1; number < endOf(log); number += 1) {
    const row = rowAt(log, number);
    if (row === undefined || !passesStream(row, stream)) continue;
    below += 1;
    if (number >= seenTo) unseen += 1;
  }
  return { below, unseen };
}

type Spot = Pick<Held, 'row' | 'unit'>;

const START: Spot = { row: 0, unit: 0 };

const hold = (log: LogBuffer, row: PaneRow): LogBuffer => ({
  ...log,
  held: { ...placeOf(row), seenTo: log.held?.seenTo ?? endOf(log) },
});

const placeOf = ({ number, part }: PaneRow): Spot => ({ row: number, unit: part?.start ?? Infinity });

const rowAt = ({ rows, first }: LogBuffer, number: number): LogRow | undefined => rows[number - first];

function partsOf(row: LogRow, { wrapAt }: LogWindow): readonly (Stretch | null)[] {
  return wrapAt === null || 'dropped' in row ? [null] : wrapLine(row, wrapAt(row));
}

/** The index of the part that contains this unit. */
const partAt = (parts: readonly (Stretch | null)[], unit: number): number =>
  Math.max(
    0,
    parts.findLastIndex((part) => (part?.start ?? 0) <= unit),
  );

function* upwards(log: LogBuffer, window: LogWindow, from: Spot): Generator<PaneRow> {
  for (let number = Math.min(from.row, endOf(log) - 1); number >= log.first; number -= 1) {
    const row = rowAt(log, number);
    if (row === undefined || !passesStream(row, window.stream)) continue;
    const parts = partsOf(row, window);
    const lowest = number === from.row ? partAt(parts, from.unit) : parts.length - 1;
    for (let part = lowest; part >= 0; part -= 1) yield { row, number, part: parts[part] ?? null };
  }
}

function* downwards(log: LogBuffer, window: LogWindow, from: Spot): Generator<PaneRow> {
  for (let number = Math.max(from.row, log.first); number < endOf(log); number += 1) {
    const row = rowAt(log, number);
    if (row === undefined || !passesStream(row, window.stream)) continue;
    const parts = partsOf(row, window);
    const highest = number === from.row ? partAt(parts, from.unit) : 0;
    for (let part = highest; part < parts.length; part += 1) yield { row, number, part: parts[part] ?? null };
  }
}

/** The rows after a row of the pane. */
function* below(log: LogBuffer, window: LogWindow, row: PaneRow): Generator<PaneRow> {
  const rows = downwards(log, window, placeOf(row));
  rows.next();
  yield* rows;
}

function take<T>(from: Iterable<T>, most: number): T[] {
  const taken: T[] = [];
  if (most <= 0) return taken;
  for (const each of from) {
    taken.push(each);
    if (taken.length >= most) break;
  }
  return taken;
}
