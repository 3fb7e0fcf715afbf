/** What a process was made from, as a print of each key: values of the environment are written down nowhere. */
import { sumOf } from '../base/sum.ts';
import type { CareSpec, DaemonSpec } from '../config/spec.ts';

/** Key of the list -> print of its value. */
export type Made = Readonly<Record<string, number>>;

/** The other keys of a daemon: they hold for a process that lives, and are no reason to replace it. */
const CARE: Readonly<Record<keyof CareSpec, true>> = {
  name: true,
  instances: true,
  tags: true,
  autostart: true,
  dependsOn: true,
  ready: true,
  restart: true,
  stop: true,
  leftovers: true,
  log: true,
  watch: true,
  limits: true,
  resources: true,
};

export function madeOf(spec: DaemonSpec): Made {
  // `Object.keys` forgets that these are the names of the type.
  const keys = (Object.keys(spec) as (keyof DaemonSpec)[]).filter((key) => !Object.hasOwn(CARE, key));
  return Object.fromEntries(keys.map((key) => [key, sumOf(sorted(spec[key]))]));
}

/** The keys in which they differ, in the words of the list. */
export function changedKeys(before: Made, after: Made): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((key) => before[key] !== after[key])
    .map((key) => key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`));
}

/** The same text whatever the order of the keys. */
function sorted(value: DaemonSpec[keyof DaemonSpec]): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
