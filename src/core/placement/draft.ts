/**
 * A group in the making. Its members are nodes that may announce each of its addresses. An address is at home in a group whose members are
 * most of its own nodes; where there is no such group, it is a guest in one that has some of them.
 */
import type { Family, IpAddress } from '../ip/address.js';
import type { Group } from './group.js';
import { common, enoughOf, type NodeSet } from './node-set.js';

/** An address to be placed. */
export interface Item {
  readonly address: IpAddress;
  /** The nodes that may announce it; undefined: every node of the Eip. */
  readonly nodes: NodeSet | undefined;
  /** Equal for equal `nodes`; `anyNode` for undefined. */
  readonly key: string;
}

/** The key of addresses that every node may announce: no node has this name. */
export const anyNode = '*';

/** Whether some node may announce it. */
export function isServable({ nodes }: Item): boolean {
  return nodes?.size !== 0;
}

export interface Draft {
  readonly name: string;
  readonly family: Family;
  existing?: Group;
  addresses: Item[];
  /** The nodes that all its addresses allow; undefined: every node. */
  nodes: NodeSet | undefined;
  /** Fewer nodes would be too few for one of those that are at home. */
  enough: number;
  /** Every node may announce one of its addresses, so that no other is at home. */
  general: boolean;
}

/** How many addresses an advert carries: 255 by its count field; 90 IPv6 ones are what fits 1500 bytes of MTU. */
export const maxAddresses: Readonly<Record<Family, number>> = { 4: 255, 6: 90 };

export function newDraft(name: string, family: Family, existing?: Group): Draft {
  return {
    name,
    family,
    addresses: [],
    nodes: undefined,
    enough: 0,
    general: false,
    ...(existing === undefined ? {} : { existing }),
  };
}

/** Whether every node of the Eip may lead it: then it spreads the load, with addresses or before. */
export function isOpen({ nodes }: Draft): boolean {
  return nodes === undefined;
}

export function isEmpty({ addresses }: Draft): boolean {
  return addresses.length === 0;
}

/** It has addresses, and nobody may announce them. */
export function isForsaken({ nodes }: Draft): boolean {
  return nodes?.size === 0;
}

export function hasRoom({ addresses, family }: Draft, more = 1): boolean {
  return addresses.length + more <= maxAddresses[family];
}

export function join(draft: Draft, item: Item): void {
  draft.addresses.push(item);
  draft.nodes = common(draft.nodes, item.nodes);
  draft.general ||= item.nodes === undefined;
}

/** Whether an address would be at home, and nobody less at home than before. */
export function welcomes(draft: Draft, { nodes }: Item): boolean {
  if (nodes === undefined) return draft.nodes === undefined;
  if (isEmpty(draft) || draft.general || draft.nodes === undefined) return false;
  if (nodes.size === 0 || draft.nodes.size === 0) return nodes.size === draft.nodes.size;
  return common(draft.nodes, nodes)!.size >= Math.max(draft.enough, enoughOf(nodes));
}

/** Whether an address could be announced there at all, from however few nodes. */
export function admits(draft: Draft, { nodes }: Item): boolean {
  return common(draft.nodes, nodes)?.size !== 0;
}

/**
 * Which of its addresses are at home, which are guests, and which cannot be announced together with the others. Addresses that any node may
 * announce count before Local ones, then what most of them allow.
 */
export function sort(draft: Draft): { readonly guests: readonly Item[]; readonly strays: readonly Item[] } {
  const { addresses } = draft;
  const host = hostOf(addresses);
  const isHost = ({ key }: Item) => key === host;
  const ordered = host === undefined ? [] : [...addresses.filter(isHost), ...addresses.filter((each) => !isHost(each))];
  const others: Item[] = [];
  const home = newDraft(draft.name, draft.family);
  for (const each of ordered) {
    if (isEmpty(home) || welcomes(home, each)) {
      join(home, each);
      home.enough = Math.max(home.enough, each.nodes === undefined ? 0 : enoughOf(each.nodes));
    } else others.push(each);
  }
  const guests: Item[] = [];
  const strays: Item[] = [];
  let nodes = home.nodes;
  for (const each of others) {
    const left = common(nodes, each.nodes);
    if (left?.size === 0) strays.push(each);
    else {
      guests.push(each);
      nodes = left;
    }
  }
  draft.nodes = nodes;
  draft.enough = home.enough;
  draft.general = home.general;
  draft.addresses = addresses.filter((each) => !strays.includes(each));
  return { guests, strays };
}

/** The set of nodes that most of the addresses have; those that nobody may announce count last. */
function hostOf(addresses: readonly Item[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { key } of addresses) counts.set(key, (counts.get(key) ?? 0) + 1);
  const rank = (key: string, count: number) => (key === anyNode ? Number.POSITIVE_INFINITY : key === '' ? 0 : count);
  let best: readonly [string, number] | undefined;
  for (const [key, count] of counts) {
    const [top, most] = best ?? ['', -1];
    const gain = rank(key, count) - (best === undefined ? -1 : rank(top, most));
    if (gain > 0 || (gain === 0 && key < top)) best = [key, count];
  }
  return best?.[0];
}

export function leave(draft: Draft, item: Item): void {
  draft.addresses = draft.addresses.filter((each) => each !== item);
  sort(draft);
}
