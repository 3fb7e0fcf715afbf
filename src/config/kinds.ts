import { parseBytes } from '../base/bytes.ts';
import { formatDuration, parseDuration } from '../base/duration.ts';
import type { Result } from '../base/result.ts';
import { nearest } from '../base/suggest.ts';
import type { Found, JsonSchema, Kind, Scope, Wrong } from './section.ts';
import { WRONG, complain, refuse } from './section.ts';
import type { Node, SequenceNode } from './tree.ts';
import { isNothing, textOf } from './tree.ts';
import { splitWords, withoutShell } from './words.ts';

/** The kinds of values that are not sections. In an editor, `${VAR}` may stand for any of them. */

export const text: Kind<string> = {
  words: 'text',
  json: { type: 'string' },
  read: (node, scope) => {
    const value = textOf(node);
    if (value === undefined) return refuse(node, scope, 'text', quoteIt(node));
    return value.trim() === '' ? refuse(node, scope, 'text', 'it is empty') : value;
  },
};

/** Names become file names and are typed on command lines: `:` `@` `/` `*` have a meaning there. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const NAME_HINT =
  'a name is made of letters, digits, ".", "_" and "-", begins with a letter or digit, and has at most 64 of them';

export const isName = (word: string): boolean => NAME.test(word);

export const name: Kind<string> = {
  words: 'a name',
  json: { type: 'string', pattern: or(NAME) },
  read: (node, scope) => {
    const value = textOf(node);
    if (value === undefined) return refuse(node, scope, 'a name', quoteIt(node));
    return isName(value) ? value : refuse(node, scope, 'a name', NAME_HINT);
  },
};

export const path: Kind<string> = {
  words: 'a path',
  json: { type: 'string', minLength: 1 },
  read: (node, scope) => {
    const value = text.read(node, scope);
    if (value === WRONG || !/^~(\/|$)/.test(value)) return value;
    complain(scope, node.at, 'begins with ~, which only shells know', `write \${HOME}${value.slice(1)}`);
    return WRONG;
  },
};

/** What a daemon runs. */
export const words = programWords((line) => withoutShell(line) ?? 'write shell: instead of this key');
/** What runs beside the daemons: it never goes through a shell. */
export const ownWords = programWords(() => 'write it as [/bin/sh, -c, "…"]');

/** Text that is split as a shell would, or a list of words taken as is. */
function programWords(forShell: (line: string) => string): Kind<readonly [string, ...string[]]> {
  return {
    words: 'text, or a list of words',
    json: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'array', minItems: 1, items: { type: ['string', 'number', 'boolean'] } },
      ],
    },
    read: (node, scope) => {
      if (node.kind === 'sequence') return wordsOf(node, scope);
      const value = text.read(node, scope);
      if (value === WRONG) return WRONG;
      const split = splitWords(value, forShell(value));
      if (split.ok) return split.value;
      complain(scope, node.at, split.error.what, split.error.hint);
      return WRONG;
    },
  };
}

function wordsOf(node: SequenceNode, scope: Scope): readonly [string, ...string[]] | Wrong {
  const all = node.items.map((item) => {
    if (item.kind === 'scalar' && !isNothing(item)) return textOf(item) ?? item.source;
    return refuse(item, scope, 'a list of words', 'a word with nothing in it is written ""');
  });
  const [first, ...rest] = all.filter((word) => word !== WRONG);
  if (all.includes(WRONG)) return WRONG;
  return first === undefined || first === ''
    ? refuse(node, scope, 'a list that begins with a program')
    : [first, ...rest];
}

export const flag: Kind<boolean> = {
  words: 'true or false',
  json: anyOr({ type: 'boolean' }),
  read: (node, scope) => {
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
    const meant = /^(yes|on|y)$/i.test(textOf(node) ?? '')
      ? 'true'
      : /^(no|off|n)$/i.test(textOf(node) ?? '')
        ? 'false'
        : undefined;
    return refuse(node, scope, 'true or false', meant === undefined ? undefined : `write ${meant}`);
  },
};

/** A whole number from `min` to `max`; `atZero` is the hint for a 0. */
export function count(min: number, max: number, atZero?: string): Kind<number> {
  const range = `a whole number from ${min} to ${max}`;
  return {
    words: range,
    json: anyOr({ type: 'integer', minimum: min, maximum: max }),
    read: (node, scope) => {
      const value = node.kind === 'scalar' ? node.value : null;
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
      if (value === 0) return refuse(node, scope, range, atZero);
      const inQuotes = typeof value === 'string' && /^\d+$/.test(value);
      return refuse(node, scope, range, inQuotes ? 'write it without quotes' : undefined);
    },
  };
}

/** A number from `min` to `max`, not necessarily whole. */
export function number(min: number, max: number): Kind<number> {
  const range = `a number from ${min} to ${max}`;
  return {
    words: range,
    json: anyOr({ type: 'number', minimum: min, maximum: max }),
    read: (node, scope) => {
      const value = node.kind === 'scalar' ? node.value : null;
      return typeof value === 'number' && value >= min && value <= max ? value : refuse(node, scope, range);
    },
  };
}

