import type { Node, Place } from './tree.ts';

/** What other programs call it counts, too: a mistyped key is drawn as well. */
const SECRET = /^(env|environment|environ|vars|secrets)$/i;

/**
 * The text of a list to draw its lines from, each value of an environment made unreadable and as long as before: what
 * `check` prints ends up in the logs of a build, and what `start` prints in those of the machine.
 */
export function veiled(text: string, tree: Node): string {
  const places: Place[] = [];
  // What an alias stands for is walked once, however often it is used.
  const hidden = new Set<Node>();
  const seen = new Set<Node>();
  const hide = (node: Node): void => {
    if (hidden.has(node)) return;
    hidden.add(node);
    if (node.kind === 'scalar') places.push(node.at);
    for (const inner of childrenOf(node)) hide(inner.value);
  };
  const walk = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const { key, value } of childrenOf(node)) (SECRET.test(key) ? hide : walk)(value);
  };
  walk(tree);
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of places.sort((a, b) => a.start - b.start)) {
    if (start < done) continue;
    // A reference is a name, not a value.
    const value = text.slice(start, end).replace(/\$\{\w+\}|\S/g, (part) => (part.length > 1 ? part : '*'));
    parts.push(text.slice(done, start), value);
    done = end;
  }
  return parts.join('') + text.slice(done);
}

const childrenOf = (node: Node): readonly { readonly key: string; readonly value: Node }[] => {
  if (node.kind === 'scalar') return [];
  return node.kind === 'mapping' ? node.entries : node.items.map((value) => ({ key: '', value }));
};
