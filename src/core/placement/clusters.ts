/** Addresses that could have one group, together. */
import type { Item } from './draft.js';
import { common, type NodeSet } from './node-set.js';

export interface Cluster {
  /** The nodes that all allow; undefined: every node. */
  nodes: NodeSet | undefined;
  /** The most nodes that one of them allows; none where each allows every node. */
  widest: NodeSet;
  readonly items: Item[];
}

/**
 * As few clusters as come of taking the sets of nodes in turn, the small ones first, each to where most of its nodes are left.
 *
 * @param most how many addresses a cluster has at most
 * @param fits whether addresses with these nodes may join
 */
export function clusters(
  items: readonly Item[],
  most: number,
  fits: (cluster: Cluster, nodes: NodeSet | undefined) => boolean,
): readonly Cluster[] {
  const sets = new Map<string, Item[]>();
  for (const item of items) {
    const alike = sets.get(item.key);
    if (alike === undefined) sets.set(item.key, [item]);
    else alike.push(item);
  }
  const size = (nodes: NodeSet | undefined) => nodes?.size ?? Number.POSITIVE_INFINITY;
  const bySize = [...sets].sort(([x, [a]], [y, [b]]) => {
    const [few, many] = [size(a!.nodes), size(b!.nodes)];
    return few === many ? (x < y ? -1 : 1) : few - many;
  });
  const found: Cluster[] = [];
  for (const [, alike] of bySize) {
    const { nodes } = alike[0]!;
    for (let at = 0; at < alike.length; ) {
      let best: Cluster | undefined;
      for (const each of found) {
        if (each.items.length >= most || !fits(each, nodes)) continue;
        if (best === undefined || size(common(each.nodes, nodes)) > size(common(best.nodes, nodes))) best = each;
      }
      if (best === undefined) {
        best = { nodes, widest: nodes ?? new Set(), items: [] };
        found.push(best);
      }
      const room = most - best.items.length;
      best.nodes = common(best.nodes, nodes);
      if (nodes !== undefined && nodes.size > best.widest.size) best.widest = nodes;
      best.items.push(...alike.slice(at, at + room));
      at += room;
    }
  }
  return found;
}

/** Whether some node may announce all. */
export function couldShare(cluster: Cluster, nodes: NodeSet | undefined): boolean {
  return common(cluster.nodes, nodes)?.size !== 0;
}