export const duration = measured(
  'a duration (250ms, 30s, 5m, 2h)',
  String.raw`^\d+(\.\d+)? ?(ms|s|m|h|d)$`,
  parseDuration,
);
export const size = measured('a size (10MB, 512MiB)', String.raw`^\d+(\.\d+)? ?([KMGT]i?)?B$`, parseBytes);

/** A measure greater than nothing; `atZero` is the hint for a 0. */
export function positive(kind: Kind<number>, atZero?: string): Kind<number> {
  return {
    ...kind,
    read: (node, scope) => {
      const value = kind.read(node, scope);
      return value === 0 ? refuse(node, scope, 'more than 0', atZero) : value;
    },
  };
}

/** A duration no shorter than this. */
export function atLeast(leastMs: number, why: string): Kind<number> {
  return {
    ...duration,
    read: (node, scope) => {
      const value = duration.read(node, scope);
      return value !== WRONG && value < leastMs
        ? refuse(node, scope, `at least ${formatDuration(leastMs)}`, why)
        : value;
    },
  };
}

/** Starts per second. */
export const rate: Kind<number> = {
  words: 'so many a second (20/s)',
  json: { type: 'string', pattern: or(/^[1-9]\d{0,3}\/s$/) },
  read: (node, scope) => {
    const value = textOf(node) ?? (node.kind === 'scalar' && typeof node.value === 'number' ? node.source : '');
    const [, digits, unit] = /^([1-9]\d{0,3})\s*(\/\s*s)?$/.exec(value) ?? [];
    if (digits !== undefined && unit !== undefined) return Number(digits);
    return refuse(
      node,
      scope,
      'so many a second, from 1/s to 9999/s, or unlimited',
      digits === undefined ? undefined : `write ${digits}/s`,
    );
  },
};

/** The kind, or one word with a meaning of its own: `unlimited`. */
export function orWord<T, const U>(word: string, meaning: U, kind: Kind<T>): Kind<T | U> {
  return {
    words: `${kind.words} or ${word}`,
    json: { anyOf: [kind.json, { const: word }] },
    read: (node, scope) => {
      const written = textOf(node);
      if (written === word) return meaning;
      if (written !== undefined && nearest(written, [word]) === word)
        return refuse(node, scope, `${kind.words} or ${word}`, `did you mean "${word}"?`);
      return kind.read(node, scope);
    },
  };
}

export function oneOf<const W extends string>(all: readonly W[]): Kind<W> {
  const wanted = `${all.slice(0, -1).join(', ')} or ${all.at(-1) ?? ''}`;
  return {
    words: wanted,
    json: { enum: all },
    read: (node, scope) => {
      const written = textOf(node);
      const found = all.find((word) => word === written);
      if (found !== undefined) return found;
      const meant = written === undefined ? undefined : nearest(written, all);
      return refuse(node, scope, wanted, meant === undefined ? undefined : `did you mean "${meant}"?`);
    },
  };
}

export function listOf<T>(kind: Kind<T>, plural: string): Kind<readonly Found<T>[]> {
  return {
    words: `a list of ${plural}`,
    json: { type: 'array', items: kind.json },
    read: (node, scope) => {
      if (isNothing(node)) return [];
      if (node.kind !== 'sequence') return refuse(node, scope, `a list of ${plural}`, asList(node));
      return node.items.flatMap((item) => {
        const value = kind.read(item, scope);
        return value === WRONG ? [] : [{ value, at: item.at }];
      });
    },
  };
}

/** One, or a list of them. */
export function oneOrMany<T>(kind: Kind<T>, plural: string): Kind<readonly Found<T>[]> {
  const many = listOf(kind, plural);
  return {
    words: `${kind.words}, or ${many.words}`,
    json: { anyOf: [kind.json, many.json] },
    read: (node, scope) => {
      if (node.kind !== 'scalar' || isNothing(node)) return many.read(node, scope);
      const value = kind.read(node, scope);
      return value === WRONG ? WRONG : [{ value, at: node.at }];
    },
  };
}

function measured(wanted: string, pattern: string, parse: (written: string) => Result<number>): Kind<number> {
  return {
    words: wanted,
    json: { type: 'string', pattern: `${pattern}|\\$\\{` },
    read: (node, scope) => {
      const written = node.kind === 'scalar' && typeof node.value === 'number' ? node.source : textOf(node);
      if (written === undefined) return refuse(node, scope, wanted);
      const parsed = parse(written);
      return parsed.ok ? parsed.value : refuse(node, scope, wanted, parsed.error);
    },
  };
}

const quoteIt = (node: Node): string | undefined =>
  node.kind === 'scalar' && !isNothing(node) ? `put it in quotes: "${node.source}"` : undefined;

const asList = (node: Node): string | undefined => (node.kind === 'scalar' ? `write [${node.source}]` : undefined);

/** In an editor `${VAR}` may stand wherever a value may. */
function anyOr(json: JsonSchema): JsonSchema {
  return { anyOf: [json, { type: 'string', pattern: '\\$\\{' }] };
}

function or(pattern: RegExp): string {
  return `${pattern.source}|\\$\\{`;
}
