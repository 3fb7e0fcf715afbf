/**
 * When each slot and each daemon is next to be looked at. Kept beside the slots so that a step costs only what has changed; it is derived
 * from the rest of the fleet, and `unsettled` rebuilds it.
 */
import type { Layout } from './roster.ts';
import { deadline, type Slot } from './state.ts';

/** `Infinity`: no time alone triggers it. */
export interface Agenda {
  /** When each slot changes by itself. */
  readonly deadlines: readonly number[];
  /** When a gate of each daemon opens by time or has to be checked again. */
  readonly looks: readonly number[];
  /** Since when an instance of each daemon has been waiting for nothing but its turn. */
  readonly turns: readonly number[];
}

export const deadlineOf = (slot: Slot): number => deadline(slot) ?? Infinity;

/** Every daemon is due at the next tick. */
export function unsettled(slots: readonly Slot[], { daemons }: Pick<Layout, 'daemons'>): Agenda {
  return {
    deadlines: slots.map(deadlineOf),
    looks: daemons.map(() => -Infinity),
    turns: daemons.map(() => Infinity),
  };
}

export function soonest(times: readonly number[]): number {
  let first = Infinity;
  for (const at of times) if (at < first) first = at;
  return first;
}

/** The places whose time has come. */
export function dueAt(times: readonly number[], now: number): readonly number[] {
  const due: number[] = [];
  times.forEach((at, place) => {
    if (at <= now) due.push(place);
  });
  return due;
}

/** The `count` places that have waited longest for their turn. */
export function longestWaiting(turns: readonly number[], count: number): readonly number[] {
  const waiting = dueAt(turns, Number.MAX_VALUE).slice();
  return waiting.sort((a, b) => (turns[a] ?? 0) - (turns[b] ?? 0) || a - b).slice(0, count);
}
