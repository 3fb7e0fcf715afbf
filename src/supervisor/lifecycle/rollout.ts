/**
 * Instances run as it was before a change: which of them is replaced now (DESIGN 6)? One of a daemon goes first; when it has come up the
 * rest follows, and where it does not they run on as they are.
 */
import type { Policy } from './policy.ts';
import { isLive, type Change, type Slot, type State } from './state.ts';

type Outdated = Slot & { readonly state: Extract<State, { is: 'running' }> & { readonly outdatedBy: Change } };

export interface Replacement {
  readonly id: string;
  /** What others wait for: how it fares with this change. */
  readonly goesFirst: Change | null;
}

/** `slots` are those of one daemon. */
export function replacements(slots: readonly Slot[]): readonly Replacement[] {
  const outdated = slots.filter(isOutdated);
  const ready = outdated.filter(({ state }) => state.outdatedBy.proven);
  if (ready.length > 0) return ready.map(({ id }) => ({ id, goesFirst: null }));
  const changed = outdated.filter(({ state }) => state.outdatedBy.of !== 'limit');
  const [first] = changed;
  const scout = slots.find(({ goesFirst }) => goesFirst !== null);
  if (first === undefined) {
    // A limit is no new code: nothing has to be proved. But no two are missing at once, and none is replaced before it has held.
    const next = outdated.find(({ state }) => state.holdsAt === null);
    return next !== undefined && scout === undefined && isWhole(slots, next) ? [{ id: next.id, goesFirst: null }] : [];
  }

  // Changed again while it is tried: the same goes first again.
  if (scout !== undefined) return isOutdated(scout) ? [{ id: scout.id, goesFirst: scout.state.outdatedBy }] : [];
  return [{ id: first.id, goesFirst: changed.length > 1 ? first.state.outdatedBy : null }];
}

/** What became of the one that goes first: not known yet, nothing to wait for, it has come up, or it has not. */
export type Outcome = 'open' | 'void' | 'up' | 'down';

export function outcomeOf({ ready, restart }: Pick<Policy, 'ready' | 'restart'>, slot: Slot): Outcome {
  const { goesFirst, wanted, state, exits } = slot;
  if (goesFirst === null || !wanted.up) return 'void';
  if (isLive(state) && state.run.startedAt >= goesFirst.since && state.run.end === null) {
    const isChanged = 'outdatedBy' in state && state.outdatedBy !== null && state.outdatedBy.of !== 'limit';
    if (state.is !== 'running' || isChanged) return 'open';
    return state.run.heldAt !== null || (ready.by === 'notify' && state.run.readyAt !== null) ? 'up' : 'open';
  }
  const [exit] = exits;
  if (exit === undefined || exit.startedAt < goesFirst.since) return 'open';
  if (exit.kind === 'asked') return 'open';
  const hasWorked = (exit.iterations ?? 0) > 0 || restart.resetAfterMs === 0;
  return exit.kind === 'planned' && (hasWorked || state.is === 'exited') ? 'up' : 'down';
}

/** It runs as it was before a change. */
export function isOutdated(slot: Slot): slot is Outdated {
  return slot.wanted.up && slot.state.is === 'running' && slot.state.outdatedBy !== null;
}

/** All others that are wanted are up. */
function isWhole(slots: readonly Slot[], but: Slot): boolean {
  return slots.every(
    ({ id, wanted, state }) => id === but.id || !wanted.up || state.is === 'running' || state.is === 'exited',
  );
}
