/**
 * Instances run as they were before a change: which of them is replaced now (docs/decisions/013)? One of a daemon goes first; when it has
 * come up the rest follow, and if it does not they keep running as they are. An instance that is not up anyway goes first: its next process
 * is made from the new values, so no running one is spent on the trial.
 */
import type { Policy } from './policy.ts';
import { troubleAt } from './scout.ts';
import { isAskedFor, isLive, isOver, outdatedBy, type Change, type Run, type Slot, type State } from './state.ts';

type Outdated = Slot & { readonly state: Extract<State, { is: 'running' }> & { readonly outdatedBy: Change } };
type Rules = Pick<Policy, 'ready' | 'restart'>;

export interface Replacement {
  readonly id: string;
  /** What others wait for: how it fares with this change. */
  readonly goesFirst: Change | null;
}

export interface Turns {
  /** They are running and are drained now. */
  readonly replaced: readonly Replacement[];
  /** They are not up, and others now wait for how their next run fares. */
  readonly tried: readonly { readonly id: string; readonly goesFirst: NonNullable<Slot['goesFirst']> }[];
}

/** `slots` are those of one daemon. */
export function turnsOf(rules: Rules, slots: readonly Slot[], now: number): Turns {
  const outdated = slots.filter(isOutdated);
  const proven = outdated.filter(({ state }) => state.outdatedBy.proven);
  if (proven.length > 0) return replace(proven.map(({ id }) => ({ id, goesFirst: null })));
  const changed = outdated.filter(({ state }) => state.outdatedBy.of !== 'limit');
  // One that has not held yet is the smallest loss.
  const first = changed.find(({ state }) => state.run.heldAt === null) ?? changed[0];
  if (first === undefined) return replace(limited(outdated, slots));
  const tried = slots.flatMap((slot) => trialOf(rules, slot, first.state.outdatedBy, now) ?? []);
  if (tried.length > 0) return { replaced: [], tried };
  const scouts = slots.filter(({ goesFirst }) => goesFirst !== null);
  if (scouts.length === 0)
    return replace([{ id: first.id, goesFirst: changed.length > 1 ? first.state.outdatedBy : null }]);
  // Changed again while being tried: the same one goes first again.
  const again = scouts.find(isOutdated);
  return replace(again === undefined ? [] : [{ id: again.id, goesFirst: again.state.outdatedBy }]);
}

const replace = (replaced: readonly Replacement[]): Turns => ({ replaced, tried: [] });

/**
 * A limit is no new code: nothing has to be proved. But no two are missing at once, and none is replaced before it has held. The one that
 * has waited longest is next: if a round takes longer than a limit, the first of the list would be due again before the last had its turn.
 */
function limited(outdated: readonly Outdated[], slots: readonly Slot[]): readonly Replacement[] {
  let next: Outdated | null = null;
  for (const slot of outdated)
    if (slot.state.holdsAt === null && (next === null || slot.state.outdatedBy.at < next.state.outdatedBy.at))
      next = slot;
  if (next === null || slots.some(({ goesFirst }) => goesFirst !== null)) return [];
  return isWhole(slots, next) ? [{ id: next.id, goesFirst: null }] : [];
}

/** It is not up and will start by itself, so it goes first and others wait for it. null: not so, or it already goes first. */
function trialOf(rules: Rules, slot: Slot, change: Change, now: number): Turns['tried'][number] | null {
  if (slot.goesFirst !== null || !isMissing(rules, slot)) return null;
  const { state } = slot;
  const isTried = (state.is === 'starting' || state.is === 'running') && state.outdatedBy === null;
  const goesFirst = { with: change, since: isTried ? state.run.startedAt : now };
  return outcomeOf(rules, { ...slot, goesFirst }) === 'up' ? null : { id: slot.id, goesFirst };
}

