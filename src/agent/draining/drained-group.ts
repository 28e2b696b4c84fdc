import { parseDuration } from '../../api/duration.js';
import type { VipGroup } from '../../api/vip-group.js';
import { canonicalIp } from '../../core/ip/address.js';
import type { DrainedGroup } from './state.js';

/** What of a group concerns connections. It is valid (`validateVipGroup`). */
export function drainedGroupOf({ spec }: VipGroup): DrainedGroup {
  return {
    addresses: spec.addresses.map((address) => canonicalIp(address) ?? address),
    window: parseDuration(spec.vrrp?.drainConnections ?? '0s') ?? 0,
  };
}
