/**
 * The step of the whole list: an event goes to the slots that it is about, then wishes and gates settle to a fixed point,
 * and what is to be done comes out as effects, in order. Pure: no clock, no chance, no I/O of its own.
 */
import { never } from '../../base/never.ts';
import type { Effect } from './effect.ts';
import type { Event } from './event.ts';
import { withList, withoutRemoved } from './list.ts';
import { cut, drain, outdate, replace, start, tick, unwant, want, type Context } from './instance.ts';
import { hearNews } from './news.ts';
import { withNeeds } from './order.ts';
import { take, type Rate } from './rate.ts';
import { notUp, openGates, policyOf, slotOf, stopsAfter, type Fleet } from './roster.ts';
import { deadline, isLive, type Change, type Slot, type State } from './state.ts';

export interface Step {
  readonly fleet: Fleet;
  readonly effects: readonly Effect[];
}

/** `chance` gives numbers uniform in 0..1. */
export function step(fleet: Fleet, event: Event, now: number, chance: () => number): Step {
  const effects: Effect[] = [];
  const draft = new Draft(event.is === 'list' ? withList(fleet, event.policies, now) : fleet, now, chance, (effect) =>
    effects.push(effect),
  );
  apply(draft, event);
  // Gates and turns look at where slots stand: most words of a process move none.
  if (!('run' in event) || slotOf(draft, event.id)?.state.is !== slotOf(fleet, event.id)?.state.is) settle(draft);
  return { fleet: draft.done(), effects };
}

type Waiting = Extract<State, { is: 'waiting' }>;

/** A fleet while a step changes it. */
class Draft {
  readonly slots: Slot[];
  rate: Rate;
  shutdown: Fleet['shutdown'];
  readonly fleet: Fleet;
  readonly layout: Fleet['layout'];
  readonly now: number;
  private readonly chance: () => number;
  private readonly emit: (effect: Effect) => void;

  constructor(fleet: Fleet, now: number, chance: () => number, emit: (effect: Effect) => void) {
    this.fleet = fleet;
    this.layout = fleet.layout;
    this.slots = fleet.slots.slice();
    this.rate = fleet.rate;
    this.shutdown = fleet.shutdown;
    this.now = now;
    this.chance = chance;
    this.emit = emit;
  }

  change(at: number, how: (slot: Slot, context: Context) => Slot): boolean {
    const slot = this.slots[at];
    if (slot === undefined) return false;
    const policy = policyOf(this.fleet, slot);
    const next = how(slot, { policy, now: this.now, chance: this.chance, emit: this.emit });
    this.slots[at] = next;
    return next !== slot;
  }

  changeEach(ids: readonly string[], how: (slot: Slot, context: Context) => Slot): void {
    for (const id of ids) this.change(this.fleet.layout.at.get(id) ?? -1, how);
  }

  finish(): void {
    if (this.shutdown === null || this.shutdown.finished || this.slots.some(({ state }) => isLive(state))) return;
    this.shutdown = { ...this.shutdown, finished: true };
    this.emit({ do: 'finish' });
  }

  done(): Fleet {
    return withoutRemoved({ ...this.fleet, slots: this.slots, rate: this.rate, shutdown: this.shutdown });
  }
}

function apply(draft: Draft, event: Event): void {
  const { fleet, shutdown } = draft;
  if ('run' in event) {
    draft.changeEach([event.id], (slot, context) => hearNews(slot, event, context));
    return;
  }
  switch (event.is) {
    case 'boot':
    case 'start-asked':
      // While the list stops nothing is started; the supervisor refuses such requests in words.
      if (shutdown === null) wantWithNeeds(draft, event.ids, event.is === 'start-asked');
      return;
    case 'stop-asked':
      draft.changeEach(event.ids, (slot, context) => unwant(slot, shutdown === null ? 'hand' : 'shutdown', context));
      return;
    case 'restart-asked': {
      if (shutdown !== null) return;
      // Those that run are asked to end, the others are started; what they need is started where nobody stopped it.
      wantWithNeeds(draft, event.ids, true);
      draft.changeEach(event.ids, (slot, context) => drain(slot, stopSignal(draft, slot), context));
      return;
    }
    case 'cut-asked':
      draft.changeEach(event.ids, cut);
      return;
    case 'changed': {
      const change: Change = { of: 'files', at: draft.now, path: event.path, more: event.more };
      draft.changeEach(event.ids, (slot, context) => outdate(slot, change, context));
      return;
    }
    case 'list':
      for (const [id, keys] of event.made) {
        const change: Change = { of: 'list', at: draft.now, keys };
        draft.changeEach([id], (slot, context) => outdate(slot, change, context));
      }
      return;
    case 'shutdown-asked':
      draft.shutdown ??= { since: draft.now, signal: event.signal, finished: false };
      fleet.slots.forEach((_, at) => draft.change(at, (slot, context) => unwant(slot, 'shutdown', context)));
      return;
    case 'tick':
      fleet.slots.forEach(({ state }, at) => {
        const due = deadline(state);
        if (due !== null && due <= draft.now) draft.change(at, tick);
      });
      return;
    default:
      never(event);
  }
}

