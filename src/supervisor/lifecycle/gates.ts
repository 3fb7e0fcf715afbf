/** May a slot start now? Worked out once a daemon, for a fleet as it is at one moment. */
import { soonest } from './agenda.ts';
import { closedDependencies, isUnblocked, neededBy, type Gate } from './gate.ts';
import { nextTokenAt } from './rate.ts';
import { asksAt, isUpAmong, toAsk, type Resource } from './resource.ts';
import { policyOf, predecessorOf, slotsOf, type Fleet } from './roster.ts';
import { electionOf, type Election } from './scout.ts';
import { earliest, type Slot } from './state.ts';

type Standing = Pick<Fleet, 'policies' | 'slots' | 'layout' | 'resources'>;

/** What holds for all instances of a daemon. */
type OfDaemon =
  /** A daemon that it needs is not there. */
  | { readonly is: 'blocked' }
  /** What each instance needs besides may differ: one may have said so itself. */
  | { readonly is: 'free'; readonly election: Election | null };

const BLOCKED: OfDaemon = { is: 'blocked' };

export class Gates {
  private readonly fleet: Standing;
  private readonly now: number;
  private readonly known = new Map<string, OfDaemon>();

  constructor(fleet: Standing, now: number) {
    this.fleet = fleet;
    this.now = now;
  }

  /** Nothing but its turn is in its way. */
  isOpen(slot: Slot): boolean {
    const known = this.of(slot);
    return known.is === 'free' && this.isNext(slot, known.election) && this.resourcesOf(slot).length === 0;
  }

  /** What is to be asked before it may start: nothing else is in its way. */
  toAsk(slot: Slot): readonly Resource[] {
    const known = this.of(slot);
    if (known.is === 'blocked' || !this.isNext(slot, known.election)) return [];
    return toAsk(this.neededBy(slot), this.now);
  }

  /** So many wait for what becomes of this one, which may start now. */
  waitingBehind(slot: Slot): number {
    const known = this.of(slot);
    if (known.is === 'blocked' || known.election?.mayGo !== true || known.election.scout.id !== slot.id) return 0;
    const waits = ({ id, state }: Slot): boolean => id !== slot.id && state.is === 'waiting' && !state.byHand;
    return slotsOf(this.fleet, slot.daemon).filter(waits).length;
  }

  /** What it waits for. */
  closed(slot: Slot): readonly Gate[] {
    const { fleet } = this;
    const policy = policyOf(fleet, slot);
    const closed: Gate[] = [
      ...closedDependencies(policy, (name) => slotsOf(fleet, name)),
      ...this.resourcesOf(slot).map(gateOf),
    ];
    const before = predecessorOf(fleet, slot);
    if (before !== undefined) closed.push({ kind: 'leftovers', name: before.id });
    if (closed.length > 0) return closed;
    const known = this.of(slot);
    const scout = known.is === 'free' ? scoutBefore(slot, known.election) : null;
    return scout === null ? [{ kind: 'turn' }] : [{ kind: 'scout', name: scout.id }];
  }

  /** When a gate of this slot opens by time alone, or is to be looked at again; null: not by time. */
  looksAt(slot: Slot): number | null {
    const known = this.of(slot);
    if (known.is === 'blocked') return null;
    if (scoutBefore(slot, known.election) !== null) return known.election?.liftsAt ?? null;
    let at: number | null = null;
    for (const resource of this.resourcesOf(slot)) at = earliest(at, asksAt(resource, this.now));
    return at;
  }

  private isNext(slot: Slot, election: Election | null): boolean {
    return scoutBefore(slot, election) === null && predecessorOf(this.fleet, slot) === undefined;
  }

  private of(slot: Slot): OfDaemon {
    const before = this.known.get(slot.daemon);
    if (before !== undefined) return before;
    const known = this.look(slot);
    this.known.set(slot.daemon, known);
    return known;
  }

  private look(slot: Slot): OfDaemon {
    const { fleet, now } = this;
    const policy = policyOf(fleet, slot);
    if (!isUnblocked(policy, (name) => slotsOf(fleet, name))) return BLOCKED;
    const election = policy.instances === 1 ? null : electionOf(policy, slotsOf(fleet, slot.daemon), now);
    return { is: 'free', election };
  }

  /** What it needs and what is not known to be up. */
  private resourcesOf(slot: Slot): readonly Resource[] {
    const needed = this.neededBy(slot);
    return needed.filter((resource) => !isUpAmong(resource, needed, this.now));
  }

  private neededBy(slot: Slot): readonly Resource[] {
    if (this.fleet.resources.size === 0) return NONE;
    return neededBy(policyOf(this.fleet, slot), slot).flatMap((name) => this.fleet.resources.get(name) ?? []);
  }
}

const NONE: readonly Resource[] = [];

/** Who goes before it; whom a person asked for goes at once. */
function scoutBefore(slot: Slot, election: Election | null): Slot | null {
  if (election === null || (slot.state.is === 'waiting' && slot.state.byHand)) return null;
  return election.mayGo && election.scout.id === slot.id ? null : election.scout;
}

function gateOf({ name, state, since, error }: Resource): Gate {
  return { kind: 'resource', name, since: state === 'down' ? since : null, error };
}

/** What a waiting slot waits for. */
export function gatesOf(fleet: Standing, slot: Slot, now: number): readonly Gate[] {
  return slot.state.is === 'waiting' ? new Gates(fleet, now).closed(slot) : [];
}

/** When gates of these slots of one daemon open by time, and since when one of them waits for nothing but its turn. */
export function lookOf(gates: Gates, slots: readonly Slot[]): { readonly at: number; readonly turn: number } {
  let at = Infinity;
  let turn = Infinity;
  for (const slot of slots) {
    if (slot.state.is !== 'waiting') continue;
    if (slot.undecided === null && gates.isOpen(slot)) turn = Math.min(turn, slot.state.since);
    else at = Math.min(at, gates.looksAt(slot) ?? Infinity);
  }
  return { at, turn };
}

/** When the fleet moves next by itself; null: not without an event. */
export function nextDeadline({ agenda, rate }: Fleet): number | null {
  const { deadlines, looks, turns } = agenda;
  const turnAt = soonest(turns) < Infinity ? nextTokenAt(rate) : Infinity;
  const next = Math.min(soonest(deadlines), soonest(looks), turnAt);
  return next === Infinity ? null : next;
}
