import type { Pair, YAMLError } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, Lexer, parseDocument } from 'yaml';
import { nearest } from '../base/suggest.ts';
import { quoted } from './problem.ts';
import type { Report } from './report.ts';
import { syntaxWords } from './syntax.ts';
import type { Entry, MappingNode, Node, Place, ScalarNode } from './tree.ts';

/** Deeper than any list is; deeply nested text would overflow the parser's stack (a million `[` even kills Node). */
const DEEPEST = 50;
/** Shared anchors are read once per use. Their total is bounded: ten lines can mean billions. */
const MOST_NODES = 100_000;
/** A thousand daemons with twenty keys each have this many; the parser takes up to 0.1 ms per token of hostile text. */
const MOST_TOKENS = 200_000;
/** A syntax error upsets the lines after it: beyond the first few, errors are echoes. */
const MOST_SYNTAX_ERRORS = 5;

/** The text of a list as a tree, or nothing if the report has been told why. */
export function parseList(text: string, report: Report): Node | undefined {
  const scan = scanTokens(text);
  if (scan.refused !== undefined) {
    report.problem(scan.refused.at, scan.refused.what);
    return undefined;
  }
  const document = parse(text);
  if (document === undefined) {
    report.problem(null, 'the list is nested too deeply');
    return undefined;
  }
  noteErrors([...document.errors, ...document.warnings], text, scan, report);
  if (report.count > 0) return undefined;
  if (document.contents === null) {
    report.problem(null, 'the list is empty', 'the shortest useful list is one line: - ./workers/photos.php');
    return undefined;
  }
  return convert(document.contents, report);
}