/** The daemons of these instances, and what they need unless a person stopped it or it has completed. */
function wantWithNeeds(draft: Draft, ids: readonly string[], byHand: boolean): void {
  const { fleet } = draft;
  const named = new Set(ids);
  const daemons = new Set(ids.flatMap((id) => slotOf(fleet, id)?.daemon ?? []));
  for (const name of withNeeds([...fleet.policies.values()], [...daemons]))
    for (const at of fleet.layout.ofDaemon.get(name) ?? [])
      draft.change(at, (slot, context) => {
        if (named.has(slot.id)) return want(slot, byHand, context);
        const neverStarted = !slot.wanted.up && slot.wanted.by === 'list' && slot.state.is === 'stopped';
        // It was not asked for by name, so the start rate holds for it.
        return neverStarted && !daemons.has(name) ? want(slot, false, context) : slot;
      });
}

/** The signal that supervise was sent is forwarded where the list writes none; every other stop is a SIGTERM. */
function stopSignal(draft: Draft, slot: Slot): string {
  return policyOf(draft.fleet, slot).stop.signal ?? draft.shutdown?.signal ?? 'SIGTERM';
}

/** Stops and starts what may be stopped and started, until nothing changes any more. */
function settle(draft: Draft): void {
  for (let round = 0; ; round += 1) {
    if (round > draft.slots.length + 1) throw new Error('the fleet does not settle');
    const stopped = drainUnwanted(draft);
    const replaced = replaceOutdated(draft);
    const started = startWanted(draft);
    if (!stopped && !replaced && !started) break;
  }
  draft.finish();
}

/** Drains what nobody wants, in the reverse order of dependencies: what needs it, and is stopped too, goes first. */
function drainUnwanted(draft: Draft): boolean {
  let changed = false;
  draft.slots.forEach((slot, at) => {
    if (slot.wanted.up || (slot.state.is !== 'starting' && slot.state.is !== 'running')) return;
    if (stopsAfter({ ...draft.fleet, slots: draft.slots }, slot).length > 0) return;
    changed = draft.change(at, (it, context) => drain(it, stopSignal(draft, it), context)) || changed;
  });
  return changed;
}

/**
 * Drains what runs old code, one instance of a daemon after the other: the next when all others are up. So where the new
 * code does not come up, the rest runs on.
 */
function replaceOutdated(draft: Draft): boolean {
  let changed = false;
  draft.slots.forEach((slot, at) => {
    if (slot.state.is !== 'running' || slot.state.outdatedBy === null || !slot.wanted.up) return;
    if (notUp(draft, slot).length > 0) return;
    changed = draft.change(at, (it, context) => replace(it, stopSignal(draft, it), context)) || changed;
  });
  return changed;
}

/** Starts what waits and may start, the longest waiting first, as far as the start rate allows. */
function startWanted(draft: Draft): boolean {
  // What starts now opens no gate in this round: all see the same picture.
  const isOpen = openGates({ ...draft.fleet, slots: draft.slots });
  const ready: { readonly at: number; readonly state: Waiting }[] = [];
  draft.slots.forEach((slot, at) => {
    if (slot.state.is === 'waiting' && isOpen(slot)) ready.push({ at, state: slot.state });
  });
  ready.sort((a, b) => a.state.since - b.state.since);
  let changed = false;
  for (const { at, state } of ready) {
    if (!state.byHand) {
      const rate = take(draft.rate, draft.now);
      // The rest waits for its turn, too; those that a person asked for do not.
      if (rate === null) continue;
      draft.rate = rate;
    }
    changed = draft.change(at, start) || changed;
  }
  return changed;
}
