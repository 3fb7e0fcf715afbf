/** The latest events, as told by the journals of successive supervisors. */
import type { EventView } from '../control/view.ts';

/** As many as a supervisor keeps. */
export const KEPT_EVENTS = 1_000;

export interface EventBuffer {
  /** Newest last. */
  readonly rows: readonly EventView[];
  /** New ones are requested only while someone reads them. */
  readonly isFollowed: boolean;
  /** The last number told by the present supervisor; 0: request all. */
  readonly seq: number;
  /** How many were left out because this screen fell behind. */
  readonly dropped: number;
}

export const NO_EVENTS: EventBuffer = { rows: [], isFollowed: false, seq: 0, dropped: 0 };

/** A supervisor asked for everything repeats known ones. */
export function addEvents(events: EventBuffer, more: readonly EventView[]): EventBuffer {
  const known = new Set(events.rows.map(nameOf));
  const rows = [...events.rows, ...more.filter((event) => !known.has(nameOf(event)))].slice(-KEPT_EVENTS);
  return { ...events, rows, seq: more.at(-1)?.seq ?? events.seq };
}

/** Another supervisor, or the same after an upgrade, counts from 1 again. */
const nameOf = ({ seq, at }: EventView): string => `${seq} ${at}`;
