/**
 * The step of the whole list: an event goes to the slots it concerns, wishes and gates then settle to a fixed point, and the work to be
 * done comes out as effects, in order. Pure: no clock, no randomness, no I/O of its own.
 */
import { never } from '../../base/never.ts';
import { dueAt } from './agenda.ts';
import { Draft } from './draft.ts';
import type { Effect } from './effect.ts';
import type { Event, ProcessNews } from './event.ts';
import { lookAtLimits, tick } from './instance.ts';
import { cut, drain, hurry, outdate, unmarked, unwant, want } from './wishes.ts';
import { withList } from './list.ts';
import { hearNews } from './news.ts';
import { withNeeds } from './order.ts';
import { rested } from './rate.ts';
import { answered, doubt } from './resource.ts';
import { isMissing } from './rollout.ts';
import { policyOf, slotOf, slotsOf, type Fleet } from './roster.ts';
import { settle, stopSignal, waitingFor } from './settle.ts';
import { isLive, type Cause, type Change } from './state.ts';

export interface Step {
  readonly fleet: Fleet;
  readonly effects: readonly Effect[];
}

/** `chance` gives numbers uniform in 0..1. */
export function step(fleet: Fleet, event: Event, now: number, chance: () => number): Step {
  const effects: Effect[] = [];
  const draft = new Draft(event.is === 'list' ? withList(fleet, event, now) : fleet, now, chance, (effect) =>
    effects.push(effect),
  );
  apply(draft, event);
  // News of a process and the passing of time concern few slots; a person's request may concern all.
  if (event.is !== 'tick' && event.is !== 'probed' && !('run' in event)) draft.concernAll();
  if (event.is === 'tick' || !draft.isSettled) draft.concernDue();
  if (!draft.isSettled) settle(draft);
  return { fleet: draft.done(), effects };
}

function apply(draft: Draft, event: Event): void {
  const { shutdown } = draft;
  if ('run' in event) {
    hear(draft, event);
    return;
  }
  switch (event.is) {
    case 'boot':
    case 'start-asked':
      // Nothing is started while the list stops; the supervisor refuses such requests in words.
      if (shutdown === null) wantWithNeeds(draft, event.ids, event.is === 'start-asked');
      return;
    case 'stop-asked':
      draft.changeEach(event.ids, (slot, context) => unwant(slot, shutdown === null ? 'hand' : 'shutdown', context));
      return;
    case 'restart-asked':
      if (shutdown === null) restart(draft, event);
      return;
    case 'hurried':
      draft.changeEach(event.ids, (slot, context) => hurry(slot, event.withinMs, context));
      return;
    case 'cut-asked':
      draft.changeEach(event.ids, cut);
      return;
    case 'changed':
      change(draft, event.ids, { of: 'files', path: event.path, more: event.more });
      return;
    case 'list':
      draft.slots.forEach((_, at) => draft.change(at, unmarked));
      for (const [id, keys] of event.made) change(draft, [id], { of: 'list', keys, asked: event.asked });
      if (shutdown === null) wantWithNeeds(draft, event.starts, false);
      // Limits also apply to processes that are already running.
      draft.slots.forEach((_, at) => draft.change(at, lookAtLimits));
      return;
    case 'shutdown-asked':
      draft.shutdown ??= { since: draft.now, signal: event.signal, finished: false };
      draft.slots.forEach((_, at) => draft.change(at, (slot, context) => unwant(slot, 'shutdown', context)));
      return;
    case 'probed':
      heed(draft, event.name, event.error, event.probe);
      return;
    case 'tick': {
      const due = dueAt(draft.fleet.agenda.deadlines, draft.now);
      // Draining slots go before those they still need: if both are cut, it is in that order.
      const isDraining = (at: number): boolean => draft.fleet.slots[at]?.state.is === 'draining';
      for (const drains of [true, false]) for (const at of due) if (isDraining(at) === drains) draft.change(at, tick);
      return;
    }
    default:
      never(event);
  }
}

