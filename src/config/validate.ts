import { isName } from './kinds.ts';
import type { Report } from './report.ts';
import type { WrittenDaemon, WrittenList } from './schema.ts';
import { DAEMON, LIST } from './schema.ts';
import type { Scope } from './section.ts';
import { WRONG, readSection, refuse } from './section.ts';
import type { Node, Place } from './tree.ts';
import { entryOf, isNothing, textOf } from './tree.ts';

/** A list as written, each value of the right kind; anything not written (or wrong, and noted) is absent. */
export interface WrittenConfig {
  readonly list: WrittenList;
  readonly daemons: readonly WrittenEntry[];
}

export interface WrittenEntry {
  /** The `name:`, else the stem of the script; absent if neither is a name. */
  readonly name: string | undefined;
  /** Where to point for the daemon as a whole. */
  readonly at: Place;
  readonly keys: WrittenDaemon;
  /** What it runs is written, or was attempted. */
  readonly triesToRun: boolean;
}

/** Far more than one machine runs; each is looked up in the file system. */
const MOST_DAEMONS = 1000;

/** Checks the tree against the table: keys, kinds and shapes. Checks across several keys are in rules.ts. */
export function validate(root: Node, report: Report): WrittenConfig {
  if (root.kind === 'sequence') return { list: {}, daemons: all(root.items, report) };
  if (root.kind === 'scalar') {
    report.problem(root.at, 'this is not a list of daemons', 'the shortest one is a line like: - ./workers/photos.php');
    return { list: {}, daemons: [] };
  }
  const list = readSection(root, LIST, { report, keys: '', of: null }, 'x-');
  if (list.daemons === undefined && report.count === 0) {
    report.problem(
      { start: root.at.start, end: root.at.start + 1 },
      'the list has no key "daemons"',
      'the daemons are listed under it',
    );
  }
  return { list, daemons: all(list.daemons?.value ?? [], report) };
}

function all(items: readonly Node[], report: Report): readonly WrittenEntry[] {
  const extra = items[MOST_DAEMONS];
  if (extra !== undefined)
    report.problem(
      extra.at,
      `a list has at most ${MOST_DAEMONS} daemons`,
      'several processes of one daemon are its instances',
    );
  return items.slice(0, MOST_DAEMONS).map((item, index) => daemon(item, index, report));
}

function daemon(item: Node, index: number, report: Report): WrittenEntry {
  const named = entryOf(item, 'name');
  const script = item.kind === 'mapping' ? entryOf(item, 'script')?.value : item;
  const written = named === undefined ? undefined : textOf(named.value);
  const word = written ?? stemOf(script);
  const isKnown = word !== undefined && isName(word);
  const scope: Scope = { report, keys: '', of: isKnown ? `daemon ${word}` : `daemon number ${index + 1}` };
  const keys = keysOf(item, scope);
  const at = named?.value.at ?? (item.kind === 'mapping' ? item.entries[0]?.keyAt : undefined) ?? item.at;
  if (named === undefined && !isKnown && keys !== undefined) {
    const made = word === undefined ? '' : `, and the file name of its script makes none`;
    report.problem(at, `daemon number ${index + 1} has no name${made}`, 'give it one: name: photos');
  }
  return { name: isKnown ? word : undefined, at, keys: keys ?? {}, triesToRun: triesToRun(item) };
}

/** A mistyped key may have been meant as what it runs: it gets its own complaint. */
function triesToRun(item: Node): boolean {
  if (item.kind !== 'mapping') return true;
  return item.entries.some(({ key }) => ['script', 'command', 'shell'].includes(key) || !Object.hasOwn(DAEMON, key));
}

function keysOf(item: Node, scope: Scope): WrittenDaemon | undefined {
  if (item.kind === 'mapping') return readSection(item, DAEMON, scope);
  if (textOf(item) === undefined || isNothing(item)) {
    const list = { ...scope, keys: 'daemons', of: null };
    refuse(item, list, 'a list of scripts and mappings', 'one daemon is a script, or a mapping with name and script');
    return undefined;
  }
  const words = DAEMON.script.kind.read(item, { ...scope, keys: 'script' });
  if (words === WRONG) return undefined;
  const script = { value: words, at: item.at };
  return { script };
}

/** `photos` for `./workers/photos.php --queue photos`. */
function stemOf(script: Node | undefined): string | undefined {
  const first = script?.kind === 'sequence' ? script.items[0] : script;
  const path = first === undefined ? undefined : textOf(first)?.trim().split(/\s/)[0];
  return path
    ?.split('/')
    .at(-1)
    ?.replace(/(?<=.)\.[^.]*$/, '');
}
