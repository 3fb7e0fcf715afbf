/** What a reload would do, and then does: a pure function of the two lists and of what is alive (docs/reload.md). */
import type { DaemonSpec, ListSpec } from '../config/spec.ts';
import type { PlanView } from '../control/view.ts';
import { daemonKeys, listKeys, madeKey, type ListBefore } from './differing-keys.ts';
import { instancesOf } from './instances.ts';
import type { Fleet } from './lifecycle/roster.ts';
import { isLive, isRemoved, type Slot } from './lifecycle/state.ts';
import type { MadeRuns } from './made-runs.ts';

export interface Plan {
  readonly view: Omit<PlanView, 'print' | 'warnings'>;
  /** The instances to be made anew, with the keys in which they would now be made differently. */
  readonly made: ReadonlyMap<string, readonly string[]>;
  /** The resources that are now probed differently. */
  readonly redefined: ReadonlySet<string>;
}

export interface Present {
  readonly list: ListBefore;
  readonly fleet: Fleet;
  readonly made: Pick<MadeRuns, 'changed'>;
}

export function planOf({ list, fleet, made }: Present, after: ListSpec): Plan {
  const before = new Map(list.daemons.map((spec) => [spec.name, spec]));
  const slots = fleet.slots.filter((slot) => !isRemoved(slot));
  const ids = new Set(instancesOf(after.daemons).map(({ id }) => id));
  const plans = after.daemons.map((spec) => {
    const old = before.get(spec.name);
    const present = slots.filter(({ daemon }) => daemon === spec.name);
    const keys = old === undefined ? [] : daemonKeys(old, spec);
    const kept = present.filter(({ id }) => ids.has(id));
    const due = new Map(kept.map((slot) => [slot.id, keysToReplaceFor(slot, keys, made.changed(slot, spec))] as const));
    return {
      name: spec.name,
      isNew: old === undefined,
      keys,
      kept,
      due: onlySome(due),
      starts: newcomers(spec, present, old === undefined),
    };
  });
  const names = new Set(after.daemons.map(({ name }) => name));
  const ofList = listKeys(list, after);
  const touched = plans.filter(({ isNew, keys, due }) => !isNew && keys.length + due.size > 0);
  return {
    view: {
      added: plans.filter(({ isNew }) => isNew).map(({ name }) => name),
      removed: [...before.keys()].filter((name) => !names.has(name)),
      changed: touched.map(({ name, keys, kept, due }) => ({
        name,
        keys: [...new Set([...keys, ...[...due.values()].flat()])],
        restarts: due.size > 0,
        instances: [...due.keys()],
        again: kept.filter(({ id, state }) => due.has(id) && !isLive(state)).map(({ id }) => id),
      })),
      unchanged: plans.filter((plan) => !plan.isNew && !touched.includes(plan)).map(({ name }) => name),
      list: ofList,
      starts: plans.flatMap(({ starts }) => starts),
      stops: slots.filter(({ id, state }) => !ids.has(id) && isLive(state)).map(({ id }) => id),
    },
    made: new Map(plans.flatMap(({ due }) => [...due])),
    redefined: new Set(ofList.flatMap((key) => (key.startsWith(RESOURCE) ? key.slice(RESOURCE.length) : []))),
  };
}

const RESOURCE = 'resources.';

/** `changed`: the keys of the list; `made`: those in which its process would be made differently, in the words of made.ts. */
function keysToReplaceFor(
  { wanted, state }: Slot,
  changed: readonly string[],
  made: readonly string[],
): readonly string[] {
  if (!wanted.up) return [];
  const keys = changed.filter((key) => madeKey(key) !== null);
  switch (state.is) {
    case 'starting':
    case 'running':
      // Compared with what this process was made from, not with the last list: an earlier reload may have given up on it.
      return [
        ...keys.filter((key) => made.includes(madeKey(key) ?? '')),
        ...made.filter((key) => !keys.some((each) => madeKey(each) === key)),
      ];
    case 'backoff':
    case 'failed':
    case 'exited':
      return keys;
    case 'stopped':
    case 'waiting':
    case 'draining':
    case 'killing':
      // The next process is made from the new list anyway.
      return [];
  }
}

/** Instances that are new and are to be started: as `autostart` says, or as the others of their daemon are. */
function newcomers(spec: DaemonSpec, present: readonly Slot[], isNew: boolean): readonly string[] {
  const isWanted = isNew ? spec.autostart : present.some(({ wanted }) => wanted.up);
  const there = new Set(present.map(({ id }) => id));
  return isWanted ? instancesOf([spec]).flatMap(({ id }) => (there.has(id) ? [] : id)) : [];
}

const onlySome = (due: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> =>
  new Map([...due].filter(([, keys]) => keys.length > 0));