/** News of a process; its end may tell something about the resources it needs. */
function hear(draft: Draft, news: ProcessNews): void {
  const before = slotOf(draft, news.id);
  draft.changeEach([news.id], (slot, context) => hearNews(slot, news, context));
  const after = slotOf(draft, news.id);
  if (news.is === 'spawned' && after !== before && after !== undefined && isLive(after.state))
    draft.rate = rested(draft.rate, after.state.run.startedAt, draft.now);
  if (before === undefined || after === undefined || before.exits === after.exits) return;
  const [exit] = after.exits;
  if (exit?.resource != null) heed(draft, exit.resource, `${after.id} says so`, null);
  if (after.undecided === null) return;
  for (const name of policyOf(draft, after).resources) {
    const resource = draft.resources.get(name);
    if (resource !== undefined) draft.changeResource(doubt(resource));
  }
}

/** News of a resource: from a probe (an answer to an older one is dropped) or from a daemon (null). */
function heed(draft: Draft, name: string, error: string | null, probe: number | null): void {
  const resource = draft.resources.get(name);
  if (resource === undefined || (probe !== null && resource.probe !== probe)) return;
  const next = answered(resource, error, draft.now);
  draft.changeResource(probe === null ? { ...next, probe: resource.probe } : next);
  const waiting = waitingFor(draft, name);
  if (error !== null && resource.state !== 'down')
    draft.emit({ do: 'record', fact: { id: null, type: 'resource-down', name, error, waiting } });
  if (error === null && resource.state === 'down') {
    const downMs = draft.now - resource.since;
    draft.emit({ do: 'record', fact: { id: null, type: 'resource-up', name, downMs, waiting } });
  }
}

function change(draft: Draft, ids: readonly string[], cause: Cause): void {
  const change: Change = { ...cause, at: draft.now, proven: false };
  draft.changeEach(ids, (slot, context) => outdate(slot, change, context));
}

/**
 * Instances that are not running are started, as is whatever they need and nobody stopped. Of several, one goes first unless all go at
 * once; where others of the daemon are not up, even the only running one waits for how they fare.
 */
function restart(draft: Draft, { ids, how }: Extract<Parameters<typeof apply>[1], { is: 'restart-asked' }>): void {
  wantWithNeeds(draft, ids, true);
  const named = new Set(ids);
  const daemons = new Set(ids.flatMap((id) => slotOf(draft, id)?.daemon ?? []));
  for (const daemon of daemons) {
    const slots = slotsOf(draft, daemon);
    const meant = slots.filter(({ id }) => named.has(id));
    const up = meant.filter(({ state }) => state.is === 'starting' || state.is === 'running');
    const each = meant.map(({ id }) => id);
    const isLast = up.length < 2 && !slots.some((slot) => !up.includes(slot) && isMissing(policyOf(draft, slot), slot));
    if (how === 'all-at-once' || isLast)
      draft.changeEach(each, (slot, context) => drain(slot, stopSignal(draft, slot), context));
    else change(draft, each, { of: 'restart', how });
  }
}

/** The daemons of these instances and what they need, except what a person stopped or what has completed. */
function wantWithNeeds(draft: Draft, ids: readonly string[], byHand: boolean): void {
  const { fleet } = draft;
  const named = new Set(ids);
  const daemons = new Set(ids.flatMap((id) => slotOf(fleet, id)?.daemon ?? []));
  for (const name of withNeeds([...fleet.policies.values()], [...daemons]))
    for (const at of fleet.layout.ofDaemon.get(name) ?? [])
      draft.change(at, (slot, context) => {
        if (named.has(slot.id)) return want(slot, byHand, context);
        const neverStarted = !slot.wanted.up && slot.wanted.by === 'list' && slot.state.is === 'stopped';
        // Not asked for by name, so the start rate applies.
        return neverStarted && !daemons.has(name) ? want(slot, false, context) : slot;
      });
}
