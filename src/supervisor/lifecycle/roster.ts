/** All slots of a list, and the questions that one can ask of them. */
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
  /** The list is stopping; `finished` when the last process has gone. */
  readonly shutdown: { readonly since: number; readonly signal: string; readonly finished: boolean } | null;
  readonly layout: Layout;
}

/** Where things are; depends on the list alone. */
interface Layout {
  readonly at: ReadonlyMap<string, number>;
  readonly ofDaemon: ReadonlyMap<string, readonly number[]>;
  /** Daemon -> the daemons that need it, directly or not. */
  readonly dependants: ReadonlyMap<string, readonly string[]>;
  /** Some slots are of an earlier list. */
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
    slots,
    rate: newRate(startsPerSecond, now),
    resources: new Map(resources.map((resource) => [resource.name, newResource(resource, now)])),
    shutdown: null,
    layout: layOut(policies, slots),
  };
}

export function instanceId(policy: Pick<Policy, 'name' | 'instances'>, number: number): string {
  return policy.instances === 1 ? policy.name : `${policy.name}:${number}`;
}

/** Who still has its place: `photos`, which the list has made into `photos:1` … `photos:4`. */
export function predecessorOf(fleet: Pick<Fleet, 'slots' | 'layout'>, { id, daemon, number }: Slot): Slot | undefined {
  if (!fleet.layout.hasRemoved) return undefined;
  return slotsOf(fleet, daemon).find((other) => isRemoved(other) && other.number === number && other.id !== id);
}

/** The running daemons that are stopped before this one, since they need it. */
export function stopsAfter(fleet: Fleet, slot: Slot): readonly string[] {
  if (slot.wanted.up || (slot.state.is !== 'starting' && slot.state.is !== 'running')) return [];
  const needing = fleet.layout.dependants.get(slot.daemon) ?? [];
  return needing.filter((name) => slotsOf(fleet, name).some(({ wanted, state }) => !wanted.up && isLive(state)));
}

/** All have ended for good, by themselves: a foreground `start` has nothing left to do. */
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

export function layOut(policies: readonly Policy[], slots: readonly Slot[]): Layout {
  const ofDaemon = new Map<string, number[]>(policies.map(({ name }) => [name, []]));
  slots.forEach((slot, at) => ofDaemon.get(slot.daemon)?.push(at));
  const dependants = new Map<string, string[]>(policies.map(({ name }) => [name, []]));
  for (const { name, dependsOn } of policies) {
    if (dependsOn.length === 0) continue;
    for (const needed of withNeeds(policies, [name])) if (needed !== name) dependants.get(needed)?.push(name);
  }
  return {
    at: new Map(slots.map(({ id }, at) => [id, at])),
    ofDaemon,
    dependants,
    hasRemoved: slots.some(isRemoved),
  };
}
