/** The spec that makes a VipGroup be what placement calls a group whose addresses routers are told of. */
import type { Eip } from '../../api/eip.js';
import type { VipGroupSpec } from '../../api/vip-group.js';
import type { RoutedGroup } from '../../core/placement/routed.js';
import { internalAddress } from '../nodes/internal-address.js';
import { lastResort } from '../nodes/last-resort.js';
import type { Node } from '../objects/builtin-objects.js';

/** Nobody is elected: all have the same. */
const priority = 100;

/** More labels of an Eip are not copied. */
const mostLabels = 64;

export function routedSpecOf(
  group: RoutedGroup,
  { metadata, spec }: Eip,
  node: (name: string) => Node | undefined,
): VipGroupSpec {
  const labels = Object.entries(metadata.labels ?? {}).slice(0, mostLabels);
  return {
    eip: metadata.name,
    protocol: 'bgp',
    ipFamily: group.family === 6 ? 'IPv6' : 'IPv4',
    addresses: [...group.addresses],
    addressCount: group.addresses.length,
    ...(spec.vrrp?.drainConnections === undefined ? {} : { drainConnections: spec.vrrp.drainConnections }),
    ...(labels.length === 0 ? {} : { eipLabels: Object.fromEntries(labels) }),
    ...(group.onlyOn.size === 0
      ? {}
      : { onlyOn: Object.fromEntries([...group.onlyOn].map(([address, nodes]) => [address, [...nodes]])) }),
    members: group.members.map((name) => {
      const why = lastResort(node(name));
      const address = internalAddress(node(name), group.family);
      return {
        node: name,
        ...(address === undefined ? {} : { address }),
        priority,
        ...(why === undefined ? {} : { lastResort: why }),
      };
    }),
  };
}
