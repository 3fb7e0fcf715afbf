/** The step of one slot on the wishes of a person, of the list and of a change. */
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

/** A process is wanted by the list (`byHand: false`) or by a person, who clears the count and skips backoff and rate. */
export function want(slot: Slot, byHand: boolean, { policy, now, emit }: Context): Slot {
  if (isRemoved(slot)) return slot;
  const wanted: Wish = { up: true };
  const within = null;
  const rows = byHand ? NO_ROWS : slot.rows;
  const loopingSince = byHand ? null : slot.loopingSince;
  const undecided = byHand ? null : slot.undecided;
  // How it fared with an earlier change no longer counts: it is tried again.
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
      // Whatever it is ended for, a person now waits for the next start: no gap, no verdict of its policy before it. Asking for a start is
      // not asking for the end of one that we replace on our own.
      if (!byHand || slot.state.drain.why === 'own') return { ...slot, wanted, within, rows, loopingSince };
      return { ...slot, wanted, within, rows, loopingSince, state: askFor(slot, slot.state, policy, now, emit) };
    default:
      return never(slot.state);
  }
}

/** No process is wanted. A living one is drained when its turn comes: see `drain`. */
export function unwant(slot: Slot, by: 'hand' | 'shutdown' | 'removed', { policy, now, emit }: Context): Slot {
  const wanted: Wish = isRemoved(slot) ? slot.wanted : { up: false, by, at: now };
  const { state } = slot;
  switch (state.is) {
    case 'stopped':
      // A person stopped it before the list did: that remains the reason.
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
      // From now on someone is waiting; that its own failure or a change began the drain no longer matters.
      return { ...slot, wanted, state: askFor(slot, state, policy, now, emit) };
    default:
      return never(state);
  }
}

const isByHand = (wish: Wish): boolean => !wish.up && wish.by === 'hand';

/** Its stop may take `ms`; of two such limits the earlier one applies. */
export function hurry(slot: Slot, ms: number, { now }: Pick<Context, 'now'>): Slot {
  const within = { ms, cutAt: now + ms - WITHIN_CUT_MS, lastAt: now + ms - WITHIN_LAST_MS };
  const isSooner = slot.within === null || within.cutAt < slot.within.cutAt;
  return !slot.wanted.up && isSooner ? { ...slot, within } : slot;
}

/** Drains a living process on request; the wish decides what comes after. */
export function drain(slot: Slot, signal: string, { policy, now, emit }: Context): Slot {
  const { state } = slot;
  if (state.is === 'draining' && state.drain.why === 'own')
    return { ...slot, state: askFor(slot, state, policy, now, emit) };
  if (state.is !== 'starting' && state.is !== 'running') return slot;
  return { ...slot, state: beginDrain(slot, state.run, 'asked', signal, policy, now, emit) };
}

/** Its watched files or its list entry have changed. A living one is replaced when its turn comes (settle.ts); an ended one tries again. */
export function outdate(slot: Slot, change: Change, { policy, now, emit }: Context): Slot {
  const { state } = slot;
  if (!slot.wanted.up) return slot;
  switch (state.is) {
    case 'starting':
    case 'running':
      return isNews(state.outdatedBy, change) ? { ...slot, state: { ...state, outdatedBy: change } } : slot;
    case 'backoff':
      // A change does not cure a shortage of ours.
      if (state.because === 'ours') return slot;
      return tryAgain(slot, change, now, emit);
    case 'exited':
    case 'failed':
      return tryAgain(slot, change, now, emit);
    case 'draining':
    case 'killing':
      // Its signal has been sent; from now on a person is waiting for it.
      return isAskedFor(change) && state.drain.why === 'own'
        ? { ...slot, state: askFor(slot, state, policy, now, emit) }
        : slot;
    case 'stopped':
    case 'waiting':
      // The next run gets the new files anyway.
      return slot;
    default:
      return never(state);
  }
}

/** Earlier demands of a list no longer count; whether a limit is reached is worked out anew. */
export function unmarked(slot: Slot): Slot {
  const { state } = slot;
  if ((state.is !== 'starting' && state.is !== 'running') || state.outdatedBy === null) return slot;
  const { of } = state.outdatedBy;
  return of === 'list' || of === 'limit' ? { ...slot, state: { ...state, outdatedBy: null } } : slot;
}

/** A person's wish precedes what we do on our own, and new code precedes a limit; the first change is the one told. */
const isNews = (before: Change | null, change: Change): boolean =>
  before === null || before.of === 'limit' || isAskedFor(change);

/** The rows stay: whether the change has cured it is seen once it has held. */
function tryAgain(slot: Slot, change: Change, now: number, emit: Emit): Slot {
  emit({ do: 'record', fact: { id: slot.id, type: 'changed', change } });
  return { ...slot, state: { is: 'waiting', since: now, byHand: false } };
}

/** Drains an outdated one; if no person is waiting, it is never cut. `goesFirst`: others wait for how it fares with that. */
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

/** One went first with its change: it has come up, or what was asked for by hand is given up. */
export function follow(slot: Slot, outcome: 'proven' | 'given-up'): Slot {
  const { state } = slot;
  if (state.is !== 'running' || state.outdatedBy === null) return slot;
  if (outcome === 'proven') return { ...slot, state: { ...state, outdatedBy: { ...state.outdatedBy, proven: true } } };
  return isAskedFor(state.outdatedBy) ? { ...slot, state: { ...state, outdatedBy: null } } : slot;
}

/** SIGKILL at once: a person asked for the cut, or its stop has run out of time. */
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
