/**
 * When which slot and which daemon is looked at next. It is kept beside the slots, so that a step pays for what has changed and not for
 * all; what stands here follows from the rest of the fleet, and `unsettled` makes it anew.
 */
import type { Layout } from './roster.ts';
import { deadline, type Slot } from './state.ts';

/** `Infinity`: not by time alone. */
export interface Agenda {
  /** When each slot changes by itself. */
  readonly deadlines: readonly number[];
  /** When a gate of each daemon opens by time, or is to be looked at again. */
  readonly looks: readonly number[];
  /** Since when one of each daemon waits that waits for nothing but its turn. */
  readonly turns: readonly number[];
}

export const deadlineOf = (slot: Slot): number => deadline(slot) ?? Infinity;

/** All daemons are looked at with the next tick. */
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

/** The places of those whose time has come. */
export function dueAt(times: readonly number[], now: number): readonly number[] {
  const due: number[] = [];
  times.forEach((at, place) => {
    if (at <= now) due.push(place);
  });
  return due;
}

/** The places of so many of those that have waited longest for their turn. */
export function longestWaiting(turns: readonly number[], count: number): readonly number[] {
  const waiting = dueAt(turns, Number.MAX_VALUE).slice();
  return waiting.sort((a, b) => (turns[a] ?? 0) - (turns[b] ?? 0) || a - b).slice(0, count);
}
