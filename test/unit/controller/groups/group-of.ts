import type { VipGroup, VipGroupSpec } from '../../../../src/api/vip-group.js';

/** What a group of Eip `pool` is to be that has these addresses and no members. */
export const spec = (...addresses: string[]): VipGroupSpec => ({
  eip: 'pool',
  protocol: 'vip',
  ipFamily: 'IPv4',
  addresses,
  addressCount: addresses.length,
  members: [],
});

/** The group of that name that is so. */
export const object = (name: string, ...addresses: string[]): VipGroup => ({
  metadata: { name },
  spec: spec(...addresses),
});
