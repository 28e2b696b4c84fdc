/** What the VipGroups of an Eip of protocol bgp are to be: pure. */

import type { VipGroupSpec } from '../../api/vip-group.js';
import type { PlacedAddress } from '../../core/placement/group.js';
import { mostMembers, planRouted } from '../../core/placement/routed.js';
import type { EipPool } from '../cache/pools.js';
import type { Warning } from '../events/warnings.js';
import { eligibleNodes } from '../nodes/eligible-nodes.js';
import { familyOf } from '../objects/group.js';
import { heldByHand, noNodes } from './intent-warnings.js';
import { routedSpecOf } from './routed-spec.js';
import { othersThan, roomOf, type Situation } from './situation.js';

export function routedIntent(
  s: Situation,
  pool: EipPool,
  addresses: readonly PlacedAddress[],
): { readonly specs: ReadonlyMap<string, VipGroupSpec>; readonly warnings: readonly Warning[] } {
  const nodes = eligibleNodes(pool.eip, s.nodes);
  const groups = planRouted({
    eip: s.eip,
    addresses,
    nodes,
    room: roomOf(pool),
    existing: s.present.map(({ metadata, spec }) => ({
      name: metadata.name,
      family: familyOf(spec) ?? 4,
      addresses: spec.addresses,
    })),
    otherNames: new Set(othersThan(s.eip, s.groups).map(({ metadata }) => metadata.name)),
  });
  const byName = new Map(s.nodes.map((node) => [node.metadata.name, node]));
  const specs = groups.map((group): [string, VipGroupSpec] => [
    group.name,
    routedSpecOf(group, s.object ?? pool.eip, (name) => byName.get(name)),
  ]);
  const warnings = [
    ...noNodes({ addresses, nodes }),
    ...tooManyNodes(nodes.length),
    ...heldByHand(s.groups, addresses),
  ];
  return { specs: new Map(specs), warnings };
}

function tooManyNodes(count: number): readonly Warning[] {
  if (count <= mostMembers) return [];
  const message = `${count} nodes may announce its addresses, and the first ${mostMembers} by name do: choose them by spec.nodeSelector`;
  return [{ reason: 'TooManyNodes', message }];
}
