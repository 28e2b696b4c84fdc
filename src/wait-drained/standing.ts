/** What goes by a node still, as the VipGroups have it: pure. */
import { handedTo } from '../api/handing-text.js';
import type { VipGroup } from '../api/vip-group.js';

/** How a node stands in all groups. */
export interface Standing {
  /** Whether any group names it as a member. */
  readonly isMember: boolean;
  /** Groups whose addresses it answers for, or announces. */
  readonly holds: readonly string[];
  /** Who hands connections on to it. */
  readonly handed: readonly Handed[];
}

export interface Handed {
  readonly group: string;
  /** The other node. */
  readonly by: string;
  /** How many spoke within the last minute; undefined: not counted yet. With protocol `bgp` also those that it hands to others. */
  readonly connections: number | undefined;
}

/** An agent that lives tells of what it counts each minute at least; what one hands on that was killed ends after 10 s. In milliseconds. */
const countLastsMs = 150_000;

/** States of members in which routers are told their addresses. */
const announces = new Set(['Announcing', 'Draining']);

export function standingOf(groups: readonly VipGroup[], node: string, nowMs: number): Standing {
  const own = groups.filter((group) => addressesOf(group, node) !== undefined);
  return {
    isMember: own.length > 0,
    holds: own.filter((group) => holds(group, node)).map(({ metadata }) => metadata.name),
    handed: own.flatMap((group) => handedIn(group, node, nowMs)),
  };
}

/** Where its adverts come from, or where other members reach it; undefined: it is no member. */
function addressesOf({ spec, status }: VipGroup, node: string): ReadonlySet<string> | undefined {
  const entries = [...spec.members, ...(status?.members ?? [])].filter((each) => each.node === node);
  return entries.length === 0 ? undefined : new Set(entries.flatMap(({ address }) => address ?? []));
}

function holds({ spec, status }: VipGroup, node: string): boolean {
  if (spec.addresses.length === 0) return false;
  if (spec.protocol !== 'bgp') return status?.holder === node;
  const state = status?.members?.find((each) => each.node === node)?.state;
  return state !== undefined && announces.has(state);
}

function handedIn(group: VipGroup, node: string, nowMs: number): readonly Handed[] {
  const addresses = addressesOf(group, node)!;
  return (group.status?.members ?? []).flatMap((member) => {
    const { node: by, message, drainedConnections, drainedConnectionsAt } = member;
    const to = handedTo(message ?? undefined);
    // Where it is not known which address is this node's, it may be any.
    const isTo = to.length > 0 && (addresses.size === 0 || to.some((address) => addresses.has(address)));
    if (by === node || !isTo || nowMs - Date.parse(drainedConnectionsAt ?? '') > countLastsMs) return [];
    return [{ group: group.metadata.name, by, connections: drainedConnections ?? undefined }];
  });
}

/** Whether the node may be switched off as far as it is known: what is not counted yet may be some. */
export function isQuiet({ holds, handed }: Standing): boolean {
  return holds.length === 0 && handed.every(({ connections }) => connections === 0);
}

/** For a person. */
export function standingText({ holds, handed }: Standing, node: string): string {
  const named = (names: readonly string[]) =>
    names.slice(0, 4).join(', ') + (names.length > 4 ? ` and ${names.length - 4} more` : '');
  if (holds.length > 0) return `${node} holds addresses of ${named(holds)}: kubectl cordon ${node} moves them`;
  const going = handed.filter(({ connections }) => connections !== 0);
  if (going.length === 0) return `nothing goes by ${node} any more`;
  const each = going.map(({ group, by, connections = 'some' }) => `${connections} of ${group} by ${by}`);
  return `connections go by ${node}: ${named(each)}`;
}
