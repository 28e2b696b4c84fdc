/** On which LAN the groups of an Eip are, by what agents say of the NICs of their nodes. */
import { parseInterface } from '../api/interface.js';
import type { VipGroup } from '../api/vip-group.js';
import { contains, type IpRange, merge } from '../core/ip/range.js';
import { fitsPattern } from '../core/nic-pattern.js';
import type { Lan } from '../core/placement/lan.js';
import type { Agents } from './liveness/agents.js';

/**
 * The subnets that nodes have on the NIC of a group. Not known, where a node with an agent does not say what it has there. A node without an
 * agent sends no adverts, so it does not matter.
 *
 * @param choice `spec.interface`
 */
export function lanOf(choice: string | undefined, nodes: Iterable<string>, agents: Pick<Agents, 'networks'>): Lan {
  const found: IpRange[] = [];
  for (const node of nodes) {
    const networks = agents.networks(node);
    if (networks === undefined) continue;
    const subnets = networks === 'untold' ? [] : subnetsOf(choice ?? '', networks);
    if (subnets.length === 0) return undefined;
    found.push(...subnets);
  }
  return found.length === 0 ? undefined : merge(found);
}

/** On which LAN the members of a group are. */
export function lanOfGroup({ spec }: VipGroup, agents: Pick<Agents, 'networks'>): Lan {
  return lanOf(
    spec.interface,
    spec.members.map(({ node }) => node),
    agents,
  );
}

function subnetsOf(choice: string, networks: ReadonlyMap<string, readonly IpRange[]>): readonly IpRange[] {
  const nic = parseInterface(choice);
  if (nic.by === 'name') return networks.get(nic.name) ?? [];
  if (nic.by === 'nothing') return [];
  if (nic.by === 'names') {
    // Of several that fit the agent takes the first that there is: which, only it knows.
    const fitting = [...networks].filter(([name]) => nic.patterns.some((pattern) => fitsPattern(pattern, name)));
    return fitting.length === 1 ? fitting[0]![1] : [];
  }
  const address = nic.by === 'route' ? nic.destination : nic.address;
  return [...networks.values()].find((subnets) => contains(subnets, address)) ?? [];
}
