/** All slots of a list, and the questions that can be asked of them. */
import { unsettled, type Agenda } from './agenda.ts';
import { withNeeds } from './order.ts';
import type { Policy } from './policy.ts';
import { newRate, type Rate } from './rate.ts';
import { newResource, type Resource, type ResourcePolicy } from './resource.ts';
import { isLive, isOver, isRemoved, NO_ROWS, type Slot } from './state.ts';

export interface Fleet {
  readonly policies: ReadonlyMap<string, Policy>;
  /** In the order of the list. */
  readonly slots: readonly Slot[];
  readonly rate: Rate;
  readonly resources: ReadonlyMap<string, Resource>;
  /** How often instances now gone from the list were started: should they return, no run gets the number of an earlier one. */
  readonly gone: ReadonlyMap<string, number>;
  /** The list is stopping; `finished` once the last process is gone. */
  readonly shutdown: { readonly since: number; readonly signal: string; readonly finished: boolean } | null;
  readonly layout: Layout;
  readonly agenda: Agenda;
}

/** Where things are; depends on the list alone. */
export interface Layout {
  readonly at: ReadonlyMap<string, number>;
  readonly daemons: readonly string[];
  readonly ofDaemon: ReadonlyMap<string, readonly number[]>;
  /** Daemon -> the daemons that need it, directly or not. */
  readonly dependants: ReadonlyMap<string, readonly string[]>;
  /** Daemon -> the places in `daemons` whose gates and turns look at it: its own, those that need it, those stopped after it. */
  readonly nearby: ReadonlyMap<string, readonly number[]>;
  /** Some slots belong to an earlier list. */
  readonly hasRemoved: boolean;
}

export function newFleet(
  policies: readonly Policy[],
  startsPerSecond: number | null,
  now: number,
  resources: readonly ResourcePolicy[] = [],
): Fleet {
  const slots = policies.flatMap((policy) =>
    Array.from({ length: policy.instances }, (_, index) => newSlot(policy, index + 1, now)),
  );
  return {
    policies: new Map(policies.map((policy) => [policy.name, policy])),
    rate: newRate(startsPerSecond, now),
    resources: new Map(resources.map((resource) => [resource.name, newResource(resource, startsPerSecond, now)])),
    gone: new Map(),
    shutdown: null,
    ...placed(policies, slots),
  };
}

/** The slots of these daemons with their places, all due for a look. */
export function placed(
  policies: readonly Policy[],
  slots: readonly Slot[],
): Pick<Fleet, 'slots' | 'layout' | 'agenda'> {
  const layout = layOut(policies, slots);
  return { slots, layout, agenda: unsettled(slots, layout) };
}

export function instanceId(policy: Pick<Policy, 'name' | 'instances'>, number: number): string {
  return policy.instances === 1 ? policy.name : `${policy.name}:${number}`;
}

/** The slot that still has its place: `photos`, which the list has turned into `photos:1` … `photos:4`. */
export function predecessorOf(fleet: Pick<Fleet, 'slots' | 'layout'>, { id, daemon, number }: Slot): Slot | undefined {
  if (!fleet.layout.hasRemoved) return undefined;
  return slotsOf(fleet, daemon).find((other) => isRemoved(other) && other.number === number && other.id !== id);
}

/** The running daemons that stop before this one because they need it. */
export function stopsAfter(fleet: Pick<Fleet, 'slots' | 'layout'>, slot: Slot): readonly string[] {
  if (slot.wanted.up || (slot.state.is !== 'starting' && slot.state.is !== 'running')) return [];
  const needing = fleet.layout.dependants.get(slot.daemon) ?? [];
  return needing.filter((name) => slotsOf(fleet, name).some(({ wanted, state }) => !wanted.up && isLive(state)));
}

/** All have ended for good by themselves: a foreground `start` has nothing left to do. */
export function isOverForGood(fleet: Fleet): boolean {
  return (
    fleet.slots.every(({ wanted, state }) => isOver(state) && (wanted.up || wanted.by === 'list')) &&
    fleet.slots.some(({ state }) => state.is !== 'stopped')
  );
}

export function slotOf(fleet: Pick<Fleet, 'slots' | 'layout'>, id: string): Slot | undefined {
  const at = fleet.layout.at.get(id);
  return at === undefined ? undefined : fleet.slots[at];
}

export function slotsOf(fleet: Pick<Fleet, 'slots' | 'layout'>, daemon: string): readonly Slot[] {
  const found: Slot[] = [];
  for (const at of fleet.layout.ofDaemon.get(daemon) ?? []) {
    const slot = fleet.slots[at];
    if (slot !== undefined) found.push(slot);
  }
  return found;
}

export function policyOf(fleet: Pick<Fleet, 'policies'>, slot: Slot): Policy {
  const policy = fleet.policies.get(slot.daemon);
  if (policy === undefined) throw new Error(`no policy for ${slot.id}`);
  return policy;
}

export function newSlot(policy: Policy, number: number, now: number): Slot {
  return {
    id: instanceId(policy, number),
    daemon: policy.name,
    number,
    wanted: { up: false, by: 'list', at: now },
    within: null,
    state: { is: 'stopped', since: now },
    starts: 0,
    lastStartAt: null,
    iterations: 0,
    cuts: 0,
    rows: NO_ROWS,
    undecided: null,
    goesFirst: null,
    soonReplaced: 0,
    loopingSince: null,
    toldSilent: false,
    noDrain: false,
    speaks: false,
    exits: [],
  };
}

function layOut(policies: readonly Policy[], slots: readonly Slot[]): Layout {
  const daemons = policies.map(({ name }) => name);
  const ofDaemon = new Map<string, number[]>(daemons.map((name) => [name, []]));
  slots.forEach((slot, at) => ofDaemon.get(slot.daemon)?.push(at));
  const dependants = new Map<string, string[]>(daemons.map((name) => [name, []]));
  const nearby = new Map<string, Set<number>>(daemons.map((name, at) => [name, new Set([at])]));
  const placeOf = new Map(daemons.map((name, at) => [name, at]));
  policies.forEach(({ name, dependsOn }, at) => {
    for (const { daemon } of dependsOn) nearby.get(daemon)?.add(at);
    if (dependsOn.length === 0) return;
    for (const needed of withNeeds(policies, [name])) {
      if (needed === name) continue;
      dependants.get(needed)?.push(name);
      nearby.get(name)?.add(placeOf.get(needed) ?? at);
    }
  });
  return {
    at: new Map(slots.map(({ id }, at) => [id, at])),
    daemons,
    ofDaemon,
    dependants,
    nearby: new Map([...nearby].map(([name, places]) => [name, [...places]])),
    hasRemoved: slots.some(isRemoved),
  };
}