/** It is wanted but not up: it waits for its start, is being ended, or got into trouble and was started again since. */
export function isMissing({ ready, restart }: Rules, slot: Slot): boolean {
  const { wanted, state } = slot;
  if (!wanted.up) return false;
  switch (state.is) {
    case 'waiting':
    case 'backoff':
    case 'draining':
    case 'killing':
      return true;
    case 'starting':
      return troubleAt(slot, restart.resetAfterMs) !== null;
    case 'running':
      return (
        state.outdatedBy === null && !hasComeUp(ready, state.run) && troubleAt(slot, restart.resetAfterMs) !== null
      );
    case 'stopped':
    case 'exited':
    case 'failed':
      return false;
  }
}

/** The outcome of one that goes first: not known yet, nothing to wait for, it has come up, or it has not. */
type Outcome = 'open' | 'void' | 'up' | 'down';

function outcomeOf({ ready, restart }: Rules, slot: Slot): Outcome {
  const { goesFirst, wanted, state, exits } = slot;
  if (goesFirst === null || !wanted.up) return 'void';
  if (isLive(state) && state.run.end === null) {
    if (state.run.startedAt >= goesFirst.since) {
      const change = outdatedBy(state);
      if (state.is !== 'running' || (change !== null && change.of !== 'limit')) return 'open';
      return hasComeUp(ready, state.run) ? 'up' : 'open';
    }
    // It has become one of those to be replaced.
    if (state.is === 'running') return 'void';
  }
  const [exit] = exits;
  if (exit === undefined || exit.startedAt < goesFirst.since || exit.kind === 'asked')
    return state.is === 'failed' || state.is === 'exited' ? 'void' : 'open';
  const hasWorked = (exit.iterations ?? 0) > 0 || restart.resetAfterMs === 0;
  return exit.kind === 'planned' && (hasWorked || state.is === 'exited') ? 'up' : 'down';
}

const hasComeUp = (ready: Policy['ready'], { heldAt, readyAt }: Run): boolean =>
  heldAt !== null || (ready.by === 'notify' && readyAt !== null);

export interface Judgement {
  /** They no longer go first: there is nothing to wait for. */
  readonly void: readonly string[];
  /** Of all that go first: one has come up; or this one has not and no other is being tried. null: not known yet. */
  readonly verdict: { readonly is: 'up' } | { readonly is: 'down'; readonly slot: Slot } | null;
}

/** `isBarred`: it waits for something that only a person can do. `slots` are those of one daemon. */
export function judge(rules: Rules, slots: readonly Slot[], isBarred: boolean): Judgement {
  const gone: string[] = [];
  let down: Slot | null = null;
  let isUp = false;
  let isOpen = false;
  for (const slot of slots) {
    if (slot.goesFirst === null) continue;
    const { state } = slot;
    const outcome = outcomeOf(rules, slot);
    if (outcome === 'up') isUp = true;
    if (outcome === 'void') gone.push(slot.id);
    if (outcome === 'down' || (outcome === 'open' && isBarred && state.is === 'waiting')) down = slot;
    else if (outcome === 'open') isOpen ||= isLive(state) || (state.is === 'waiting' && state.byHand);
  }
  if (isUp) return { void: gone, verdict: { is: 'up' } };
  return { void: gone, verdict: down === null || isOpen ? null : { is: 'down', slot: down } };
}

/** It follows one that has come up, unless a person asked for single file. */
export const mayFollow = ({ state }: Outdated): boolean =>
  !(state.outdatedBy.of === 'restart' && state.outdatedBy.how === 'one-by-one');

/** A person is waiting for how they fare: if the first does not come up, the request is given up. */
export const isAwaited = (slots: readonly Slot[]): boolean =>
  slots.some(
    (slot) =>
      (isOutdated(slot) && isAskedFor(slot.state.outdatedBy)) ||
      (slot.goesFirst !== null && isAskedFor(slot.goesFirst.with)),
  );

/** It still runs as it was before a change. */
export function isOutdated(slot: Slot): slot is Outdated {
  return slot.wanted.up && slot.state.is === 'running' && slot.state.outdatedBy !== null;
}

/** None of the others is on its way up: a running one is up, and one that is over does not come by itself, so nothing waits for it. */
function isWhole(slots: readonly Slot[], but: Slot): boolean {
  return slots.every(({ id, wanted, state }) => id === but.id || !wanted.up || state.is === 'running' || isOver(state));
}
