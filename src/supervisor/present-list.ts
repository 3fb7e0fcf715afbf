/** The list in force: a reload replaces it. */
import type { CareSpec, DaemonSpec, ListSpec } from '../config/spec.ts';
import type { KeptList } from './first-fleet.ts';
import { instancesOf, type Instance } from './instances.ts';
import type { Fleet } from './lifecycle/roster.ts';

/** What is looked after while the list itself is refused; nothing is started. */
export type RefusedList = KeptList & { readonly refused: string };

export class PresentList {
  private present: ListSpec | RefusedList;
  private instances: ReadonlyMap<string, Instance<DaemonSpec>>;
  /** How to look after daemons that only an earlier list had. */
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

  /** Why the list is refused, in words, or null. */
  get refused(): string | null {
    return 'refused' in this.present ? this.present.refused : null;
  }

  /** The daemons of the list, and those of earlier lists whose processes may still be alive. */
  get daemons(): readonly CareSpec[] {
    const named = new Set(this.present.daemons.map(({ name }) => name));
    return [...this.present.daemons, ...this.past.filter(({ name }) => !named.has(name))];
  }

  get startsPerSecond(): number | null {
    return this.present.startRate?.perSecond ?? null;
  }

  /** The instances that may be started, in list order. */
  get ids(): readonly string[] {
    return [...this.instances.keys()];
  }

  /** null: not in the list, or the list is refused. */
  instance(id: string): Instance<DaemonSpec> | null {
    return this.instances.get(id) ?? null;
  }

  specOf(id: string): DaemonSpec | null {
    return this.instance(id)?.spec ?? null;
  }

  /** Puts another list in force. `fleet`: what is alive under the list until now. */
  take(list: ListSpec, fleet: Fleet): void {
    const living = new Set(fleet.slots.map(({ daemon }) => daemon));
    this.past = this.daemons.filter(({ name }) => living.has(name));
    this.present = list;
    this.instances = startable(list);
  }
}

const startable = (list: ListSpec | RefusedList): ReadonlyMap<string, Instance<DaemonSpec>> =>
  new Map('refused' in list ? [] : instancesOf(list.daemons).map((instance) => [instance.id, instance]));
