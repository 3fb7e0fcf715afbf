import { isName } from '../../config/kinds.ts';
import type { ListValue } from '../../config/write.ts';

/** A daemon as a file of another program describes it, in the keys of a list. */
export interface Sketch {
  /** Its name there. */
  readonly name: string;
  readonly keys: Keys;
  readonly notes: readonly Note[];
  /** Why it becomes a comment rather than a daemon; null: it becomes one. */
  readonly doubt: string | null;
}

export type Keys = Readonly<Record<string, ListValue>>;

/** What could not be carried over as it was, and what to do. */
export interface Note {
  /** As written there: `startretries=3`. */
  readonly what: string;
  readonly mend: string;
}

/** What one file (or a few that belong together) says. */
export interface Source {
  /** Its name, relative to the folder of the list. */
  readonly file: string;
  readonly sketches: readonly Sketch[];
  /** What concerns no single daemon. */
  readonly notes: readonly Note[];
  /** Files of it that not everybody may read. */
  readonly narrow?: readonly string[];
}

/** A file about which this is all there is to say. */
export const unread = (file: string, why: string): Note => ({ what: file, mend: `${why}: nothing of it was taken` });

/** What one of their keys amounts to here. */
export interface Carried {
  readonly keys?: Keys;
  readonly notes?: readonly Note[];
}

/** Combines keys and notes; mappings are merged, and of two values the later one counts. */
export function together(all: readonly Carried[]): Required<Carried> {
  return {
    keys: all.reduce<Keys>((sum, { keys = {} }) => merged(sum, keys), {}),
    notes: all.flatMap(({ notes = [] }) => notes),
  };
}

function merged(one: Keys, other: Keys): Keys {
  const result = new Map(Object.entries(one));
  for (const [key, value] of Object.entries(other)) {
    const before = result.get(key);
    result.set(key, isKeys(before) && isKeys(value) ? merged(before, value) : value);
  }
  return Object.fromEntries(result);
}

const isKeys = (value: ListValue | undefined): value is Keys => typeof value === 'object' && !Array.isArray(value);

/** `restart: always` instead of `restart: { policy: always }`, `stop: 1h` instead of `stop: { grace: 1h }`. */
export function shorter(keys: Keys): Keys {
  return Object.fromEntries(
    Object.entries(keys).map(([key, value]) => {
      const inner = Object.entries(value);
      const [first] = inner;
      const isShort = typeof value === 'object' && inner.length === 1 && `${key}.${first?.[0] ?? ''}`;
      return isShort === 'restart.policy' || isShort === 'stop.grace' ? [key, first?.[1] ?? value] : [key, value];
    }),
  );
}

/** A text in which a dollar has no meaning, as written in a list: `${` and `$$` would mean something there. */
export const literal = (text: string): string => text.replaceAll('\0', '').replaceAll(/\$(?=[${])/g, '$$$$');

/** A path: only shells know `~`. Nothing for an empty one. */
export function pathKey(key: string, path: string): Keys {
  if (path.trim() === '') return {};
  return { [key]: /^~(\/|$)/.test(path) ? `\${HOME}${literal(path.slice(1))}` : literal(path) };
}

/** Words of a command line: text if no word needs quotes, else a list. Each is as in a list. */
export const commandValue = (words: readonly string[]): ListValue =>
  words.every((word) => /^[\w@%+=:,./-]+$/.test(word)) ? words.join(' ') : words;

/** The nearest valid name. */
export function allowedName(name: string): string {
  if (isName(name)) return name;
  const made = name
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64)
    .replace(/[-.]+$/, '');
  return made === '' ? 'daemon' : made;
}

/** `look: a=1, b=2: what to do`, one line per remedy. */
export function noteLines(notes: readonly Note[]): readonly string[] {
  const byMend = new Map<string, string[]>();
  for (const { what, mend } of notes) {
    const same = byMend.get(mend);
    if (same === undefined) byMend.set(mend, [what]);
    else same.push(what);
  }
  return [...byMend].map(([mend, what]) => `look: ${what.join(', ')}: ${mend}`);
}
