/** What the VipGroups of an Eip are to be: from its addresses, its nodes, and what other Eips leave. Pure, but for the note it takes of IDs. */
import { protocolOf } from '../../api/eip.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { type Family, formatIp, type IpAddress } from '../../core/ip/address.js';
import { exclusionOf, isUnannounceable } from '../../core/ipam/exclusions.js';
import { claimsOf, claimsOfGroups } from '../../core/placement/claim.js';
import { formerIdsOf } from '../../core/placement/foreign-ids.js';
import {
  type Demand,
  type Group,
  type PlacedAddress,
  type Surroundings,
  weightOf,
} from '../../core/placement/group.js';
import { type Entry, type Lan, mayBeOne } from '../../core/placement/lan.js';
import { plan } from '../../core/placement/plan.js';
import { sharedNodes } from '../cache/endpoints.js';
import type { Warning } from '../events/warnings.js';
import { eligibleNodes } from '../nodes/eligible-nodes.js';
import { lastResort } from '../nodes/last-resort.js';
import { allForeignIds, foreignIdsOf } from '../notes/foreign-routers.js';
import { progressOf, yields } from '../notes/rebalancing.js';
import { familyOf, groupOf } from '../objects/group.js';
import { claim, forget, type IdAllocation, type Present, restingIds, takenAround } from './id-allocation.js';
import { heldByHand, noNodes, noOtherId, noVirtualRouterIds } from './intent-warnings.js';
import { lanOf, lanOfGroup } from './lans.js';
import { routedIntent } from './routed-intent.js';
import { othersThan, roomOf, type ServiceHolding, type Situation } from './situation.js';
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
}

const nothing: Intent = { specs: new Map(), warnings: [], short: false, unplaced: [], others: [] };

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
  const existing = present.map(groupOf);
  const nodes = eligibleNodes(pool.eip, s.nodes);
  const lan = lanOf(pool.eip.spec.interface, nodes, s.agents);
  if (pool.fault !== undefined) {
    if (protocolOf(pool.eip) === 'bgp') return frozen(present, addresses);
    const { others } = claimFor(s, allocation, { eip, lan, claims: claimsOfGroups(eip, existing.map(servesOf)) });
    allocation.decided.set(eip, existing);
    return { ...frozen(present, addresses), others };
  }
  const object = s.object ?? pool.eip;
  const move = progressOf(object)?.moving;
  const byName = new Map(s.nodes.map((node) => [node.metadata.name, node]));
  const node = (name: string) => byName.get(name);
  const { groups: spread, members } = pool.eip.spec.vrrp ?? {};
  const demand: Demand = {
    eip,
    addresses,
    nodes,
    room: roomOf(pool),
    ...(spread === undefined ? {} : { spread }),
    ...(members === undefined ? {} : { members }),
    existing,
    otherNames: new Set(othersThan(eip, s.groups).map(({ metadata }) => metadata.name)),
    lastResorts: new Set(nodes.filter((name) => lastResort(node(name)) !== undefined)),
    holders: holdersOf(present),
    ...(move === undefined ? {} : { wish: { group: move.group, node: move.to } }),
  };
  const { share, others } = claimFor(s, allocation, { eip, lan, claims: claimsOf(demand) });
  const { groups, unplaced, stuck, short } = plan(demand, surroundings(s, allocation, lan, share));
  allocation.decided.set(eip, groups);
  const foreign = foreignIdsOf(object);
  const specs = groups.map((group): [string, VipGroupSpec] => {
    const before = present.find(({ metadata }) => metadata.name === group.name);
    const formerIds = formerIdsOf(foreign, group.name, group.virtualRouterId);
    return [group.name, specOf(group, pool.eip, before, node, { formerIds, yields: yields(move, before) })];
  });
  const warnings = [
    ...noNodes(demand),
    ...noVirtualRouterIds(s.virtualRouterIds, unplaced.map(formatIp)),
    ...noOtherId(s.virtualRouterIds, stuck),
    ...heldByHand(s.groups, addresses),
  ];
  return { specs: new Map(specs), warnings, short, unplaced, others };
}

/** What the groups of other Eips that prefer a node as their leader weigh. */
export function leadingElsewhere(groups: Iterable<VipGroup>, eip: string): ReadonlyMap<string, number> {
  const leading = new Map<string, number>();
  for (const { spec } of othersThan(eip, groups)) {
    const first = spec.members.reduce<(typeof spec.members)[number] | undefined>(
      (best, each) => (best === undefined || each.priority > best.priority ? each : best),
      undefined,
    );
    if (first !== undefined) leading.set(first.node, (leading.get(first.node) ?? 0) + weightOf(spec));
  }
  return leading;
}

function claimFor(s: Situation, allocation: IdAllocation, entry: Entry): ReturnType<typeof claim> {
  const foreign = (lan: Lan) => foreignOn(s, allocation, lan);
  return claim(allocation, entry, { range: s.virtualRouterIds, present: everyGroup(s, allocation), foreign });
}

function surroundings(
  s: Situation,
  allocation: IdAllocation,
  lan: Lan,
  share: NonNullable<Surroundings['share']>,
): Surroundings {
  return {
    virtualRouterIds: s.virtualRouterIds,
    taken: takenAround(allocation, { eip: s.eip, lan }, everyGroup(s, allocation)),
    foreign: foreignOn(s, allocation, lan),
    share,
    resting: restingIds(allocation, s.now),
    leading: leadingElsewhere(s.groups, s.eip),
    salt: s.salt,
  };
}

function everyGroup({ groups, agents }: Situation, allocation: IdAllocation): readonly Present[] {
  return groups.map((object) => {
    const { eip } = object.spec;
    const entry = eip === undefined ? undefined : allocation.entries.get(eip);
    const lan = entry === undefined ? lanOfGroup(object, agents) : entry.lan;
    return {
      name: object.metadata.name,
      virtualRouterId: object.spec.vrrp?.virtualRouterId,
      family: familyOf(object.spec),
      serves: object.spec.addresses.length > 0,
      eip,
      lan,
    };
  });
}

function servesOf({ family, addresses }: Group): { readonly family: Family; readonly serves: boolean } {
  return { family, serves: addresses.length > 0 };
}

/** The IDs that Eips on a LAN remember as those of other routers. */
function foreignOn({ eips, wall }: Situation, allocation: IdAllocation, lan: Lan): Record<Family, Set<number>> {
  const near = eips.filter(({ metadata }) => mayBeOne(lan, allocation.entries.get(metadata.name)?.lan));
  return allForeignIds(near, wall);
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
