/** The last things that happened, as the journals of one supervisor after the other have told them. */
import type { EventView } from '../control/view.ts';

/** As many as a supervisor keeps. */
export const KEPT_EVENTS = 1_000;

export interface EventBuffer {
  /** The newest last. */
  readonly rows: readonly EventView[];
  /** New ones are asked for only while somebody reads. */
  readonly isFollowed: boolean;
  /** The last number that the supervisor which answers now has told; 0: ask for all. */
  readonly seq: number;
  /** So many were left out because this screen fell behind. */
  readonly dropped: number;
}

export const NO_EVENTS: EventBuffer = { rows: [], isFollowed: false, seq: 0, dropped: 0 };

/** Those that are known are told again by whoever was asked for all. */
export function addEvents(events: EventBuffer, more: readonly EventView[]): EventBuffer {
  const known = new Set(events.rows.map(nameOf));
  const rows = [...events.rows, ...more.filter((event) => !known.has(nameOf(event)))].slice(-KEPT_EVENTS);
  return { ...events, rows, seq: more.at(-1)?.seq ?? events.seq };
}

/** Another supervisor, or the same after an upgrade, counts from 1 again. */
const nameOf = ({ seq, at }: EventView): string => `${seq} ${at}`;
