import { quoted } from './problem.ts';
import type { Report } from './report.ts';
import type { MappingNode, Node, ScalarNode } from './tree.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${VAR}`, `${VAR:-default}` and `${VAR:?message}` in all values (never in keys). `$$` is a dollar, a lone `$` stays. Top-level
 * keys beginning with `x-` are left alone: what is used of them is reached through its alias.
 */
export function interpolate(root: Node, text: string, variables: Variables, report: Report): Node {
  const done = new Map<Node, Node>();

  // Visits each node once, however often an alias uses it: shared nodes stay shared and are complained about once.
  function walk(node: Node): Node {
    const before = done.get(node);
    if (before !== undefined) return before;
    const after = walkNew(node);
    done.set(node, after);
    return after;
  }

  function walkNew(node: Node): Node {
    switch (node.kind) {
      case 'scalar':
        return typeof node.value === 'string' && node.value.includes('$')
          ? expandScalar(node, text, variables, report)
          : node;
      case 'sequence':
        return { ...node, items: node.items.map(walk) };
      case 'mapping':
        return walkMapping(node, () => true);
    }
  }

  function walkMapping(node: MappingNode, wanted: (key: string) => boolean): Node {
    const entries = node.entries.map((entry) => (wanted(entry.key) ? { ...entry, value: walk(entry.value) } : entry));
    return { ...node, entries };
  }

  return root.kind === 'mapping' ? walkMapping(root, (key) => !key.startsWith('x-')) : walk(root);
}

/** A text with its variables replaced, or what is wrong with which part of it. */
export function expand(text: string, variables: Variables): { text: string; wrong: readonly Wrong[] } {
  const wrong: Wrong[] = [];
  let out = '';
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf('$', at);
    if (dollar === -1) break;
    out += text.slice(at, dollar);
    if (text.startsWith('$$', dollar)) {
      out += '$';
      at = dollar + 2;
    } else if (text.startsWith('${', dollar)) {
      const end = closing(text, dollar + 2);
      const part = text.slice(dollar, end);
      out += expandPart(part, variables, wrong);
      at = end;
    } else {
      out += '$';
      at = dollar + 1;
    }
  }
  return { text: out + text.slice(at), wrong };
}

interface Wrong {
  /** As written: `${PORT}`. */
  readonly part: string;
  readonly what: string;
  readonly hint: string;
}

/** The offset after the brace that closes the one before `from`, or the end of the text. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith('${', at)) depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function expandPart(part: string, variables: Variables, wrong: Wrong[]): string {
  const [, name, operator, rest] = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([^]*))?\}$/.exec(part) ?? [];
  if (name === undefined) {
    const closed = part.endsWith('}');
    wrong.push({
      part,
      what: closed
        ? `${quoted(part)} is not a form that is known here`
        : `the brace of ${quoted(part)} is never closed`,
      hint: 'known are ${VAR}, ${VAR:-default} and ${VAR:?message}; write $${ where a shell shall see ${',
    });
    return '';
  }
  const value = variables[name];
  if (operator === undefined) {
    if (value !== undefined) return value;
    wrong.push({
      part,
      what: `${name} is not set`,
      hint: `set it before you start supervise, or write \${${name}:-default}`,
    });
    return '';
  }
  // As in a shell, the colon means that an empty value counts as none.
  if (value !== undefined && value !== '') return value;
  if (operator === ':-') {
    const nested = expand(rest ?? '', variables);
    wrong.push(...nested.wrong);
    return nested.text;
  }
  wrong.push({
    part,
    what: `${name} is not set: ${rest === '' ? 'it is needed' : (rest ?? '')}`,
    hint: `set ${name} before you start supervise`,
  });
  return '';
}

function expandScalar(node: ScalarNode, text: string, variables: Variables, report: Report): ScalarNode {
  const expanded = expand(String(node.value), variables);
  for (const { part, what, hint } of expanded.wrong) {
    // Escapes and folded lines may hide the part as written: then the whole value is marked.
    const start = text.indexOf(part, node.at.start);
    const found = start !== -1 && start < node.at.end;
    report.problem(found ? { start, end: start + part.length } : node.at, what, hint);
  }
  return { ...node, value: typed(expanded.text), source: expanded.text, expanded: true };
}

/** The replaced text may be a number or a flag, as if it had been typed. */
function typed(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
