import { nearest } from '../base/suggest.ts';
import { quoted } from './problem.ts';
import type { Report } from './report.ts';
import { createReport } from './report.ts';
import type { Entry, MappingNode, Node, Place } from './tree.ts';
import { isNothing, textOf } from './tree.ts';

/** A kind of value: how it is read, and how the JSON Schema and the reference describe it. */
export interface Kind<T> {
  /** Follows "must be": `a duration (30s, 5m) or unlimited`. */
  readonly words: string;
  readonly json: JsonSchema;
  /** The value, or `WRONG` if the report has been told what is wrong with it. */
  readonly read: (node: Node, scope: Scope) => T | Wrong;
  /** The keys below, if the value is (or may be) a mapping with keys of its own. */
  readonly section?: Section;
}

/** Replaces a value that was refused. (Nothing and `null` are values: `unlimited` is null.) */
export const WRONG = Symbol('wrong');
export type Wrong = typeof WRONG;

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where a value stands: its keys (`restart.delay`) and what they belong to (`daemon photos`). */
export interface Scope {
  readonly report: Report;
  readonly keys: string;
  readonly of: string | null;
}

/** A row of the table in schema.ts. */
export interface Key<T> {
  readonly kind: Kind<T>;
  /** One sentence for the reference and the editor. */
  readonly doc: string;
  /** The default if nothing is written, as it would be written. */
  readonly builtIn?: string | number | boolean | readonly number[];
  /** The default in words, if it depends on other keys. */
  readonly otherwise?: string;
  /** Names in other programs, answered with "did you mean". */
  readonly elsewhere?: readonly string[];
}

/** A row that the design names but that is refused until a later version supports it. */
export interface Later {
  readonly later: true;
  readonly doc: string;
}

export type Section = Readonly<Record<string, Key<unknown> | Later>>;

/** A value with the place where it was written. */
export interface Found<T> {
  readonly value: T;
  readonly at: Place;
}

/** What was written in a section, with nothing filled in yet. */
export type Written<S extends Section> = { readonly [K in keyof S]?: S[K] extends Key<infer T> ? Found<T> : never };

export function key<T>(kind: Kind<T>, row: Omit<Key<T>, 'kind'>): Key<T> {
  return { kind, ...row };
}

export function later(doc: string): Later {
  return { later: true, doc };
}

/** The default value of a row, read as if it had been written. */
export function builtIn<T>(row: Key<T>): T {
  const report = createReport('schema.ts', '');
  const value = row.builtIn === undefined ? WRONG : row.kind.read(asNode(row.builtIn), { report, keys: '', of: null });
  if (value === WRONG) throw new Error(`the table has no valid default: ${report.problems()[0]?.what ?? row.doc}`);
  return value;
}

/** A value of a table, as if written. */
export function asNode(value: string | number | boolean | readonly number[]): Node {
  const at = { start: 0, end: 0 };
  if (typeof value === 'object') return { kind: 'sequence', items: value.map(asNode), at };
  return { kind: 'scalar', value, source: String(value), expanded: false, at };
}

/** A mapping whose keys are the rows of a table. `ofDaemons`: keys that each daemon must set itself. */
export function section<S extends Section>(rows: S, ofDaemons: readonly string[] = []): Kind<Written<S>> {
  return {
    words: 'a mapping',
    json: jsonOf(rows),
    section: rows,
    read: (node, scope) => {
      // A section with all its lines commented out is an empty one.
      if (isNothing(node)) return {};
      if (node.kind !== 'mapping') return refuse(node, scope, 'a mapping');
      for (const { key: written, keyAt } of node.entries)
        if (ofDaemons.includes(written)) ofDaemon(keyAt, written, scope);
      const entries = node.entries.filter(({ key: written }) => !ofDaemons.includes(written));
      return readSection({ ...node, entries }, rows, scope);
    },
  };
}

/** A section that also has a short form: `restart: never` for `restart: { policy: never }`. `isShort`: is it written so? */
export function shortOr<T, S extends Section>(
  short: Kind<T>,
  long: Kind<Written<S>>,
  asLong: (value: Found<T>) => Written<S>,
  isShort: (node: Node) => boolean = (node) => node.kind === 'scalar',
): Kind<Written<S>> {
  return {
    ...long,
    words: `${short.words}, or a mapping`,
    json: { anyOf: [short.json, long.json] },
    read: (node, scope) => {
      if (!isShort(node) || isNothing(node)) return long.read(node, scope);
      const value = short.read(node, scope);
      return value === WRONG ? WRONG : asLong({ value, at: node.at });
    },
  };
}

