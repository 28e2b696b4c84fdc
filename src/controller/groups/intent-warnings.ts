/** What people should know about the groups that an Eip is to have: pure. */
import type { VipGroup } from '../../api/vip-group.js';
import { formatIp, parseIp } from '../../core/ip/address.js';
import type { Demand, PlacedAddress, VirtualRouterIdRange } from '../../core/placement/group.js';
import type { Warning } from '../events/warnings.js';

/** A group that was made by hand has its addresses for as long as it says so. */
export function heldByHand(groups: readonly VipGroup[], addresses: readonly PlacedAddress[]): readonly Warning[] {
  const byHand = groups.filter(({ spec }) => spec.eip === undefined && spec.addresses.length > 0);
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

export function noNodes({ addresses, nodes }: Pick<Demand, 'addresses' | 'nodes'>): readonly Warning[] {
  if (addresses.length === 0 || nodes.length > 0) return [];
  const message =
    'no node may announce its addresses: give nodes the labels of spec.nodeSelector or spec.nodeSelectors, or take the label node.kubernetes.io/exclude-from-external-load-balancers off some';
  return [{ reason: 'NoEligibleNode', message }];
}

/** @param unplaced addresses that no group has */
export function noVirtualRouterIds(
  { first, last }: VirtualRouterIdRange,
  unplaced: readonly string[],
): readonly Warning[] {
  if (unplaced.length === 0) return [];
  const which = `${unplaced.slice(0, 3).join(', ')}${unplaced.length > 3 ? ` and ${unplaced.length - 3} more` : ''}`;
  const message = `nobody announces ${which}: every virtual router ID from ${first} to ${last} is taken: widen --vrid-range, shorten --reserved-vrids, or lower spec.vrrp.groups of the Eips`;
  return [{ reason: 'NoVirtualRouterId', message }];
}

/** @param stuck groups that keep an ID which they should leave */
export function noOtherId({ first, last }: VirtualRouterIdRange, stuck: readonly string[]): readonly Warning[] {
  return stuck.map((group) => ({
    reason: 'NoVirtualRouterId',
    message: `group ${group} keeps a virtual router ID that is reserved or that another router on the LAN uses: every other from ${first} to ${last} is taken: widen --vrid-range, shorten --reserved-vrids, or lower spec.vrrp.groups of the Eips`,
  }));
}
