/** The spec that makes a VipGroup be what placement calls a group whose addresses routers are told of. */
import type { Eip } from '../../api/eip.js';
import type { VipGroupSpec } from '../../api/vip-group.js';
import type { RoutedGroup } from '../../core/placement/routed.js';
import { lastResort } from '../nodes/last-resort.js';
import type { Node } from '../objects/builtin-objects.js';

/** Nobody is elected: all have the same. */
const priority = 100;

/** More labels of an Eip are not copied. */
const mostLabels = 64;

export function routedSpecOf(
  group: RoutedGroup,
  { metadata }: Eip,
  node: (name: string) => Node | undefined,
): VipGroupSpec {
  const labels = Object.entries(metadata.labels ?? {}).slice(0, mostLabels);
  return {
    eip: metadata.name,
    protocol: 'bgp',
    ipFamily: group.family === 6 ? 'IPv6' : 'IPv4',
    addresses: [...group.addresses],
    addressCount: group.addresses.length,
    ...(labels.length === 0 ? {} : { eipLabels: Object.fromEntries(labels) }),
    ...(group.onlyOn.size === 0
      ? {}
      : { onlyOn: Object.fromEntries([...group.onlyOn].map(([address, nodes]) => [address, [...nodes]])) }),
    members: group.members.map((name) => {
      const why = lastResort(node(name));
      return { node: name, priority, ...(why === undefined ? {} : { lastResort: why }) };
    }),
  };
}
