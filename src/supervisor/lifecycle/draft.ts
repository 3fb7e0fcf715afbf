import type { Effect } from './effect.ts';
import type { Context } from './instance.ts';
import { withoutRemoved } from './list.ts';
import type { Rate } from './rate.ts';
import type { Resource } from './resource.ts';
import { policyOf, type Fleet } from './roster.ts';
import { isLive, type Slot } from './state.ts';

/** A fleet while a step changes it. */
export class Draft {
  readonly slots: Slot[];
  readonly resources: Map<string, Resource>;
  rate: Rate;
  shutdown: Fleet['shutdown'];
  readonly fleet: Fleet;
  readonly layout: Fleet['layout'];
  readonly policies: Fleet['policies'];
  readonly now: number;
  readonly emit: (effect: Effect) => void;
  private readonly chance: () => number;

  constructor(fleet: Fleet, now: number, chance: () => number, emit: (effect: Effect) => void) {
    this.fleet = fleet;
    this.layout = fleet.layout;
    this.policies = fleet.policies;
    this.slots = fleet.slots.slice();
    this.resources = new Map(fleet.resources);
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

  changeEach(ids: readonly string[], how: (slot: Slot, context: Context) => Slot): boolean {
    let changed = false;
    for (const id of ids) changed = this.change(this.layout.at.get(id) ?? -1, how) || changed;
    return changed;
  }

  finish(): void {
    if (this.shutdown === null || this.shutdown.finished || this.slots.some(({ state }) => isLive(state))) return;
    this.shutdown = { ...this.shutdown, finished: true };
    this.emit({ do: 'finish' });
  }

  done(): Fleet {
    const { slots, resources, rate, shutdown } = this;
    return withoutRemoved({ ...this.fleet, slots, resources, rate, shutdown });
  }
}
