/** What the VipGroups of an Eip are to be: from its addresses, its nodes, and what other Eips leave. */
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { type Family, formatIp, type IpAddress, parseIp } from '../../core/ip/address.js';
import { rangesSize } from '../../core/ip/range.js';
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
import type { EipPool } from '../cache/pools.js';
import type { Context } from '../context/context.js';
import { eligibleNodes } from '../nodes/eligible-nodes.js';
import { lastResort } from '../nodes/last-resort.js';
import { allForeignIds, foreignIdsOf } from '../notes/foreign-routers.js';
import { progressOf, yields } from '../notes/rebalancing.js';
import { familyOf, groupOf } from '../objects/group.js';
import { claim, forget, type IdAllocation, type Present, restingIds, takenAround } from './id-allocation.js';
import { lanOf, lanOfGroup } from './lans.js';
import { specOf } from './spec.js';

/** What the VipGroups of an Eip are to be, and what people should know about it. */
export interface Intent {
  readonly specs: ReadonlyMap<string, VipGroupSpec>;
  readonly warnings: readonly { readonly reason: string; readonly message: string }[];
  /** There would be more groups if virtual router IDs were free. */
  readonly short: boolean;
  /** Addresses that nobody announces, since there is no virtual router ID for them. */
  readonly unplaced: readonly IpAddress[];
  /** Eips whose share of the IDs is another now. */
  readonly others: readonly string[];
}

const nothing: Intent = { specs: new Map(), warnings: [], short: false, unplaced: [], others: [] };

/** Takes note in `allocation` of what it decides. */
export function intentOf(
  c: Context,
  allocation: IdAllocation,
  eip: string,
  pool: EipPool | undefined,
  present: readonly VipGroup[],
): Intent {
  const addresses = placedAddresses(c, eip);
  const existing = present.map(groupOf);
  if (pool === undefined || (pool.fault === undefined && (pool.eip.spec.protocol ?? 'bgp') === 'bgp')) {
    const others = allocation.entries.has(eip) ? [...allocation.entries.keys()].filter((name) => name !== eip) : [];
    forget(allocation, eip);
    return { ...nothing, others };
  }
  const nodes = eligibleNodes(pool.eip, c.world.nodes());
  const lan = lanOf(pool.eip.spec.interface, nodes, c.agents);
  if (pool.fault !== undefined) {
    const { others } = claimFor(c, allocation, { eip, lan, claims: claimsOfGroups(eip, existing.map(servesOf)) });
    allocation.decided.set(eip, existing);
    return { ...frozen(present, addresses), others };
  }
  const object = c.world.eips.get(eip) ?? pool.eip;
  const move = progressOf(object)?.moving;
  const foreign = foreignIdsOf(object);
  const { groups: spread, members } = pool.eip.spec.vrrp ?? {};
  const demand: Demand = {
    eip,
    addresses,
    nodes,
    room: roomOf(pool),
    ...(spread === undefined ? {} : { spread }),
    ...(members === undefined ? {} : { members }),
    existing,
    otherNames: namesOfOthers(c, eip),
    lastResorts: new Set(nodes.filter((node) => lastResort(c.world.node(node)) !== undefined)),
    holders: holdersOf(present),
    ...(move === undefined ? {} : { wish: { group: move.group, node: move.to } }),
  };
  const { share, others } = claimFor(c, allocation, { eip, lan, claims: claimsOf(demand) });
  const { groups, unplaced, stuck, short } = plan(demand, surroundings(c, allocation, { eip, lan }, share));
  allocation.decided.set(eip, groups);
  const specs = groups.map((group): [string, VipGroupSpec] => {
    const object = present.find(({ metadata }) => metadata.name === group.name);
    const formerIds = formerIdsOf(foreign, group.name, group.virtualRouterId);
    return [group.name, specOf(group, pool.eip, object, c.world.node, { formerIds, yields: yields(move, object) })];
  });
  const warnings = [
    ...noNodes(demand),
    ...noVirtualRouterIds(c, unplaced.map(formatIp)),
    ...noOtherId(c, stuck),
    ...heldByHand(c, addresses),
  ];
  return { specs: new Map(specs), warnings, short, unplaced, others };
}

/** What the groups of other Eips that prefer a node as their leader weigh. */
export function leadingElsewhere({ world }: Pick<Context, 'world'>, eip: string): ReadonlyMap<string, number> {
  const leading = new Map<string, number>();
  for (const object of world.vipGroups.list()) {
    if (object.spec.eip === eip) continue;
    const first = object.spec.members.reduce<(typeof object.spec.members)[number] | undefined>(
      (best, each) => (best === undefined || each.priority > best.priority ? each : best),
      undefined,
    );
    if (first !== undefined) leading.set(first.node, (leading.get(first.node) ?? 0) + weightOf(object.spec));
  }
  return leading;
}

function claimFor(c: Context, allocation: IdAllocation, entry: Entry): ReturnType<typeof claim> {
  const foreign = (lan: Lan) => foreignOn(c, allocation, lan);
  return claim(allocation, entry, { range: c.settings.virtualRouterIds, present: everyGroup(c, allocation), foreign });
}

