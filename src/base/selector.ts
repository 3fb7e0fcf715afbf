import { counted } from './counted.ts';
import { globMatches } from './glob.ts';
import type { Result } from './result.ts';
import { fail, ok } from './result.ts';
import { nearest } from './suggest.ts';

/** What a NAME can match: an instance. */
export interface Selectable {
  /** `photos:2`, or `photos` if the daemon has one instance. */
  readonly id: string;
  readonly daemon: string;
  /** 1-based. */
  readonly number: number;
  readonly tags: readonly string[];
}

/** One parsed NAME of a command line. */
export type Selector =
  /** All instances of a daemon. */
  | { readonly kind: 'daemon'; readonly name: string }
  | { readonly kind: 'instance'; readonly daemon: string; readonly number: number }
  | { readonly kind: 'tag'; readonly tag: string }
  /** Matched against the daemon's name and the instance's id. */
  | { readonly kind: 'glob'; readonly pattern: string };

/** Parses `photos`, `photos:2`, `@media` or a glob such as `pho*`. The error says how to write it. */
export function parseSelector(text: string): Result<Selector> {
  if (text === '') return fail('a name is empty');
  if (text.length > 200) return fail('a name has at most 200 characters');
  if (text.startsWith('@'))
    return text === '@' ? fail("'@' needs a tag behind it, such as @media") : ok({ kind: 'tag', tag: text.slice(1) });
  if (/[*?]/.test(text)) return ok({ kind: 'glob', pattern: text });
  const [, daemon, number] = /^(.+):(\d{1,6})$/.exec(text) ?? [];
  if (daemon === undefined || number === undefined) return ok({ kind: 'daemon', name: text });
  return ok({ kind: 'instance', daemon, number: Number(number) });
}

/** Does the selector mean this instance? */
export function matches(selector: Selector, instance: Selectable): boolean {
  switch (selector.kind) {
    case 'daemon':
      return instance.daemon === selector.name || instance.id === selector.name;
    case 'instance':
      return instance.daemon === selector.daemon && instance.number === selector.number;
    case 'tag':
      return instance.tags.includes(selector.tag);
    case 'glob':
      return globMatches(selector.pattern, instance.daemon) || globMatches(selector.pattern, instance.id);
  }
}

/**
 * The instances selected by names, in their own order; no names select all. A name that matches nothing is an error that suggests the
 * probable one: a typing error must not pass for "nothing to do".
 */
export function select<T extends Selectable>(names: readonly string[], among: readonly T[]): Result<readonly T[]> {
  if (names.length === 0) return ok(among);
  const chosen = new Set<T>();
  for (const name of names) {
    const selector = parseSelector(name);
    if (!selector.ok) return selector;
    const found = among.filter((instance) => matches(selector.value, instance));
    if (found.length === 0) return fail(noMatch(name, selector.value, among));
    for (const instance of found) chosen.add(instance);
  }
  return ok(among.filter((instance) => chosen.has(instance)));
}

function noMatch(name: string, selector: Selector, among: readonly Selectable[]): string {
  if (selector.kind === 'instance') {
    const numbers = among.filter((instance) => instance.daemon === selector.daemon).length;
    if (numbers > 0) return `${selector.daemon} has ${counted(numbers, 'instance', 'instances')}, no '${name}'`;
  }
  if (selector.kind === 'glob') return `no daemon matches '${name}'`;
  if (selector.kind === 'tag') {
    const tag = nearest(selector.tag, [...new Set(among.flatMap((instance) => instance.tags))]);
    return `no daemon has the tag '${name}'${didYouMean(tag === undefined ? undefined : `@${tag}`)}`;
  }
  const known = [...new Set(among.flatMap((instance) => [instance.daemon, instance.id]))];
  return `there is no daemon '${name}'${didYouMean(nearest(name, known))}`;
}

const didYouMean = (meant: string | undefined): string => (meant === undefined ? '' : `, did you mean '${meant}'?`);