/** Examines only the tokens, which is cheap for any text: is it too much, and which quote or bracket stays open? */
function scanTokens(text: string): Scan {
  let offset = 0;
  const open: Place[] = [];
  let quote: Place | undefined;
  let bracket: Place | undefined;
  let count = 0;
  for (const token of new Lexer().lex(text)) {
    count += 1;
    const at = { start: offset, end: offset + 1 };
    if (token === '[' || token === '{') open.push(at);
    if (token === ']' || token === '}') open.pop();
    if (open.length > DEEPEST) return refusal(at, `brackets are nested more than ${DEEPEST} deep`);
    if (count > MOST_TOKENS)
      return refusal(at, `up to here there are ${MOST_TOKENS} words and signs: too much for a list`);
    if (/^["']/.test(token) && (token.length === 1 || token.at(-1) !== token[0])) quote ??= at;
    if (token === FLOW_BROKEN_OFF) bracket ??= open.splice(0).at(-1);
    // The lexer marks documents and scalars by single control characters that are not part of the text.
    if (!MARKS.has(token)) offset += token.length;
  }
  return { refused: undefined, quote, bracket: bracket ?? open.at(-1) };
}

interface Scan {
  /** Why the text is not even parsed. */
  readonly refused: { readonly at: Place; readonly what: string } | undefined;
  /** The first quote and bracket that are never closed: the parser only notices at the end of the text. */
  readonly quote: Place | undefined;
  readonly bracket: Place | undefined;
}

function refusal(at: Place, what: string): Scan {
  return { refused: { at, what }, quote: undefined, bracket: undefined };
}

const FLOW_BROKEN_OFF = '\u0018';
const MARKS: ReadonlySet<string> = new Set(['\u0002', FLOW_BROKEN_OFF, '\u001F']);

function parse(text: string): ReturnType<typeof parseDocument> | undefined {
  // Hostile text has errors by the hundred thousand, and capturing a stack for each takes most of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    // Duplicate keys are found below, naming both lines and without comparing every pair of keys.
    return parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function noteErrors(errors: readonly YAMLError[], text: string, scan: Scan, report: Report): void {
  const lines = new Set<number>();
  for (const error of errors) {
    const opened = opening(error.message, scan);
    const at = opened ?? { start: error.pos[0], end: error.pos[1] };
    const line = report.lineOf(at);
    if (lines.has(line) || lines.size >= MOST_SYNTAX_ERRORS) continue;
    lines.add(line);
    const { what, hint } = syntaxWords(error.code, error.message, /.*/.exec(text.slice(error.pos[0]))?.[0] ?? '');
    report.problem(at, what, hint);
    // After an unclosed quote or bracket everything is misread.
    if (opened !== undefined) return;
  }
}

function opening(message: string, { quote, bracket }: Scan): Place | undefined {
  if (message.startsWith('Missing closing')) return quote;
  return message.startsWith('Flow ') && message.includes('end with a') ? bracket : undefined;
}

interface Converted {
  readonly node: Node;
  /** How many nodes it stands for, counting shared ones at each use. */
  readonly size: number;
}

/** The document of `yaml` as our tree, in document order, so that an alias finds its anchor already converted. */
function convert(contents: unknown, report: Report): Node | undefined {
  const anchors = new Map<string, Converted | 'open'>();
  let exhausted = false;

  function anyNode(from: unknown, depth: number): Converted | undefined {
    if (exhausted) return undefined;
    if (isAlias(from)) return alias(from.source, placeOf(from));
    const anchor = isScalar(from) || isMap(from) || isSeq(from) ? from.anchor : undefined;
    if (anchor !== undefined) anchors.set(anchor, 'open');
    const converted = bounded(collectionOrScalar(from, depth));
    if (anchor !== undefined && converted !== undefined) anchors.set(anchor, converted);
    return converted;
  }

  function bounded(converted: Converted | undefined): Converted | undefined {
    if (converted === undefined || converted.size <= MOST_NODES) return converted;
    if (!exhausted)
      report.problem(converted.node.at, `this comes to more than ${MOST_NODES} values, each alias counted`);
    exhausted = true;
    return undefined;
  }

  function alias(name: string, at: Place): Converted | undefined {
    const target = anchors.get(name);
    if (target !== undefined && target !== 'open') return target;
    if (target === 'open') report.problem(at, `*${name} stands inside of the value that it names`);
    else report.problem(at, `no value is marked with &${name} above`, nearMark(name, anchors));
    return undefined;
  }

  function collectionOrScalar(from: unknown, depth: number): Converted | undefined {
    if (depth > DEEPEST) {
      report.problem(placeOf(from), `values are nested more than ${DEEPEST} deep`);
      exhausted = true;
      return undefined;
    }
    if (isMap(from)) return mapping(from.items, placeOf(from), depth);
    if (isSeq(from)) {
      const items = from.items.flatMap((item) => anyNode(item, depth + 1) ?? []);
      const node: Node = { kind: 'sequence', items: items.map((item) => item.node), at: placeOf(from) };
      return { node, size: items.reduce((sum, item) => sum + item.size, 1) };
    }
    return { node: scalar(from, report), size: 1 };
  }

  function mapping(pairs: readonly Pair[], at: Place, depth: number): Converted {
    const own: Entry[] = [];
    const merged: MappingNode[] = [];
    const first = new Map<string, Place>();
    let size = 1;
    for (const pair of pairs) {
      const value = anyNode(pair.value ?? emptyAfter(pair.key), depth + 1);
      const key = keyOf(pair.key, report);
      if (value === undefined || key === undefined) continue;
      size += value.size;
      const keyAt = placeOf(pair.key);
      if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        merged.push(...mergedOf(value.node, report));
        continue;
      }
      const before = first.get(key);
      if (before === undefined) first.set(key, keyAt);
      else report.problem(keyAt, `the key ${quoted(key)} stands here twice, first on line ${report.lineOf(before)}`);
      own.push({ key, keyAt, value: value.node });
    }
    return { node: { kind: 'mapping', entries: withMerged(own, merged), at }, size };
  }

  return anyNode(contents, 0)?.node;
}

/** Own keys win over merged ones, earlier merged ones over later. */
function withMerged(own: readonly Entry[], merged: readonly MappingNode[]): readonly Entry[] {
  const entries = new Map(own.map((entry) => [entry.key, entry]));
  for (const each of merged)
    for (const entry of each.entries) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  return [...entries.values()];
}

function mergedOf(node: Node, report: Report): readonly MappingNode[] {
  const all = node.kind === 'sequence' ? node.items : [node];
  return all.flatMap((each) => {
    if (each.kind === 'mapping') return each;
    report.problem(each.at, '<< merges a mapping, or a list of them', 'mark one with &name and write <<: *name');
    return [];
  });
}

function scalar(from: unknown, report: Report): ScalarNode {
  const at = placeOf(from);
  const value = isScalar(from) ? from.value : null;
  const source = isScalar(from) && from.source !== undefined ? from.source : '';
  if (typeof value === 'string' && value.includes('\0')) report.problem(at, 'there is a NUL byte in this text');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'scalar', value, source, expanded: false, at };
  return { kind: 'scalar', value: null, source, expanded: false, at };
}

function keyOf(key: unknown, report: Report): string | undefined {
  if (isScalar(key) && typeof key.value === 'string') return key.value;
  if (isScalar(key) && key.value !== null && key.source !== undefined) return key.source;
  report.problem(placeOf(key), 'a key is a word');
  return undefined;
}

/** `key:` with nothing after it, not even a place: it is placed after the key. */
function emptyAfter(key: unknown): { range: readonly [number, number] } {
  const { end } = placeOf(key);
  return { range: [end, end] };
}

function placeOf(from: unknown): Place {
  const range: unknown = typeof from === 'object' && from !== null && 'range' in from ? from.range : undefined;
  if (!Array.isArray(range)) return { start: 0, end: 0 };
  const [start, end] = range as readonly unknown[]; // Array.isArray makes any[] of it.
  return typeof start === 'number' && typeof end === 'number' ? { start, end } : { start: 0, end: 0 };
}

function nearMark(name: string, anchors: ReadonlyMap<string, unknown>): string | undefined {
  const meant = nearest(name, [...anchors.keys()]);
  return meant === undefined ? undefined : `did you mean *${meant}?`;
}
