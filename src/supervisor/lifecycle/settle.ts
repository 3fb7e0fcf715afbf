/** What follows by itself until nothing changes any more: what is stopped, replaced, judged, probed and started now. */
import type { Draft } from './draft.ts';
import { closedDependencies, neededBy } from './gate.ts';
import { start } from './instance.ts';
import { drain, follow, replace } from './wishes.ts';
import { decide } from './end.ts';
import { take } from './rate.ts';
import { asked, asksAt, isKnown, isUpAmong, toAsk, type Resource } from './resource.ts';
import { isAwaited, isOutdated, judge, mayFollow, turnsOf } from './rollout.ts';
import { policyOf, slotsOf, stopsAfter } from './roster.ts';
import { isAskedFor, isLive, type Slot, type State } from './state.ts';

type Waiting = Extract<State, { is: 'waiting' }>;

export function settle(draft: Draft): void {
  for (let round = 0; ; round += 1) {
    if (round > 4 * draft.slots.length + 4) throw new Error('the fleet does not settle');
    const changed = STEPS.map((deed) => deed(draft));
    // Starts come last, once nothing else changes: what an instance needs may be replaced in this very step.
    if (!changed.includes(true) && !startWanted(draft)) break;
  }
  draft.finish();
}

/** In this order, each for the daemons concerned at that point. */
const STEPS: readonly ((draft: Draft) => boolean)[] = [
  drainUnwanted,
  // First, since others follow from it: an instance judged failed does not hold up the replacement of others.
  judgeUndecided,
  followScouts,
  replaceOutdated,
];

/** The signal sent to supervise is forwarded unless the list names one; every other stop is a SIGTERM. */
export function stopSignal(draft: Draft, slot: Slot): string {
  return policyOf(draft, slot).stop.signal ?? draft.shutdown?.signal ?? 'SIGTERM';
}

/** Drains what nobody wants, in reverse dependency order: whatever needs it and is stopping too goes first. */
function drainUnwanted(draft: Draft): boolean {
  let changed = false;
  for (const at of draft.places()) {
    const slot = draft.slots[at];
    if (slot === undefined || !isUnwanted(slot) || stopsAfter(draft, slot).length > 0) continue;
    changed = draft.change(at, (it, context) => drain(it, stopSignal(draft, it), context)) || changed;
  }
  return changed;
}

const isUnwanted = ({ wanted, state }: Slot): boolean =>
  !wanted.up && (state.is === 'starting' || state.is === 'running');

/** The concerned daemons that have an instance for which `is` holds. */
function daemonsWhere(draft: Draft, is: (slot: Slot) => boolean): ReadonlySet<string> {
  const daemons = new Set<string>();
  for (const at of draft.places()) {
    const slot = draft.slots[at];
    if (slot !== undefined && is(slot)) daemons.add(slot.daemon);
  }
  return daemons;
}

/** One of those that went first has come up, and the rest follow; or none has, and what was asked for by hand is given up. */
function followScouts(draft: Draft): boolean {
  let changed = false;
  for (const daemon of daemonsWhere(draft, ({ goesFirst }) => goesFirst !== null))
    changed = followScoutsOf(draft, daemon) || changed;
  return changed;
}

function followScoutsOf(draft: Draft, daemon: string): boolean {
  const slots = slotsOf(draft, daemon);
  const policy = draft.policies.get(daemon);
  if (policy === undefined) return false;
  const barred = closedDependencies(policy, (name) => slotsOf(draft, name)).find(({ is }) => is !== 'coming');
  const { void: gone, verdict } = judge(policy, slots, barred !== undefined);
  const changed = draft.changeEach(gone, leaveTrial);
  if (verdict === null || (verdict.is === 'down' && !isAwaited(slots))) return changed;
  const scouts = slots.filter(({ goesFirst }) => goesFirst !== null).map(({ id }) => id);
  draft.changeEach(scouts, leaveTrial);
  const others = slots
    .filter(isOutdated)
    .filter(({ id, state }) => state.outdatedBy.of !== 'limit' || !scouts.includes(id));
  if (verdict.is === 'up') {
    const ids = others.filter(mayFollow).map(({ id }) => id);
    draft.changeEach(ids, (it) => follow(it, 'proven'));
    return true;
  }
  const untouched = others.filter(({ state }) => isAskedFor(state.outdatedBy)).map(({ id }) => id);
  draft.changeEach(untouched, (it) => follow(it, 'given-up'));
  const { slot } = verdict;
  const words =
    slot.state.is === 'waiting' && barred !== undefined
      ? `it waits for ${barred.daemon}, which does not come by itself`
      : (slot.exits[0]?.words ?? '');
  draft.emit({ do: 'record', fact: { id: slot.id, type: 'not-followed', untouched, words } });
  return true;
}

