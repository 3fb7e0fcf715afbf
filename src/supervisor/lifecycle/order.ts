/** The dependency graph of a list. src/config has ruled out cycles. */
interface Node {
  readonly name: string;
  readonly dependsOn: readonly { readonly daemon: string }[];
}

/** The given names and everything they need, directly or not; needed ones first. */
export function withNeeds(nodes: readonly Node[], names: readonly string[]): readonly string[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const found = new Set<string>();
  const visiting = new Set<string>();
  const visit = (name: string): void => {
    if (visiting.has(name)) return;
    visiting.add(name);
    for (const { daemon } of byName.get(name)?.dependsOn ?? []) visit(daemon);
    found.add(name);
  };
  names.forEach(visit);
  return [...found];
}