function surroundings(
  c: Context,
  allocation: IdAllocation,
  own: { readonly eip: string; readonly lan: Lan },
  share: NonNullable<Surroundings['share']>,
): Surroundings {
  return {
    virtualRouterIds: c.settings.virtualRouterIds,
    taken: takenAround(allocation, own, everyGroup(c, allocation)),
    foreign: foreignOn(c, allocation, own.lan),
    share,
    resting: restingIds(allocation, c.clock.now()),
    leading: leadingElsewhere(c, own.eip),
    salt: c.world.namespace('kube-system')?.metadata.uid ?? '',
  };
}

function everyGroup(c: Context, allocation: IdAllocation): readonly Present[] {
  return [...c.world.vipGroups.list()].map((object) => {
    const { eip } = object.spec;
    const entry = eip === undefined ? undefined : allocation.entries.get(eip);
    const lan = entry === undefined ? lanOfGroup(object, c.agents) : entry.lan;
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
function foreignOn(c: Context, allocation: IdAllocation, lan: Lan): Record<Family, Set<number>> {
  const near = [...c.world.eips.list()].filter(({ metadata }) =>
    mayBeOne(lan, allocation.entries.get(metadata.name)?.lan),
  );
  return allForeignIds(near, c.clock.wall());
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
    return [metadata.name, { ...spec, addresses: left, addressCount: left.length }];
  });
  return { ...nothing, specs: new Map(specs) };
}

/** How many addresses of each family may yet need a group; a disabled pool gives out nothing. */
function roomOf({ ranges, disabled }: EipPool): Demand['room'] {
  const size = (family: Family) => Number(rangesSize(ranges.filter((range) => range.family === family)));
  return disabled ? { 4: 0, 6: 0 } : { 4: size(4), 6: size(6) };
}

/** The addresses in use of an Eip; those of Local Services only where these have endpoints. */
function placedAddresses(c: Context, eip: string): readonly PlacedAddress[] {
  const placed = new Map<string, { readonly address: IpAddress; readonly nodes: (readonly string[])[] }>();
  const exclusions = c.exclusions();
  for (const { address, holding } of c.assignments.ofPool(eip)) {
    if (isUnannounceable(exclusionOf(exclusions, address)?.kind)) continue;
    const text = formatIp(address);
    const known = placed.get(text) ?? { address, nodes: [] };
    if (holding.terms.local) known.nodes.push(c.world.readyNodes(holding.key));
    placed.set(text, known);
  }
  return [...placed.values()].map(({ address, nodes }) =>
    nodes.length === 0 ? { address } : { address, onlyOn: sharedNodes(nodes) },
  );
}

function namesOfOthers({ world }: Context, eip: string): ReadonlySet<string> {
  return new Set(
    [...world.vipGroups.list()].filter(({ spec }) => spec.eip !== eip).map(({ metadata }) => metadata.name),
  );
}

/** A group that was made by hand has its addresses for as long as it says so. */
function heldByHand({ world }: Context, addresses: readonly PlacedAddress[]): Intent['warnings'] {
  const byHand = [...world.vipGroups.list()].filter(({ spec }) => spec.eip === undefined && spec.addresses.length > 0);
  if (byHand.length === 0) return [];
  const wanted = new Set(addresses.map(({ address }) => formatIp(address)));
  return byHand.flatMap(({ metadata, spec }) => {
    const held = spec.addresses.filter((text) => wanted.has(canonical(text)));
    if (held.length === 0) return [];
    const message = `VipGroup ${metadata.name}, which no Eip has made, has ${held.slice(0, 3).join(', ')}: the nodes of that group announce what Services were given from this Eip: take it out of that group`;
    return [{ reason: 'AddressInOtherGroup', message }];
  });
}

function canonical(text: string): string {
  const address = parseIp(text);
  return address === undefined ? text : formatIp(address);
}

function noNodes({ addresses, nodes }: Demand): Intent['warnings'] {
  if (addresses.length === 0 || nodes.length > 0) return [];
  const message =
    'no node may announce its addresses: give nodes the labels of spec.nodeSelector, or take the label node.kubernetes.io/exclude-from-external-load-balancers off some';
  return [{ reason: 'NoEligibleNode', message }];
}

function noVirtualRouterIds({ settings }: Context, unplaced: readonly string[]): Intent['warnings'] {
  if (unplaced.length === 0) return [];
  const { first, last } = settings.virtualRouterIds;
  const which = `${unplaced.slice(0, 3).join(', ')}${unplaced.length > 3 ? ` and ${unplaced.length - 3} more` : ''}`;
  const message = `nobody announces ${which}: every virtual router ID from ${first} to ${last} is taken: widen --vrid-range, shorten --reserved-vrids, or lower spec.vrrp.groups of the Eips`;
  return [{ reason: 'NoVirtualRouterId', message }];
}

function noOtherId({ settings }: Context, stuck: readonly string[]): Intent['warnings'] {
  const { first, last } = settings.virtualRouterIds;
  return stuck.map((group) => ({
    reason: 'NoVirtualRouterId',
    message: `group ${group} keeps a virtual router ID that is reserved or that another router on the LAN uses: every other from ${first} to ${last} is taken: widen --vrid-range, shorten --reserved-vrids, or lower spec.vrrp.groups of the Eips`,
  }));
}
