import { deadlineOf, dueAt, longestWaiting, type Agenda } from './agenda.ts';
import type { Effect } from './effect.ts';
import { neededBy } from './gate.ts';
import { Gates, lookOf } from './gates.ts';
import type { Context } from './step.ts';
import { withoutRemoved } from './list.ts';
import { tokensAt, type Rate } from './rate.ts';
import type { Resource } from './resource.ts';
import { policyOf, slotsOf, type Fleet } from './roster.ts';
import { isLive, type Slot } from './state.ts';

/** A fleet while a step changes it. */
export class Draft {
  readonly slots: Slot[];
  resources: ReadonlyMap<string, Resource>;
  rate: Rate;
  shutdown: Fleet['shutdown'];
  readonly fleet: Fleet;
  readonly layout: Fleet['layout'];
  readonly policies: Fleet['policies'];
  readonly now: number;
  readonly emit: (effect: Effect) => void;
  private readonly chance: () => number;
  private readonly deadlines: number[];
  /** Places of the daemons to look at again: something their gates or turns depend on has changed. */
  private readonly concerned = new Set<number>();
  /** Their slots as last computed. */
  private known: { readonly daemons: number; readonly places: readonly number[] } = { daemons: 0, places: [] };
  /** The gates, worked out since the last change of a slot; null: not yet. */
  private picture: Gates | null = null;

  constructor(fleet: Fleet, now: number, chance: () => number, emit: (effect: Effect) => void) {
    this.fleet = fleet;
    this.layout = fleet.layout;
    this.policies = fleet.policies;
    this.slots = fleet.slots.slice();
    this.deadlines = fleet.agenda.deadlines.slice();
    this.resources = fleet.resources;
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
    if (next === slot) return false;
    this.slots[at] = next;
    this.picture = null;
    this.deadlines[at] = deadlineOf(next);
    if (hasMoved(slot, next)) for (const place of this.layout.nearby.get(slot.daemon) ?? []) this.concerned.add(place);
    return true;
  }

  changeEach(ids: readonly string[], how: (slot: Slot, context: Context) => Slot): boolean {
    let changed = false;
    for (const id of ids) changed = this.change(this.layout.at.get(id) ?? -1, how) || changed;
    return changed;
  }

  changeResource(resource: Resource): void {
    const { name } = resource;
    if (this.resources.get(name) === resource) return;
    this.resources = new Map(this.resources).set(name, resource);
    this.layout.daemons.forEach((daemon, place) => {
      if (this.concerned.has(place)) return;
      const policy = this.policies.get(daemon);
      if (policy === undefined) return;
      if (
        policy.resources.includes(name) ||
        slotsOf(this, daemon).some((slot) => neededBy(policy, slot).includes(name))
      )
        this.concerned.add(place);
    });
  }

  concernAll(): void {
    for (const place of this.layout.daemons.keys()) this.concerned.add(place);
  }

  get isSettled(): boolean {
    return this.concerned.size === 0;
  }

  /** Marks the daemons whose gates may have opened by time. */
  concernDue(): void {
    const { looks, turns } = this.fleet.agenda;
    for (const place of dueAt(looks, this.now)) this.concerned.add(place);
    // No more can start than there are tokens.
    const tokens = Math.ceil(tokensAt(this.rate, this.now));
    if (tokens > 0) for (const place of longestWaiting(turns, tokens)) this.concerned.add(place);
  }

  /** The places of all slots of the concerned daemons, in list order. */
  places(): readonly number[] {
    const { concerned, layout } = this;
    if (concerned.size !== this.known.daemons)
      this.known = { daemons: concerned.size, places: placesOf(layout, [...concerned]) };
    return this.known.places;
  }

  /** The gates as they are now; a caller that changes a slot keeps using the picture it has. */
  gates(): Gates {
    this.picture ??= new Gates(this, this.now);
    return this.picture;
  }

  finish(): void {
    if (this.shutdown === null || this.shutdown.finished || this.slots.some(({ state }) => isLive(state))) return;
    this.shutdown = { ...this.shutdown, finished: true };
    this.emit({ do: 'finish' });
  }

  done(): Fleet {
    const { fleet, slots, resources, rate, shutdown, deadlines } = this;
    const agenda = { ...fleet.agenda, deadlines };
    const after = withoutRemoved({ ...fleet, slots, resources, rate, shutdown, agenda });
    if (this.isSettled && after.layout === fleet.layout) return after;
    // With slots removed, places have shifted.
    return after.layout === fleet.layout
      ? { ...after, agenda: looked(after, this.concerned, this.gates()) }
      : { ...after, agenda: looked(after, after.layout.daemons.keys(), new Gates(after, this.now)) };
  }
}

/** The places of these daemons' slots, in list order. */
function placesOf({ daemons, ofDaemon }: Fleet['layout'], concerned: readonly number[]): readonly number[] {
  const places: number[] = [];
  let isInOrder = true;
  for (const daemon of concerned.toSorted((a, b) => a - b))
    for (const at of ofDaemon.get(daemons[daemon] ?? '') ?? []) {
      isInOrder &&= at > (places.at(-1) ?? -1);
      places.push(at);
    }
  // Slots no longer in the list come after all others.
  return isInOrder ? places : places.sort((a, b) => a - b);
}

/** The agenda with the next look at the daemons at these places. */
function looked(fleet: Fleet, places: Iterable<number>, gates: Gates): Agenda {
  const looks = fleet.agenda.looks.slice();
  const turns = fleet.agenda.turns.slice();
  for (const place of places) {
    const { at, turn } = lookOf(gates, slotsOf(fleet, fleet.layout.daemons[place] ?? ''));
    looks[place] = at;
    turns[place] = turn;
  }
  return { ...fleet.agenda, looks, turns };
}

/** Whether anything gates and turns look at has changed: most words of a process change nothing. */
function hasMoved(before: Slot, after: Slot): boolean {
  if (before.state.is !== after.state.is || before.exits !== after.exits || before.wanted !== after.wanted) return true;
  if (before.undecided !== after.undecided || before.goesFirst !== after.goesFirst) return true;
  if (!isLive(before.state) || !isLive(after.state)) return before.state !== after.state;
  if (before.state.run.heldAt !== after.state.run.heldAt) return true;
  if ((before.state.run.end === null) !== (after.state.run.end === null)) return true;
  if (before.state.is !== 'running' || after.state.is !== 'running') return false;
  return before.state.outdatedBy !== after.state.outdatedBy || before.state.holdsAt !== after.state.holdsAt;
}
