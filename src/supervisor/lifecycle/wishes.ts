/** The step of one slot: what the wishes of a person, of the list and of a change do to it. */
import { never } from '../../base/never.ts';
import { WITHIN_CUT_MS, WITHIN_LAST_MS } from './policy.ts';
import {
  NO_ROWS,
  isAskedFor,
  isLive,
  isRemoved,
  outdatedBy,
  type Change,
  type Drain,
  type Live,
  type Slot,
  type Wish,
} from './state.ts';
import type { Context, Emit } from './step.ts';
import { askFor, beginDrain, beginKill } from './stop.ts';

/** A process is wanted, by the list (`byHand: false`) or by a person, who clears the count and skips backoff and rate. */
export function want(slot: Slot, byHand: boolean, { policy, now, emit }: Context): Slot {
  if (isRemoved(slot)) return slot;
  const wanted: Wish = { up: true };
  const within = null;
  const rows = byHand ? NO_ROWS : slot.rows;
  const loopingSince = byHand ? null : slot.loopingSince;
  const undecided = byHand ? null : slot.undecided;
  // How it fared with a change before says nothing any more: it is tried again.
  const goesFirst = byHand && slot.goesFirst !== null ? { ...slot.goesFirst, since: now } : slot.goesFirst;
  switch (slot.state.is) {
    case 'stopped':
    case 'exited':
    case 'failed':
    case 'backoff':
      return { ...slot, wanted, within, rows, loopingSince, goesFirst, state: { is: 'waiting', since: now, byHand } };
    case 'waiting':
      return {
        ...slot,
        wanted,
        within,
        rows,
        loopingSince,
        undecided,
        goesFirst,
        state: { ...slot.state, byHand: byHand || slot.state.byHand },
      };
    case 'starting':
    case 'running':
      return { ...slot, wanted, within, rows, loopingSince };
    case 'draining':
    case 'killing':
      // Whatever it is ended for, a person waits for the next start now: no gap, no verdict of its policy before it. Who
      // asks for a start does not ask for the end of what we replace by ourselves.
      if (!byHand || slot.state.drain.why === 'own') return { ...slot, wanted, within, rows, loopingSince };
      return { ...slot, wanted, within, rows, loopingSince, state: askFor(slot, slot.state, policy, now, emit) };
    default:
      return never(slot.state);
  }
}

/** No process is wanted. One that lives is drained when its turn has come: see `drain`. */
export function unwant(slot: Slot, by: 'hand' | 'shutdown' | 'removed', { policy, now, emit }: Context): Slot {
  const wanted: Wish = isRemoved(slot) ? slot.wanted : { up: false, by, at: now };
  const { state } = slot;
  switch (state.is) {
    case 'stopped':
      // A person stopped it before the list was: that stays the reason.
      return by === 'shutdown' && isByHand(slot.wanted) ? slot : { ...slot, wanted };
    case 'exited':
    case 'starting':
    case 'running':
      return { ...slot, wanted };
    case 'failed':
    case 'waiting':
    case 'backoff':
      return { ...slot, wanted, undecided: null, state: { is: 'stopped', since: now } };
    case 'draining':
    case 'killing':
      // From now on somebody waits for it; that its own failure or a change began the drain no longer matters.
      return { ...slot, wanted, state: askFor(slot, state, policy, now, emit) };
    default:
      return never(state);
  }
}

const isByHand = (wish: Wish): boolean => !wish.up && wish.by === 'hand';

/** Its stop may take `ms`; of two such limits the earlier one holds. */
export function hurry(slot: Slot, ms: number, { now }: Pick<Context, 'now'>): Slot {
  const within = { ms, cutAt: now + ms - WITHIN_CUT_MS, lastAt: now + ms - WITHIN_LAST_MS };
  const isSooner = slot.within === null || within.cutAt < slot.within.cutAt;
  return !slot.wanted.up && isSooner ? { ...slot, within } : slot;
}

/** Drains a living process, as somebody asked; what comes after is decided by the wish. */
export function drain(slot: Slot, signal: string, { policy, now, emit }: Context): Slot {
  const { state } = slot;
  if (state.is === 'draining' && state.drain.why === 'own')
    return { ...slot, state: askFor(slot, state, policy, now, emit) };
  if (state.is !== 'starting' && state.is !== 'running') return slot;
  return { ...slot, state: beginDrain(slot, state.run, 'asked', signal, policy, now, emit) };
}

