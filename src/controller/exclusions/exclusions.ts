/** What the cluster says of addresses that are nobody's to have: kept up with changes, and told when it becomes another. */

import { type AgentNetwork, type NicAddress, subnetOf } from '../../api/agent-network.js';
import { unusable } from '../../api/eip-rules.js';
import type { VipGroup } from '../../api/vip-group.js';
import { addressBits, formatIp, type IpAddress } from '../../core/ip/address.js';
import { contains, formatRange, type IpRange, parsePool } from '../../core/ip/range.js';
import { parseIpSloppy, withoutLeadingZeros } from '../../core/ip/sloppy.js';
import { type Exclusion, type ExclusionKind, type Exclusions, exclusionsFrom } from '../../core/ipam/exclusions.js';
import type { World } from '../cache/world.js';
import { addressesOfOthers } from '../notes/addresses-of-others.js';
import { type Node, type Service, serviceKey } from '../objects/builtin-objects.js';
import type { ServedUnasked } from '../objects/served-unasked.js';
import { isOurs, wasOurs } from '../services/ownership.js';
import { statusAddresses } from '../services/request.js';

export interface ExclusionSource {
  current(): Exclusions;
  /** A Service has changed. */
  service(key: string): void;
  /** A group has changed. */
  group(object: VipGroup | undefined, previous: VipGroup | undefined): void;
  /** The pools may be others. */
  pools(): void;
  /** Something else has changed: nodes, what agents say of their networks, what is known of other hosts. */
  others(): void;
  /** What is different since it was asked last: ranges that came or went. */
  news(): readonly IpRange[];
}

/**
 * @param o.allServices whether Services are ours that say nothing
 * @param o.changed something that may matter has changed: `news` tells whether it did
 */
export function createExclusionSource(o: {
  readonly world: Pick<World, 'nodes' | 'pools'> & {
    readonly services: Pick<World['services'], 'get' | 'list'>;
    readonly vipGroups: Pick<World['vipGroups'], 'list'>;
    readonly eips: Pick<World['eips'], 'list'>;
  };
  readonly networks: () => Iterable<readonly [node: string, network: AgentNetwork]>;
  readonly wall: () => number;
  readonly allServices: ServedUnasked;
  readonly changed: () => void;
}): ExclusionSource {
  /** Addresses in pools that Services have, but not by us; by Service. */
  const ofServices = new Map<string, readonly Exclusion[]>();
  let known: Exclusions | undefined;
  let told = new Map<string, IpRange>();

  const spoil = () => {
    known = undefined;
    o.changed();
  };
  const take = (service: Service): boolean => {
    const key = serviceKey(service);
    const found = exclusionsOfService(service, o.allServices).filter(({ range: { family, first } }) =>
      o.world.pools().some(({ ranges }) => contains(ranges, { family, value: first })),
    );
    const same = textOf(found) === textOf(ofServices.get(key) ?? []);
    if (found.length === 0) ofServices.delete(key);
    else ofServices.set(key, found);
    return !same;
  };

  const current = () => {
    if (known !== undefined) return known;
    const all = [
      ...never,
      ...[...o.world.nodes()].flatMap(exclusionsOfNode),
      ...[...o.networks()].flatMap(([node, network]) => exclusionsOfNetwork(node, network)),
      ...[...o.world.vipGroups.list()].flatMap(exclusionsOfGroup),
      ...[...o.world.eips.list()].flatMap((eip) =>
        addressesOfOthers(eip, o.wall()).map(({ address, by }) =>
          one('host', address, `answered for by another host (${by})`),
        ),
      ),
      ...[...ofServices.values()].flat(),
    ];
    // Many nodes are in one subnet, and have one gateway.
    known = exclusionsFrom([...new Map(all.map((each) => [textOf([each]), each])).values()]);
    return known;
  };

  return {
    current,
    service: (key) => {
      const service = o.world.services.get(key);
      const changed = service === undefined ? ofServices.delete(key) : take(service);
      if (changed) spoil();
    },
    group: (object, previous) => {
      const said = (group: VipGroup | undefined) => textOf(group === undefined ? [] : exclusionsOfGroup(group));
      if (said(object) !== said(previous)) spoil();
    },
    pools: () => {
      ofServices.clear();
      for (const service of o.world.services.list()) take(service);
      spoil();
    },
    others: spoil,
    news: () => {
      const now = new Map(current().all.map((each) => [textOf([each]), each.range]));
      const differing = [...now, ...told].filter(([text]) => now.has(text) !== told.has(text));
      told = now;
      return differing.map(([, range]) => range);
    },
  };
}

