/** What the rules of the lives have in common. */
import type { Fleet } from '../../src/supervisor/lifecycle/roster.ts';
import type { Slot } from '../../src/supervisor/lifecycle/state.ts';

export function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

export function find(fleet: Fleet, id: string): Slot {
  const slot = fleet.slots.find((slot) => slot.id === id);
  if (slot === undefined) throw new Error(`no slot ${id}`);
  return slot;
}