/** What it watches, or the list, has changed. One that lives is replaced when its turn has come (fleet.ts); one that ended tries again. */
export function outdate(slot: Slot, change: Change, { policy, now, emit }: Context): Slot {
  const { state } = slot;
  if (!slot.wanted.up) return slot;
  switch (state.is) {
    case 'starting':
    case 'running':
      return isNews(state.outdatedBy, change) ? { ...slot, state: { ...state, outdatedBy: change } } : slot;
    case 'backoff':
      // A shortage of ours is not mended by a change.
      if (state.because === 'ours') return slot;
      return tryAgain(slot, change, now, emit);
    case 'exited':
    case 'failed':
      return tryAgain(slot, change, now, emit);
    case 'draining':
    case 'killing':
      // Its signal was sent; from now on a person waits for it.
      return isAskedFor(change) && state.drain.why === 'own'
        ? { ...slot, state: askFor(slot, state, policy, now, emit) }
        : slot;
    case 'stopped':
    case 'waiting':
      // The next run has the new files anyway.
      return slot;
    default:
      return never(state);
  }
}

/** What a list asked of it earlier no longer counts; whether a limit is reached is worked out anew. */
export function unmarked(slot: Slot): Slot {
  const { state } = slot;
  if ((state.is !== 'starting' && state.is !== 'running') || state.outdatedBy === null) return slot;
  const { of } = state.outdatedBy;
  return of === 'list' || of === 'limit' ? { ...slot, state: { ...state, outdatedBy: null } } : slot;
}

/** A person's wish is before what we do by ourselves, and new code before a limit; what was the first to change is told. */
const isNews = (before: Change | null, change: Change): boolean =>
  before === null || before.of === 'limit' || isAskedFor(change);

/** The rows stay as they are: whether the change has mended it is seen when it has held. */
function tryAgain(slot: Slot, change: Change, now: number, emit: Emit): Slot {
  emit({ do: 'record', fact: { id: slot.id, type: 'changed', change } });
  return { ...slot, state: { is: 'waiting', since: now, byHand: false } };
}

/** Drains one that is outdated: where no person waits for it, it is never cut. `goesFirst`: others wait for how it fares with that. */
export function replace(slot: Slot, goesFirst: Change | null, signal: string, { policy, now, emit }: Context): Slot {
  const { state } = slot;
  if (state.is !== 'running' || state.outdatedBy === null) return slot;
  const why = isAskedFor(state.outdatedBy) ? 'asked' : 'own';
  return {
    ...slot,
    goesFirst: goesFirst === null ? null : { with: goesFirst, since: now },
    state: beginDrain(slot, state.run, why, signal, policy, now, emit),
  };
}

/** One has gone first with its change: that has come up, or what was asked for by hand is given up. */
export function follow(slot: Slot, outcome: 'proven' | 'given-up'): Slot {
  const { state } = slot;
  if (state.is !== 'running' || state.outdatedBy === null) return slot;
  if (outcome === 'proven') return { ...slot, state: { ...state, outdatedBy: { ...state.outdatedBy, proven: true } } };
  return isAskedFor(state.outdatedBy) ? { ...slot, state: { ...state, outdatedBy: null } } : slot;
}

/** SIGKILL at once: a person asked for the cut, or its stop may take no longer. */
export function cut(slot: Slot, { now, emit }: Context, because: 'asked' | 'within' = 'asked'): Slot {
  const { state } = slot;
  if (!isLive(state) || state.is === 'killing') return slot;
  return { ...slot, state: beginKill(slot, state.run, cutDrain(state, now), because, now, emit) };
}

function cutDrain(state: Exclude<Live, { is: 'killing' }>, now: number): Drain {
  if (state.is === 'draining') return state.run.end === null ? { ...state.drain, why: 'asked' } : state.drain;
  const change = outdatedBy(state);
  const at = { unsure: false, askedAt: now, killAt: now, boundaryAt: null, lookAt: null };
  return { why: 'asked', outdatedBy: change, signal: 'SIGKILL', ...at };
}