const never: readonly Exclusion[] = unusable.flatMap(({ what, ranges }) =>
  ranges.map((range): Exclusion => ({ range, kind: 'never', what })),
);

function exclusionsOfNode({ metadata: { name }, status, spec }: Node): readonly Exclusion[] {
  const own = (status?.addresses ?? []).flatMap(({ address }) => ipOf(address));
  const pods = (spec?.podCIDRs ?? []).flatMap((cidr) => {
    const parsed = parsePool(withoutLeadingZeros(cidr));
    return parsed.ok ? parsed.ranges : [];
  });
  return [
    ...own.map((address) => one('node', address, `an address of node ${name}`)),
    ...pods.map((range): Exclusion => ({ range, kind: 'pods', what: `for the Pods of node ${name}` })),
  ];
}

function exclusionsOfNetwork(node: string, { nics, gateways }: AgentNetwork): readonly Exclusion[] {
  return [
    ...[...nics.values()]
      .flat()
      .flatMap((each) => [one('member', each.address, `an address of node ${node}`), ...endsOf(each)]),
    ...gateways.map((address) => one('gateway', address, 'a gateway of the nodes')),
  ];
}

/** RFC 1122 3.2.1.3 and RFC 3021 (no such addresses in a /31); RFC 4291 2.6.1 (Subnet-Router anycast) and RFC 6164. */
function endsOf(each: NicAddress): readonly Exclusion[] {
  const { family, first, last } = subnetOf(each);
  if (each.prefixLength > addressBits(family) - 2) return [];
  const subnet = formatRange({ family, first, last });
  if (family === 6)
    return [one('subnet', { family, value: first }, `the routers' anycast address of subnet ${subnet}`)];
  return [
    one('subnet', { family, value: first }, `the network address of subnet ${subnet}`),
    one('subnet', { family, value: last }, `the broadcast address of subnet ${subnet}`),
  ];
}

function exclusionsOfGroup({ metadata: { name }, spec, status }: VipGroup): readonly Exclusion[] {
  const members = [...spec.members, ...(status?.members ?? [])].flatMap(({ node, address }) =>
    ipOf(address ?? '').map((ip) => one('member', ip, `an address of node ${node}`)),
  );
  if (spec.eip !== undefined) return members;
  const by = `announced by VipGroup ${name}, which belongs to no Eip`;
  return [...members, ...spec.addresses.flatMap((text) => ipOf(text).map((ip) => one('group', ip, by)))];
}

function exclusionsOfService(service: Service, allServices: ServedUnasked): readonly Exclusion[] {
  const { clusterIP = '', clusterIPs = [], externalIPs = [] } = service.spec ?? {};
  const owner = serviceKey(service);
  const internal = [...new Set([clusterIP, ...clusterIPs])].flatMap(ipOf);
  const own = (addresses: readonly IpAddress[], what: string) =>
    addresses.map((address) => ({ ...one('service', address, what), owner }));
  return [
    ...internal.map((address) => one('service', address, `the cluster IP of Service ${owner}`)),
    ...own(externalIPs.flatMap(ipOf), `among the externalIPs of Service ${owner}`),
    ...(isOfAnother(service, allServices)
      ? own(statusAddresses(service), `an address of Service ${owner}, which another load balancer serves`)
      : []),
  ];
}

/** Until its status is cleared, one that was ours is known to the ledger. */
function isOfAnother(service: Service, allServices: ServedUnasked): boolean {
  return service.spec?.type === 'LoadBalancer' && !isOurs(service, allServices) && !wasOurs(service);
}

function one(kind: ExclusionKind, { family, value }: IpAddress, what: string): Exclusion {
  return { range: { family, first: value, last: value }, kind, what };
}

function ipOf(text: string): readonly IpAddress[] {
  const address = parseIpSloppy(text);
  return address === undefined ? [] : [address];
}

function textOf(list: readonly Exclusion[]): string {
  return list
    .map(({ range: { family, first, last }, kind, what }) => {
      const text = formatIp({ family, value: first });
      return `${kind} ${text}${first === last ? '' : `-${last}`} ${what}`;
    })
    .join('\n');
}
