/** What placement calls a group, read from a VipGroup. */
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { type Family, parseIp } from '../../core/ip/address.js';
import type { Group } from '../../core/placement/group.js';

/** The group in an object, as far as it can be read. */
export function groupOf({ metadata, spec }: VipGroup): Group {
  const addresses = spec.addresses.flatMap((text) => parseIp(text) ?? []);
  const id = spec.vrrp?.virtualRouterId;
  return {
    name: metadata.name,
    family: familyOf(spec) ?? 4,
    addresses,
    ...(id === undefined ? {} : { virtualRouterId: id }),
    members: [...spec.members]
      .sort((a, b) => b.priority - a.priority)
      .map(({ node, priority }) => ({ node, priority })),
  };
}

/** The family of a group's addresses; undefined for one that has none and does not say. */
export function familyOf({ ipFamily, addresses }: VipGroupSpec): Family | undefined {
  return parseIp(addresses[0] ?? '')?.family ?? (ipFamily === undefined ? undefined : ipFamily === 'IPv6' ? 6 : 4);
}
