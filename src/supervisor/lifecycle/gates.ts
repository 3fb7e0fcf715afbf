/** May a slot start now? Worked out once per daemon, for one snapshot of the fleet. */
import { soonest } from './agenda.ts';
import { closedDependencies, isUnblocked, neededBy, type Gate } from './gate.ts';
import { nextTokenAt } from './rate.ts';
import { asksAmongAt, isUpAmong, toAsk, type Resource } from './resource.ts';
import { policyOf, predecessorOf, slotsOf, type Fleet } from './roster.ts';
import { electionOf, type Election } from './scout.ts';
import { earliest, type Slot } from './state.ts';

type Standing = Pick<Fleet, 'policies' | 'slots' | 'layout' | 'resources'>;

/** What applies to all instances of a daemon. */
type OfDaemon =
  /** A daemon it needs is not up, or has not completed. */
  | { readonly is: 'blocked' }
  /** Resources are checked per instance: one may have named another by its own word (WAITING). */
  | { readonly is: 'free'; readonly election: Election | null };

const BLOCKED: OfDaemon = { is: 'blocked' };

/** The resources a slot needs, and those among them not known to be up. */
interface Needed {
  readonly all: readonly Resource[];
  readonly closed: readonly Resource[];
}

const NOTHING: Needed = { all: [], closed: [] };

export class Gates {
  private readonly fleet: Standing;
  private readonly now: number;
  private readonly known = new Map<string, OfDaemon>();
  /** Names of resources -> what was worked out for them; valid as long as `resources` is unchanged. */
  private readonly needed = new Map<readonly string[], Needed>();
  private resources: Standing['resources'];

  constructor(fleet: Standing, now: number) {
    this.fleet = fleet;
    this.now = now;
    this.resources = fleet.resources;
  }

  /** Nothing but its turn holds it back. */
  isOpen(slot: Slot): boolean {
    const known = this.of(slot);
    return known.is === 'free' && this.isNext(slot, known.election) && this.neededBy(slot).closed.length === 0;
  }

  /** What has to be asked before it may start, once nothing else holds it back. */
  toAsk(slot: Slot): readonly Resource[] {
    const known = this.of(slot);
    if (known.is === 'blocked' || !this.isNext(slot, known.election)) return [];
    return toAsk(this.neededBy(slot).all, this.now);
  }

  /** How many wait for the outcome of this one, which may start now. */
  waitingBehind(slot: Slot): number {
    const known = this.of(slot);
    if (known.is === 'blocked' || known.election?.mayGo !== true || known.election.scout.id !== slot.id) return 0;
    const waits = ({ id, state }: Slot): boolean => id !== slot.id && state.is === 'waiting' && !state.byHand;
    return slotsOf(this.fleet, slot.daemon).filter(waits).length;
  }

  closed(slot: Slot): readonly Gate[] {
    const { fleet } = this;
    const policy = policyOf(fleet, slot);
    const known = this.of(slot);
    const scout = known.is === 'free' ? scoutBefore(slot, known.election) : null;
    const before = predecessorOf(fleet, slot);
    // Before its turn its resources are not probed, so an unknown resource does not hold it back.
    const isNext = slot.undecided !== null || (known.is === 'free' && scout === null && before === undefined);
    const resources = this.neededBy(slot).closed.filter(
      ({ state, probe }) => state === 'down' || (isNext && probe !== null),
    );
    const closed: Gate[] = [...closedDependencies(policy, (name) => slotsOf(fleet, name)), ...resources.map(gateOf)];
    if (before !== undefined) closed.push({ kind: 'leftovers', name: before.id });
    if (closed.length > 0) return closed;
    return scout === null ? [{ kind: 'turn' }] : [{ kind: 'scout', name: scout.id }];
  }

  /** When a gate of this slot opens by time alone or has to be checked again; null: not by time. */
  looksAt(slot: Slot): number | null {
    const known = this.of(slot);
    if (known.is === 'blocked') return null;
    if (scoutBefore(slot, known.election) !== null) return known.election?.liftsAt ?? null;
    const { all, closed } = this.neededBy(slot);
    let at: number | null = null;
    for (const resource of closed) at = earliest(at, asksAmongAt(resource, all, this.now));
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

  private neededBy(slot: Slot): Needed {
    const { resources } = this.fleet;
    if (resources.size === 0) return NOTHING;
    if (resources !== this.resources) this.needed.clear();
    this.resources = resources;
    const policy = policyOf(this.fleet, slot);
    const names = neededBy(policy, slot);
    const known = this.needed.get(names);
    if (known !== undefined) return known;
    const all = names.flatMap((name) => resources.get(name) ?? []);
    const needed = { all, closed: all.filter((resource) => !isUpAmong(resource, all, this.now)) };
    if (names === policy.resources) this.needed.set(names, needed);
    return needed;
  }
}

/** The slot that goes before it, if any; one that a person asked for goes at once. */
function scoutBefore(slot: Slot, election: Election | null): Slot | null {
  if (election === null || (slot.state.is === 'waiting' && slot.state.byHand)) return null;
  return election.mayGo && election.scout.id === slot.id ? null : election.scout;
}

function gateOf({ name, state, since, error }: Resource): Gate {
  return { kind: 'resource', name, since: state === 'down' ? since : null, error };
}

/** What a waiting slot is waiting for. */
export function gatesOf(fleet: Standing, slot: Slot, now: number): readonly Gate[] {
  return slot.state.is === 'waiting' ? new Gates(fleet, now).closed(slot) : [];
}

/** When gates of these slots of one daemon open by time, and since when one of them has been waiting only for its turn. */
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

/** When the fleet next moves by itself; null: only on an event. */
export function nextDeadline({ agenda, rate }: Fleet): number | null {
  const { deadlines, looks, turns } = agenda;
  const turnAt = soonest(turns) < Infinity ? nextTokenAt(rate) : Infinity;
  const next = Math.min(soonest(deadlines), soonest(looks), turnAt);
  return next === Infinity ? null : next;
}