/** Reads the entries of a mapping by the rows of a table; keys beginning with one of `free` are let through. */
export function readSection<S extends Section>(
  node: MappingNode,
  rows: S,
  scope: Scope,
  free: string | null = null,
): Written<S> {
  const found: Record<string, Found<unknown>> = {};
  for (const entry of node.entries) {
    if (free !== null && entry.key.startsWith(free)) continue;
    const row = Object.hasOwn(rows, entry.key) ? rows[entry.key] : undefined;
    if (row === undefined) unknownKey(entry, rows, scope);
    else if ('later' in row) notYet(entry.keyAt, entry.key, scope);
    else {
      const value = row.kind.read(entry.value, { ...scope, keys: below(scope.keys, entry.key) });
      const at = entry.value.at.start === entry.value.at.end ? entry.keyAt : entry.value.at;
      if (value !== WRONG) found[entry.key] = { value, at };
    }
  }
  return found as Written<S>; // Each key was read by the kind of its own row.
}

/** Reports that a value is not of the expected kind. */
export function refuse(node: Node, scope: Scope, wanted: string, hint?: string): Wrong {
  if (isNothing(node)) complain(scope, node.at, 'has no value', hint ?? `it must be ${wanted}; or remove the key`);
  else complain(scope, node.at, `must be ${wanted}, not ${shown(node)}`, hint);
  return WRONG;
}

/** `"restart.delay" of daemon photos` and what is wrong with it. */
export function complain(scope: Scope, at: Place, what: string, hint?: string): void {
  const subject = scope.of === null ? quoted(scope.keys) : `${quoted(scope.keys)} of ${scope.of}`;
  scope.report.problem(at, `${subject} ${what}`, hint, `${scope.keys} ${what}`);
}

function notYet(at: Place, keys: string, scope: Scope): void {
  scope.report.problem(at, `${quoted(below(scope.keys, keys))} is not supported yet`);
}

function ofDaemon(at: Place, written: string, scope: Scope): void {
  const what = `${quoted(written)} has no place in ${quoted(scope.keys)}: each daemon says that itself`;
  scope.report.problem(at, what, 'write it at the daemons that it is meant for', `${written} in ${scope.keys}`);
}

function unknownKey({ key: written, keyAt }: Entry, rows: Section, scope: Scope): void {
  const known = Object.keys(rows);
  const meant = synonym(written, rows) ?? nearest(written, known) ?? inside(written, rows);
  const where = [scope.keys === '' ? [] : quoted(scope.keys), scope.of ?? []].flat().join(' of ') || 'the list';
  const hint =
    meant === undefined
      ? `known here: ${known.filter((name) => !isLater(rows, name)).join(', ')}`
      : `did you mean ${quoted(meant)}?`;
  scope.report.problem(keyAt, `unknown key ${quoted(written)} in ${where}`, hint, `unknown ${written}`);
}

function synonym(written: string, rows: Section): string | undefined {
  return Object.entries(rows).find(([, row]) => 'kind' in row && row.elsewhere?.includes(written.toLowerCase()))?.[0];
}

/** `delay` beside `restart` instead of inside it. */
function inside(written: string, rows: Section): string | undefined {
  const owner = Object.entries(rows).find(([, row]) => 'kind' in row && Object.hasOwn(row.kind.section ?? {}, written));
  return owner === undefined ? undefined : `${owner[0]}: { ${written}: … }`;
}

const isLater = (rows: Section, name: string): boolean => 'later' in (rows[name] ?? {});
const below = (keys: string, name: string): string => (keys === '' ? name : `${keys}.${name}`);

function shown(node: Node): string {
  if (node.kind === 'sequence') return 'a list';
  if (node.kind === 'mapping') return 'a mapping';
  return typeof node.value === 'string' ? quoted(textOf(node) ?? '') : node.source;
}

function jsonOf(rows: Section): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const [name, row] of Object.entries(rows)) {
    if ('later' in row) continue;
    properties[name] = {
      description: row.doc,
      ...row.kind.json,
      ...(row.builtIn === undefined ? {} : { default: row.builtIn }),
    };
  }
  return { type: 'object', properties, additionalProperties: false };
}
