import type { Node, Place } from './tree.ts';

/** The names other programs use count too: a line with a mistyped key is drawn as well. */
const SECRET = /^(env|environment|environ|vars|secrets)$/i;

/**
 * The text of a list to draw lines from, with each environment value and any secret in a URL made unreadable at the same length: what
 * `check` prints ends up in build logs, and what `start` prints in those of the machine.
 */
export function veiled(text: string, tree: Node): string {
  const places: Place[] = [];
  // The target of an alias is visited once, however often it is used.
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
    parts.push(text.slice(done, start), starred(text.slice(start, end)));
    done = end;
  }
  return veiledUrls(parts.join('') + text.slice(done));
}

const URLS = /\b(https?:\/\/)([^\s"'<>/?#]*@)?([^\s"'<>?#]*\??)([^\s"'<>#]*)/gi;

/** The credentials (`user:password@`) and the query (`?token=…`) in all URLs of a text; each keeps its length. */
function veiledUrls(text: string): string {
  return text.replace(URLS, (_, scheme: string, login: string | undefined, place: string, query: string) =>
    [scheme, login === undefined ? '' : `${starred(login.slice(0, -1))}@`, place, starred(query)].join(''),
  );
}

/** A URL that a person may be shown: without credentials and query. */
export function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** A reference is a name, not a value. */
const starred = (text: string): string => text.replace(/\$\{\w+\}|\S/g, (part) => (part.length > 1 ? part : '*'));

const childrenOf = (node: Node): readonly { readonly key: string; readonly value: Node }[] => {
  if (node.kind === 'scalar') return [];
  return node.kind === 'mapping' ? node.entries : node.items.map((value) => ({ key: '', value }));
};
