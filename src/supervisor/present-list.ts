/** The list that holds now: a reload puts another one in its place. */
import type { CareSpec, DaemonSpec, ListSpec } from '../config/spec.ts';
import type { KeptList } from './first-fleet.ts';
import { instancesOf, type Instance } from './instances.ts';
import type { Fleet } from './lifecycle/roster.ts';

/** What is looked after while the list itself is refused: nothing is started. */
export type RefusedList = KeptList & { readonly refused: string };

export class PresentList {
  private present: ListSpec | RefusedList;
  private instances: ReadonlyMap<string, Instance<DaemonSpec>>;
  /** How those are looked after that only an earlier list had. */
  private past: readonly CareSpec[];

  constructor(list: ListSpec | RefusedList, past: readonly CareSpec[]) {
    this.present = list;
    this.instances = startable(list);
    this.past = past;
  }

  get list(): KeptList {
    return this.present;
  }

  /** null: the list is refused. */
  get accepted(): ListSpec | null {
    return 'refused' in this.present ? null : this.present;
  }

  /** Why the list is refused, in words; null: it is not. */
  get refused(): string | null {
    return 'refused' in this.present ? this.present.refused : null;
  }

  /** The daemons of the list, and those of earlier ones whose processes may still live. */
  get daemons(): readonly CareSpec[] {
    const named = new Set(this.present.daemons.map(({ name }) => name));
    return [...this.present.daemons, ...this.past.filter(({ name }) => !named.has(name))];
  }

  get startsPerSecond(): number | null {
    return this.present.startRate?.perSecond ?? null;
  }

  /** The instances that may be started, in the order of the list. */
  get ids(): readonly string[] {
    return [...this.instances.keys()];
  }

  /** null: the list does not have it, or is refused. */
  instance(id: string): Instance<DaemonSpec> | null {
    return this.instances.get(id) ?? null;
  }

  specOf(id: string): DaemonSpec | null {
    return this.instance(id)?.spec ?? null;
  }

  /** Another list holds from now on. `fleet`: who lives as the list was until now. */
  take(list: ListSpec, fleet: Fleet): void {
    const living = new Set(fleet.slots.map(({ daemon }) => daemon));
    this.past = this.daemons.filter(({ name }) => living.has(name));
    this.present = list;
    this.instances = startable(list);
  }
}

const startable = (list: ListSpec | RefusedList): ReadonlyMap<string, Instance<DaemonSpec>> =>
  new Map('refused' in list ? [] : instancesOf(list.daemons).map((instance) => [instance.id, instance]));