const leaveTrial = (slot: Slot): Slot => ({ ...slot, goesFirst: null });

function replaceOutdated(draft: Draft): boolean {
  let changed = false;
  for (const daemon of daemonsWhere(draft, isOutdated)) {
    const policy = draft.policies.get(daemon);
    if (policy === undefined) continue;
    const { replaced, tried } = turnsOf(policy, slotsOf(draft, daemon), draft.now);
    for (const { id, goesFirst } of tried) changed = draft.changeEach([id], (it) => ({ ...it, goesFirst })) || changed;
    for (const { id, goesFirst } of replaced)
      changed =
        draft.changeEach([id], (it, context) => replace(it, goesFirst, stopSignal(draft, it), context)) || changed;
  }
  return changed;
}

/** Did it end because something it needs is down? Judged once all its resources have answered. */
function judgeUndecided(draft: Draft): boolean {
  let changed = false;
  for (const at of draft.places()) {
    const slot = draft.slots[at];
    if (slot === undefined || slot.undecided === null || slot.state.is !== 'waiting') continue;
    const needs = resourcesOf(draft, slot);
    const down = needs.find((resource) => resource.state === 'down' && isKnown(resource, draft.now));
    if (down === undefined && !needs.every((resource) => isUpAmong(resource, needs, draft.now))) {
      for (const resource of toAsk(needs, draft.now)) ask(draft, resource);
      continue;
    }
    changed = draft.change(at, (it, context) => decide(it, down?.name ?? null, context)) || changed;
  }
  return changed;
}

/** Starts what may start, longest waiting first, as far as the start rate allows, and probes what the others need. */
function startWanted(draft: Draft): boolean {
  // What starts now opens no gate in this round: all see the same snapshot.
  const gates = draft.gates();
  const ready: { readonly at: number; readonly slot: Slot; readonly state: Waiting }[] = [];
  for (const at of draft.places()) {
    const slot = draft.slots[at];
    if (slot?.state.is !== 'waiting' || slot.undecided !== null) continue;
    if (gates.isOpen(slot)) ready.push({ at, slot, state: slot.state });
    else for (const resource of gates.toAsk(slot)) ask(draft, resource);
  }
  ready.sort((a, b) => a.state.since - b.state.since);
  let changed = false;
  for (const { at, slot, state } of ready) {
    if (!state.byHand) {
      const rate = take(draft.rate, draft.now);
      // The rest wait for their turn too, except those that a person asked for.
      if (rate === null) continue;
      draft.rate = rate;
    }
    const waiting = gates.waitingBehind(slot);
    if (waiting > 0) draft.emit({ do: 'record', fact: { id: slot.id, type: 'scout', waiting } });
    changed = draft.change(at, start) || changed;
  }
  return changed;
}

function resourcesOf(draft: Draft, slot: Slot): readonly Resource[] {
  return policyOf(draft, slot).resources.flatMap((name) => draft.resources.get(name) ?? []);
}

/** One probe at a time. */
function ask(draft: Draft, resource: Resource): void {
  const present = draft.resources.get(resource.name) ?? resource;
  if ((asksAt(present, draft.now) ?? Infinity) > draft.now) return;
  const next = asked(present, draft.now);
  draft.changeResource(next);
  draft.emit({ do: 'probe', name: next.name, probe: next.probes });
}

/** Counts the instances that wait for the state of this resource. */
export function waitingFor(draft: Pick<Draft, 'slots' | 'policies'>, name: string): number {
  return draft.slots.filter(
    (slot) => !isLive(slot.state) && slot.wanted.up && neededBy(policyOf(draft, slot), slot).includes(name),
  ).length;
}
