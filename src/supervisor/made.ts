/** What a process was made from, as a checksum per key: values of the environment are saved nowhere. */
import { sumOf } from '../base/sum.ts';
import type { CareSpec, DaemonSpec } from '../config/spec.ts';

/** Key of the list -> checksum of its value. */
export type Made = Readonly<Record<string, number>>;

/** The other keys of a daemon: they apply to a living process and are no reason to replace it. */
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
  // `Object.keys` loses the type of these names.
  const keys = (Object.keys(spec) as (keyof DaemonSpec)[]).filter((key) => !Object.hasOwn(CARE, key));
  return Object.fromEntries(keys.map((key) => [key, sumOf(sorted(spec[key]))]));
}

/** Increased with each change of how this is made from the list: a mark of another version then says nothing. */
const FORMAT = 1;

/** For the environment of the process made from it: it tells if no state file does. */
export const markOf = (made: Made): string => `${FORMAT} ${JSON.stringify(made)}`;

/** null: there is none, or not in our format. */
export function readMark(text: string | undefined): Made | null {
  const json = text?.startsWith(`${FORMAT} `) === true ? text.slice(`${FORMAT} `.length) : 'null';
  try {
    const made = JSON.parse(json) as unknown;
    return typeof made === 'object' ? (made as Made | null) : null;
  } catch {
    return null;
  }
}

/** The keys in which they differ, as the list spells them. */
export function changedKeys(before: Made, after: Made): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((key) => before[key] !== after[key])
    .map((key) => key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`));
}

/** The same text regardless of key order. */
function sorted(value: DaemonSpec[keyof DaemonSpec]): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
