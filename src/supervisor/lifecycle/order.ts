/** The dependency graph of a list. That it has no cycle is a rule of src/config. */
interface Node {
  readonly name: string;
  readonly dependsOn: readonly { readonly daemon: string }[];
}

/** The names given and all that they need, directly or not; what is needed comes before what needs it. */
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
