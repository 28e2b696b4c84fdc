/** What the VipGroups of an Eip are to be: from its addresses, its nodes, and what other Eips leave. Pure, but for the note it takes of IDs. */
import { protocolOf } from '../../api/eip.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { type Family, formatIp, type IpAddress } from '../../core/ip/address.js';
import { exclusionOf, isUnannounceable } from '../../core/ipam/exclusions.js';
import { claimsOfGroups } from '../../core/placement/claim.js';
import { formerIdsOf } from '../../core/placement/foreign-ids.js';
import { isSelective } from '../../core/placement/gather.js';
import type { Demand, Group, PlacedAddress } from '../../core/placement/group.js';
import { sharedNodes } from '../cache/endpoints.js';
import type { EipPool } from '../cache/pools.js';
import type { Warning } from '../events/warnings.js';
import { eligibleNodes } from '../nodes/eligible-nodes.js';
import { lastResort } from '../nodes/last-resort.js';
import { foreignIdsOf } from '../notes/foreign-routers.js';
import { progressOf, yields } from '../notes/rebalancing.js';
import { groupOf } from '../objects/group.js';
import { forget, type IdAllocation } from './id-allocation.js';
import { heldByHand, noNodes, noOtherId, noVirtualRouterIds } from './intent-warnings.js';
import { lanOf } from './lans.js';
import { type Part, partsOfEip } from './parts.js';
import { claimFor, planParts } from './plan-parts.js';
import { routedIntent } from './routed-intent.js';
import type { ServiceHolding, Situation } from './situation.js';
import { specOf, withAddresses } from './spec.js';

/** What the VipGroups of an Eip are to be, and what people should know about it. */
export interface Intent {
  readonly specs: ReadonlyMap<string, VipGroupSpec>;
  readonly warnings: readonly Warning[];
  /** There would be more groups if virtual router IDs were free. */
  readonly short: boolean;
  /** Addresses that nobody announces, since there is no virtual router ID for them. */
  readonly unplaced: readonly IpAddress[];
  /** Eips whose share of the IDs is another now. */
  readonly others: readonly string[];
  /** Groups have only some of the nodes that may announce the addresses. */
  readonly selective: boolean;
}

const nothing: Intent = { specs: new Map(), warnings: [], short: false, unplaced: [], others: [], selective: false };

/** Takes note in `allocation` of what it decides. */
export function intentOf(s: Situation, allocation: IdAllocation): Intent {
  const { eip, pool, present } = s;
  const addresses = placedAddresses(s);
  if (pool === undefined || (pool.fault === undefined && protocolOf(pool.eip) === 'bgp')) {
    // It needs no virtual router IDs (any more): the others may have them.
    const others = allocation.entries.has(eip) ? [...allocation.entries.keys()].filter((name) => name !== eip) : [];
    forget(allocation, eip);
    return pool === undefined ? { ...nothing, others } : { ...nothing, ...routedIntent(s, pool, addresses), others };
  }
  const nodes = eligibleNodes(pool.eip, s.nodes);
  if (pool.fault !== undefined) {
    if (protocolOf(pool.eip) === 'bgp') return frozen(present, addresses);
    const existing = present.map(groupOf);
    const lan = lanOf(pool.eip.spec.interface, nodes, s.agents);
    const { others } = claimFor(s, allocation, [{ lan, claims: claimsOfGroups(eip, existing.map(servesOf)) }]);
    allocation.decided.set(eip, [{ lan, groups: existing }]);
    return { ...frozen(present, addresses), others };
  }
  const parts = partsOfEip(s, pool, nodes, addresses);
  const { plans, others } = planParts(s, allocation, parts, (part) => demandOf(s, pool, part));
  const specs = new Map(plans.flatMap(({ part, plan: { groups } }) => specsOf(s, pool, part, groups)));
  const [unplaced, stuck] = [plans.flatMap((each) => each.plan.unplaced), plans.flatMap((each) => each.plan.stuck)];
  const warnings = [
    ...noNodes({ addresses, nodes }),
    ...noVirtualRouterIds(s.virtualRouterIds, unplaced.map(formatIp)),
    ...noOtherId(s.virtualRouterIds, stuck),
    ...heldByHand(s.groups, addresses),
  ];
  return {
    specs,
    warnings,
    short: plans.some((each) => each.plan.short),
    unplaced,
    others,
    selective: plans.some(({ part: { nodes: own } }) =>
      isSelective({ nodes: own, members: pool.eip.spec.vrrp?.members }),
    ),
  };
}

