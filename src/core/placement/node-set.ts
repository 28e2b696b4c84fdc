/** Sets of nodes that may announce an address. `undefined`, where it is allowed, means every node of the Eip. */

export type NodeSet = ReadonlySet<string>;

/** The nodes in both. */
export function common(a: NodeSet | undefined, b: NodeSet | undefined): NodeSet | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  const both = new Set<string>();
  for (const node of few) if (many.has(node)) both.add(node);
  return both.size === few.size ? few : both;
}

/** Equal for equal sets, in whichever order their nodes come. */
export function keyOf(nodes: NodeSet): string {
  return [...nodes].sort().join('\n');
}

/**
 * How many of an address's nodes a group must be left with for the address to be at home there: most of them, and two for as long as it
 * has two itself, so that there is one to fail over to.
 */
export function enoughOf(nodes: NodeSet): number {
  return Math.max(Math.min(2, nodes.size), Math.ceil(nodes.size * (2 / 3)));
}
