/**
 * One goes first (docs/decisions/013). If an instance of a daemon ended in trouble and none has proved itself since, one is tried and the
 * others wait for the outcome: a broken database is hit by one worker, not by forty.
 */
import type { Policy } from './policy.ts';
import { isLive, type Exit, type Slot } from './state.ts';

export interface Election {
  /** The one that goes first, while the others wait for the outcome. */
  readonly scout: Slot;
  /** The scout may start now; otherwise it is already running, or its own gap is not over. */
  readonly mayGo: boolean;
  /** When another may be tried, since old ones are still up; null: not before the scout has held. */
  readonly liftsAt: number | null;
}

/** Null: there is no trouble, and all may start. `slots` are those of one daemon. */
export function electionOf({ restart }: Pick<Policy, 'restart'>, slots: readonly Slot[], now: number): Election | null {
  if (slots.length < 2) return null;
  let since = -Infinity;
  let held = -Infinity;
  for (const slot of slots) {
    since = Math.max(since, troubleAt(slot, restart.resetAfterMs) ?? -Infinity);
    held = Math.max(held, heldAt(slot) ?? -Infinity);
  }
  // One that held after the last trouble has shown that it is possible.
  if (since === -Infinity || held > since) return null;

  const flying = slots.find((slot) => isTried(slot, since, restart.resetAfterMs));
  if (flying !== undefined) return { scout: flying, mayGo: false, liftsAt: null };
  // Only while old ones are still up.
  const liftsAt = held > -Infinity ? since + restart.resetAfterMs : null;
  const lifted = liftsAt !== null && liftsAt <= now;
  // While old ones are still up, one that cannot come up must not hold the others back for ever.
  const scout = (lifted ? null : latest(slots, restart.resetAfterMs)) ?? longestWaiting(slots);
  return scout === null ? null : { scout, mayGo: scout.state.is === 'waiting', liftsAt: lifted ? null : liftsAt };
}

/** When it ended in a way that calls for caution without having held since; null: it did not. */
export function troubleAt({ wanted, state, exits, rows }: Slot, resetAfterMs: number): number | null {
  const [exit, before] = exits;
  if (!wanted.up || exit === undefined || (isLive(state) && state.run.heldAt !== null)) return null;
  switch (exit.kind) {
    case 'crash':
    case 'fatal':
    case 'resource':
      return exit.at;
    case 'planned':
      return rows.planned > 0 || isUnusual(before, resetAfterMs) ? exit.at : null;
    case 'asked':
    case 'unknown':
      return null;
  }
}

/** A success code is no trouble where it is the habit: for those that end after each job or every few. */
const isUnusual = (before: Exit | undefined, resetAfterMs: number): boolean =>
  resetAfterMs > 0 && before?.kind !== 'planned';

/** When its present run held; null: it has not, or is not running. */
function heldAt({ state }: Slot): number | null {
  return state.is === 'running' ? state.run.heldAt : null;
}

/** It was started in the trouble, and its outcome is not known yet. */
function isTried(slot: Slot, since: number, resetAfterMs: number): boolean {
  const { state, wanted } = slot;
  if (!wanted.up || !isLive(state) || state.run.end !== null || state.run.heldAt !== null) return false;
  return state.run.startedAt >= since || troubleAt(slot, resetAfterMs) !== null;
}

/** The one last in trouble goes again, after its own gap: so the gap grows however many instances there are. */
function latest(slots: readonly Slot[], resetAfterMs: number): Slot | null {
  let found: { readonly slot: Slot; readonly at: number } | null = null;
  for (const slot of slots) {
    const at = comes(slot) ? troubleAt(slot, resetAfterMs) : null;
    if (at !== null && (found === null || at > found.at)) found = { slot, at };
  }
  return found?.slot ?? null;
}

/** It will start without anyone asking. */
const comes = ({ wanted, state }: Slot): boolean =>
  wanted.up && (state.is === 'waiting' || state.is === 'backoff' || isLive(state));

function longestWaiting(slots: readonly Slot[]): Slot | null {
  let found: Slot | null = null;
  for (const slot of slots)
    if (slot.state.is === 'waiting' && (found === null || slot.state.since < found.state.since)) found = slot;
  return found;
}
