/**
 * Which nodes are members of a group. In a cluster with many nodes a group has only some of them: each member costs the others memory, the
 * API server writes, and none but the first few ever leads. Whoever is a member stays one. Who becomes one is in few groups yet, since an
 * agent reads whatever is written of each group that its node is in.
 */
import { maxMembers } from './priorities.js';
import { rankNodes } from './rendezvous.js';

/** How many members a group has at most, unless the Eip says so itself. */
export const defaultMembers = 16;

/** How many members a group has at most. @param members what its Eip says of it */
export function memberLimit(members: number | undefined): number {
  return Math.min(members ?? defaultMembers, maxMembers);
}

export interface Membership {
  readonly group: string;
  /** The preferred leader, one of `nodes`; undefined only where there is no node. */
  readonly leader: string | undefined;
  /** The nodes that may be members. */
  readonly nodes: readonly string[];
  /** The members before. */
  readonly before: readonly string[];
  /** Who leads now, as far as is known. */
  readonly holder: string | undefined;
  /** Nodes that lead only when no other can. */
  readonly lastResorts: ReadonlySet<string>;
  readonly limit: number | undefined;
  /** How many other groups a node is a member of. */
  readonly memberships: ReadonlyMap<string, number>;
}

/** The members in the order of their ranks, the preferred leader first. */
export function membersOf(m: Membership): readonly string[] {
  const limit = memberLimit(m.limit);
  if (m.leader === undefined) return [];
  const chosen = m.nodes.length <= limit ? m.nodes : choose(m, m.leader, limit);
  return [m.leader, ...rankNodes(m.group, chosen).filter((node) => node !== m.leader)];
}

function choose(m: Membership, leader: string, limit: number): readonly string[] {
  const { group, nodes, before, holder, lastResorts } = m;
  const eligible = new Set(nodes);
  const needed = [leader, holder].filter((node) => node !== undefined && eligible.has(node)) as string[];
  const kept = new Set([...needed, ...before.filter((node) => eligible.has(node))]);
  const chosen = new Set([...kept].slice(0, limit));
  const isOrdinary = (node: string) => !lastResorts.has(node);
  const ordinary = [...chosen].filter(isOrdinary).length;
  if (chosen.size === limit && ordinary * 2 >= limit) return [...chosen];
  const others = leastUsed(m).filter((node) => !chosen.has(node));
  const fresh = others.filter(isOrdinary);
  // Half of them may be cordoned or not Ready before they make way: until then nothing moves for a node that comes back.
  const idle = rankNodes(group, [...chosen]).filter((node) => !isOrdinary(node) && !needed.includes(node));
  for (
    let count = ordinary;
    count * 2 < limit && chosen.size === limit && fresh.length > 0 && idle.length > 0;
    count++
  ) {
    chosen.delete(idle.pop()!);
    chosen.add(fresh.shift()!);
  }
  for (const node of [...fresh, ...others.filter((each) => lastResorts.has(each))]) {
    if (chosen.size < limit) chosen.add(node);
  }
  return [...chosen];
}

/** In few groups first; of those that are in equally many, as the group ranks them. */
function leastUsed({ group, nodes, memberships }: Membership): readonly string[] {
  const count = (node: string) => memberships.get(node) ?? 0;
  return rankNodes(group, nodes).toSorted((a, b) => count(a) - count(b));
}
