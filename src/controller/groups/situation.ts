/** What the groups of an Eip follow from, at one moment: taken from the caches, so that planning them needs nothing else. */
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { Family, IpAddress } from '../../core/ip/address.js';
import { rangesSize } from '../../core/ip/range.js';
import type { Exclusions } from '../../core/ipam/exclusions.js';
import type { VirtualRouterIdRange } from '../../core/placement/group.js';
import type { EipPool } from '../cache/pools.js';
import type { Context } from '../context/context.js';
import type { Agents } from '../liveness/agents.js';
import type { Node } from '../objects/builtin-objects.js';

export interface Situation {
  readonly eip: string;
  /** Undefined: the Eip is gone, or about to go. */
  readonly pool: EipPool | undefined;
  /** The Eip with its latest notes; undefined: it is gone. */
  readonly object: Eip | undefined;
  /** Its groups. */
  readonly present: readonly VipGroup[];
  readonly holdings: readonly ServiceHolding[];
  /** Every group, its own included. */
  readonly groups: readonly VipGroup[];
  readonly eips: readonly Eip[];
  readonly nodes: readonly Node[];
  readonly agents: Pick<Agents, 'network' | 'silence' | 'beganMs'>;
  readonly exclusions: Exclusions;
  readonly virtualRouterIds: VirtualRouterIdRange;
  /** What this cluster has alone, so that others on its LAN choose other IDs. */
  readonly salt: string;
  /** In monotonic milliseconds. */
  readonly now: number;
  /** In milliseconds since 1970. */
  readonly wall: number;
}

/** An address of the Eip that a Service has. */
export interface ServiceHolding {
  readonly address: IpAddress;
  /** The nodes with a ready endpoint, where its externalTrafficPolicy is Local. */
  readonly onlyOn?: readonly string[];
}

export function situationOf(
  c: Context,
  eip: string,
  pool: EipPool | undefined,
  present: readonly VipGroup[],
): Situation {
  const { world } = c;
  return {
    eip,
    pool,
    object: world.eips.get(eip),
    present,
    holdings: [...c.assignments.ofPool(eip)].map(({ address, holding: { key, terms } }) =>
      terms.local ? { address, onlyOn: world.readyNodes(key) } : { address },
    ),
    groups: [...world.vipGroups.list()],
    eips: [...world.eips.list()],
    nodes: [...world.nodes()],
    agents: c.agents,
    exclusions: c.exclusions(),
    virtualRouterIds: c.settings.virtualRouterIds,
    salt: world.namespace('kube-system')?.metadata.uid ?? '',
    now: c.clock.now(),
    wall: c.clock.wall(),
  };
}

/** How many addresses of each family may yet need a group; a disabled pool gives out nothing. */
export function roomOf({ ranges, disabled }: EipPool): Readonly<Record<Family, number>> {
  const size = (family: Family) => Number(rangesSize(ranges.filter((range) => range.family === family)));
  return disabled ? { 4: 0, 6: 0 } : { 4: size(4), 6: size(6) };
}

/** Groups of other Eips, and those made by hand. */
export function othersThan(eip: string, groups: Iterable<VipGroup>): readonly VipGroup[] {
  return [...groups].filter(({ spec }) => spec.eip !== eip);
}
