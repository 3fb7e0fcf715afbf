/** A list as written: what `yaml` found, in plain records, with aliases and merge keys resolved and places kept. */
export type Node = ScalarNode | SequenceNode | MappingNode;

/** Offsets into the text of the list: from `start` up to, not including, `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As typed, so that `1.10` stays `1.10` where text is expected. */
  readonly source: string;
  /** A `${VAR}` in it was replaced: it may stand for text as well as for a number. */
  readonly expanded: boolean;
  readonly at: Place;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly items: readonly Node[];
  readonly at: Place;
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly entries: readonly Entry[];
  readonly at: Place;
}

export interface Entry {
  readonly key: string;
  readonly keyAt: Place;
  readonly value: Node;
}

/** `env:` with nothing after it. */
export function isNothing(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** The text of a scalar, if it is text or a replaced `${VAR}`. */
export function textOf(node: Node): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (typeof node.value === 'string') return node.value;
  return node.expanded ? node.source : undefined;
}

export function entryOf(node: Node, key: string): Entry | undefined {
  return node.kind === 'mapping' ? node.entries.find((entry) => entry.key === key) : undefined;
}
