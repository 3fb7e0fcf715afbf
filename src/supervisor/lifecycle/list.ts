/** A list that is replaced by another one while its daemons live: which slots stay, come and go. */
import type { Policy } from './policy.ts';
import { newResource, type ResourcePolicy } from './resource.ts';
import { layOut, newSlot, type Fleet } from './roster.ts';
import { isLive, isRemoved, type Slot } from './state.ts';

/**
 * The fleet under other policies. Slots that both lists have stay as they are, new ones are stopped, and what the list does not
 * have any more goes: at once, or, where it has a process, when that has ended at its boundary.
 */
export function withList(
  fleet: Fleet,
  { policies, resources }: { policies: readonly Policy[]; resources: readonly ResourcePolicy[] },
  now: number,
): Fleet {
  const before = new Map(fleet.slots.map((slot) => [slot.id, slot]));
  const kept = policies.flatMap((policy) =>
    Array.from({ length: policy.instances }, (_, index) => {
      const slot = newSlot(policy, index + 1, now);
      const known = before.get(slot.id);
      return known?.daemon === policy.name ? known : slot;
    }),
  );
  const ids = new Set(kept.map(({ id }) => id));
  const removed = fleet.slots
    .filter(({ id, state }) => !ids.has(id) && isLive(state))
    .map((slot): Slot => ({ ...slot, wanted: { up: false, by: 'removed', at: now } }));
  const known = resources.map((resource) => ({
    ...(fleet.resources.get(resource.name) ?? newResource(resource, now)),
    intervalMs: resource.intervalMs,
  }));
  const shared = new Map(known.map((resource) => [resource.name, resource]));
  return arrange({ ...fleet, resources: shared }, policies, [...kept, ...removed]);
}

/** The fleet with these slots; of daemons that the list does not have any more the policies stay as long as their slots. */
function arrange(fleet: Fleet, policies: readonly Policy[], slots: readonly Slot[]): Fleet {
  const named = new Set(policies.map(({ name }) => name));
  const old = [...fleet.policies.values()].filter(
    ({ name }) => !named.has(name) && slots.some(({ daemon }) => daemon === name),
  );
  const all = [...policies, ...old];
  return { ...fleet, policies: new Map(all.map((policy) => [policy.name, policy])), slots, layout: layOut(all, slots) };
}

/** Without the slots of an earlier list whose last process has gone. */
export function withoutRemoved(fleet: Fleet): Fleet {
  if (!fleet.layout.hasRemoved) return fleet;
  const slots = fleet.slots.filter((slot) => !isRemoved(slot) || isLive(slot.state));
  if (slots.length === fleet.slots.length) return fleet;
  return arrange(
    fleet,
    [...fleet.policies.values()].filter(({ name }) => slots.some(({ daemon }) => daemon === name)),
    slots,
  );
}
