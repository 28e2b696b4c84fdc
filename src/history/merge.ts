/** What agents remember of groups, in one order: pure. */
import type { AgentHistory } from '../agent/history/remembered.js';
import type { VipGroup } from '../api/vip-group.js';

/** One change of what a node is in a group. */
export interface Line {
  /** By the clock of the node, in milliseconds since 1970. */
  readonly atMs: number;
  readonly node: string;
  readonly group: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** Who leads now, or led before: the node, or the address where it is no member's. */
  readonly peer: string | undefined;
  /** Since when the node is no member of the group any more, by its own clock, in milliseconds since 1970; absent: it is one, as far as is known. */
  readonly leftMs?: number;
}

/** The oldest first; each once, however many tell it. @param group only of that one */
export function mergedHistory(
  groups: readonly VipGroup[],
  agents: readonly AgentHistory[],
  group: string | undefined,
): readonly Line[] {
  const names = new Map(groups.map((each) => [each.metadata.name, nodesByAddress(each)]));
  const left = new Map(groups.map((each) => [each.metadata.name, leftByNode(each)]));
  const written = groups.flatMap(({ metadata, status }) =>
    [...(status?.formerMembers ?? []), ...(status?.members ?? [])].flatMap(({ node, history }) =>
      (history ?? []).map((each) => ({ reason: '-', ...each, atMs: Date.parse(each.at), node, group: metadata.name })),
    ),
  );
  const remembered = agents.flatMap(({ node, entries }) =>
    entries.map(({ at, ...each }) => ({ peer: undefined, ...each, atMs: at, node })),
  );
  const lines = new Map<string, Line>();
  for (const each of [...written, ...remembered]) {
    // What no calendar has cannot be shown.
    if (Number.isNaN(new Date(each.atMs).getTime()) || (group !== undefined && each.group !== group)) continue;
    const { atMs, node, from, to, reason, peer } = each;
    const leftMs = left.get(each.group)?.get(node);
    const line = {
      atMs,
      node,
      group: each.group,
      from,
      to,
      reason,
      peer: peer && (names.get(each.group)?.get(peer) ?? peer),
      ...(leftMs === undefined ? {} : { leftMs }),
    };
    lines.set(`${atMs} ${node} ${each.group} ${from} ${to}`, line);
  }
  return [...lines.values()].sort(inOrder);
}

function inOrder(a: Line, b: Line): number {
  return a.atMs - b.atMs || (`${a.group} ${a.node}` < `${b.group} ${b.node}` ? -1 : 1);
}

function nodesByAddress({ spec, status }: VipGroup): ReadonlyMap<string, string> {
  // Of two that had one address the one that is a member.
  const members = [...(status?.formerMembers ?? []), ...(status?.members ?? []), ...spec.members];
  return new Map(members.flatMap(({ node, address }) => (address === undefined ? [] : [[address, node]])));
}

function leftByNode({ spec, status }: VipGroup): ReadonlyMap<string, number> {
  const isMember = new Set(spec.members.map(({ node }) => node));
  const left = (status?.formerMembers ?? []).filter(({ node }) => !isMember.has(node));
  const times = left.map(({ node, leftAt }): readonly [string, number] => [node, Date.parse(leftAt)]);
  return new Map(times.filter(([, ms]) => !Number.isNaN(new Date(ms).getTime())));
}
