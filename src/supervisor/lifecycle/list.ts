/** Replacing a list while its daemons live: which slots stay, come and go. */
import type { NewList } from './event.ts';
import type { Policy, ReadyPolicy } from './policy.ts';
import { newRate } from './rate.ts';
import { newResource } from './resource.ts';
import { newSlot, placed, slotsOf, type Fleet } from './roster.ts';
import { isLive, isRemoved, type Slot, type Wish } from './state.ts';

/**
 * The fleet under other policies. Slots in both lists stay as they are, new ones begin stopped, and removed ones go: at once, or, if they
 * have a process, when that has ended at its boundary.
 */
export function withList(
  fleet: Fleet,
  { policies, resources, redefined, startsPerSecond }: Omit<NewList, 'is' | 'made' | 'starts' | 'asked'>,
  now: number,
): Fleet {
  const before = new Map(fleet.slots.map((slot) => [slot.id, slot]));
  const kept = policies.flatMap((policy) =>
    Array.from({ length: policy.instances }, (_, index) => {
      const slot = newSlot(policy, index + 1, now);
      const known = before.get(slot.id);
      return known?.daemon === policy.name
        ? underReady(returned(known, now), fleet.policies.get(policy.name), policy, now)
        : { ...slot, wanted: wishOf(policy, fleet) ?? slot.wanted, starts: fleet.gone.get(slot.id) ?? 0 };
    }),
  );
  const ids = new Set(kept.map(({ id }) => id));
  const removed = fleet.slots
    .filter(({ id, state }) => !ids.has(id) && isLive(state))
    .map((slot): Slot => ({ ...slot, wanted: { up: false, by: 'removed', at: now } }));
  const known = resources.map((resource) => {
    const old = fleet.resources.get(resource.name);
    const fresh = newResource(resource, startsPerSecond, now);
    if (old === undefined) return fresh;
    // The count goes on, so that the answer to an old question is never taken for one to a new question.
    return redefined.has(resource.name)
      ? { ...fresh, probes: old.probes }
      : { ...old, intervalMs: fresh.intervalMs, upMs: fresh.upMs };
  });
  const shared = new Map(known.map((resource) => [resource.name, resource]));
  const { rate } = fleet;
  const paced =
    startsPerSecond === rate.perSecond ? rate : { ...newRate(startsPerSecond, now), notBefore: rate.notBefore };
  return arrange({ ...fleet, rate: paced, resources: shared }, policies, [...kept, ...removed]);
}

/** The wish for new instances of a daemon whose other instances were all stopped by a person: they stay down too. Otherwise null. */
function wishOf({ name }: Policy, fleet: Fleet): Wish | null {
  const [first, ...others] = slotsOf(fleet, name).map(({ wanted }) => wanted);
  if (first === undefined || first.up || first.by !== 'hand') return null;
  return others.every((wanted) => !wanted.up && wanted.by === 'hand') ? first : null;
}

/** A slot that was removed and is back in the list while still draining: it starts again after its end, if the list says so. */
const returned = (slot: Slot, now: number): Slot =>
  isRemoved(slot) ? { ...slot, wanted: { up: false, by: 'list', at: now } } : slot;

/** A changed `ready` also applies to instances on their way up. None is ended for it sooner than if it had been started now. */
function underReady(slot: Slot, before: Policy | undefined, { ready }: Policy, now: number): Slot {
  const { state } = slot;
  if (state.is !== 'starting' || before === undefined || isSameReady(before.ready, ready)) return slot;
  const readyAt = ready.by === 'time' ? state.run.startedAt + ready.afterMs : now + ready.timeoutMs;
  return { ...slot, state: { ...state, readyAt } };
}

const isSameReady = (one: ReadyPolicy, other: ReadyPolicy): boolean =>
  one.by === 'time'
    ? other.by === 'time' && one.afterMs === other.afterMs
    : other.by === 'notify' && one.timeoutMs === other.timeoutMs;

/** The fleet with these slots; policies of daemons no longer in the list stay as long as their slots. */
function arrange(fleet: Fleet, policies: readonly Policy[], slots: readonly Slot[]): Fleet {
  const named = new Set(policies.map(({ name }) => name));
  const old = [...fleet.policies.values()].filter(
    ({ name }) => !named.has(name) && slots.some(({ daemon }) => daemon === name),
  );
  const all = [...policies, ...old];
  const stay = new Set(slots.map(({ id }) => id));
  const gone = fleet.slots.filter(({ id }) => !stay.has(id)).map(({ id, starts }) => [id, starts] as const);
  return {
    ...fleet,
    gone: gone.length === 0 ? fleet.gone : new Map([...fleet.gone, ...gone]),
    policies: new Map(all.map((policy) => [policy.name, policy])),
    ...placed(all, slots),
  };
}

/** Drops the slots of an earlier list whose last process is gone. */
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