function demandOf(s: Situation, pool: EipPool, part: Part): Demand {
  const move = progressOf(s.object ?? pool.eip)?.moving;
  const { groups: spread, members } = pool.eip.spec.vrrp ?? {};
  const resorts = s.nodes.filter((node) => lastResort(node) !== undefined).map(({ metadata }) => metadata.name);
  return {
    eip: s.eip,
    addresses: part.addresses,
    nodes: part.nodes,
    room: part.room,
    ...(spread === undefined ? {} : { spread }),
    ...(members === undefined ? {} : { members }),
    existing: part.present.map(groupOf),
    lastResorts: new Set(resorts.filter((name) => part.nodes.includes(name))),
    holders: holdersOf(part.present),
    ...(move === undefined ? {} : { wish: { group: move.group, node: move.to } }),
  };
}

function specsOf(
  s: Situation,
  pool: EipPool,
  part: Part,
  groups: readonly Group[],
): readonly (readonly [string, VipGroupSpec])[] {
  const object = s.object ?? pool.eip;
  const move = progressOf(object)?.moving;
  const foreign = foreignIdsOf(object);
  const byName = new Map(s.nodes.map((node) => [node.metadata.name, node]));
  return groups.map((group) => {
    const before = s.present.find(({ metadata }) => metadata.name === group.name);
    const formerIds = formerIdsOf(foreign, group.name, group.virtualRouterId);
    const extras = { formerIds, yields: yields(move, before, s.agents), near: part.near?.(before) };
    return [group.name, specOf(group, pool.eip, before, (name) => byName.get(name), extras)];
  });
}

function servesOf({ family, addresses }: Group): { readonly family: Family; readonly serves: boolean } {
  return { family, serves: addresses.length > 0 };
}

function holdersOf(present: readonly VipGroup[]): ReadonlyMap<string, string> {
  return new Map(
    present.flatMap(({ metadata, status }) => (status?.holder === undefined ? [] : [[metadata.name, status.holder]])),
  );
}

/** An Eip that became wrong gives nothing new and loses nothing: its groups only let go of addresses that nobody has any more. */
function frozen(present: readonly VipGroup[], addresses: readonly PlacedAddress[]): Intent {
  const held = new Set(addresses.map(({ address }) => formatIp(address)));
  const specs = present.map(({ metadata, spec }): [string, VipGroupSpec] => {
    const left = spec.addresses.filter((address) => held.has(address));
    return [metadata.name, withAddresses(spec, left)];
  });
  return { ...nothing, specs: new Map(specs) };
}

/** The addresses in use of an Eip; those of Local Services only where these have endpoints. */
function placedAddresses({
  holdings,
  exclusions,
}: Pick<Situation, 'holdings' | 'exclusions'>): readonly PlacedAddress[] {
  const placed = new Map<string, ServiceHolding[]>();
  for (const holding of holdings) {
    if (isUnannounceable(exclusionOf(exclusions, holding.address)?.kind)) continue;
    const text = formatIp(holding.address);
    placed.set(text, [...(placed.get(text) ?? []), holding]);
  }
  return [...placed.values()].map((all) => {
    const { address } = all[0]!;
    const nodes = all.flatMap(({ onlyOn }) => (onlyOn === undefined ? [] : [onlyOn]));
    return nodes.length === 0 ? { address } : { address, onlyOn: sharedNodes(nodes) };
  });
}
