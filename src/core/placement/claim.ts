/** What an Eip, or one of its parts, claims of the virtual router IDs of a family. */
import type { Family } from '../ip/address.js';
import { clusters, couldShare } from './clusters.js';
import { aheadOf, itemsOf, ownGroups, spreadOf } from './distribute.js';
import { anyNode, type Item, maxAddresses } from './draft.js';
import type { Demand } from './group.js';
import { common, enoughOf } from './node-set.js';
import type { Claim } from './shares.js';

export function claimsOf(claimant: string, demand: Demand): Readonly<Record<Family, Claim>> {
  const items = itemsOf(demand);
  return { 4: claimOf(claimant, demand, items, 4), 6: claimOf(claimant, demand, items, 6) };
}

/**
 * Of an Eip of which nothing is known but its groups: it keeps what it has.
 *
 * @param groups `serves`: whether it has addresses
 */
export function claimsOfGroups(
  claimant: string,
  groups: readonly { readonly family: Family | undefined; readonly serves: boolean }[],
): Readonly<Record<Family, Claim>> {
  const of = (family: Family): Claim => {
    const own = groups.filter((group) => group.family === family);
    const serving = own.filter(({ serves }) => serves).length;
    return { claimant, existing: own.length, serving, needed: serving, local: serving, wanted: own.length };
  };
  return { 4: of(4), 6: of(6) };
}

function claimOf(claimant: string, demand: Demand, items: readonly Item[], family: Family): Claim {
  const own = items.filter(({ address, nodes }) => address.family === family && nodes?.size !== 0);
  const groups = demand.existing.filter((group) => group.family === family);
  const used = new Set(own.map(({ address }) => address.value));
  const serving = groups.filter(({ addresses }) => addresses.some(({ value }) => used.has(value))).length;
  const most = maxAddresses[family];
  const open = own.filter(({ key }) => key === anyNode).length;
  const groupsFor = (count: number) => Math.ceil(count / most);
  const alike = clusters(own, most, (cluster, nodes) => {
    if (cluster.nodes === undefined || nodes === undefined) return cluster.nodes === nodes;
    return (common(cluster.nodes, nodes)?.size ?? 0) >= Math.max(enoughOf(cluster.widest), enoughOf(nodes));
  });
  const local = alike.filter(({ nodes }) => nodes !== undefined).length;
  const spread = Math.max(groupsFor(open), Math.min(open, spreadOf(demand)), aheadOf(demand, family));
  const all = items.filter(({ address }) => address.family === family).length;
  const forsaken = all - own.length;
  return {
    claimant,
    existing: groups.length,
    serving,
    needed: clusters(own, most, couldShare).length,
    local: groupsFor(open) + local,
    wanted: spread + Math.max(local, Math.min(own.length - open, ownGroups)) + forsaken,
  };
}
