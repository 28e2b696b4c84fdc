/** On which LAN the groups of an Eip are, by what agents say of the NICs of their nodes. */
import { type AgentNetwork, type NicAddress, subnetOf } from '../../api/agent-network.js';
import { parseInterface } from '../../api/interface.js';
import type { VipGroup } from '../../api/vip-group.js';
import { contains, type IpRange, merge } from '../../core/ip/range.js';
import { fitsPattern } from '../../core/nic-pattern.js';
import type { Lan } from '../../core/placement/lan.js';
import type { Agents } from '../liveness/agents.js';

/**
 * The subnets that nodes have on the NIC of a group. Not known, where a node with an agent does not say what it has there. A node without an
 * agent sends no adverts, so it does not matter.
 *
 * @param choice `spec.interface`
 */
export function lanOf(choice: string | undefined, nodes: Iterable<string>, agents: Pick<Agents, 'network'>): Lan {
  const found: IpRange[] = [];
  for (const node of nodes) {
    const network = agents.network(node);
    if (network === undefined) continue;
    const subnets = network === 'untold' ? [] : subnetsOn(choice ?? '', network);
    if (subnets.length === 0) return undefined;
    found.push(...subnets);
  }
  return found.length === 0 ? undefined : merge(found);
}

/** On which LAN the members of a group are. */
export function lanOfGroup({ spec }: VipGroup, agents: Pick<Agents, 'network'>): Lan {
  return lanOf(
    spec.interface,
    spec.members.map(({ node }) => node),
    agents,
  );
}

/** The subnets of the NIC that is chosen; none where that is not known. */
function subnetsOn(choice: string, { nics }: AgentNetwork): readonly IpRange[] {
  const nic = parseInterface(choice);
  const subnets = (list: readonly NicAddress[] = []) => list.map(subnetOf);
  if (nic.by === 'name') return subnets(nics.get(nic.name));
  if (nic.by === 'nothing') return [];
  if (nic.by === 'names') {
    // Of several that fit the agent takes the first that there is: which, only it knows.
    const fitting = [...nics].filter(([name]) => nic.patterns.some((pattern) => fitsPattern(pattern, name)));
    return fitting.length === 1 ? subnets(fitting[0]![1]) : [];
  }
  const address = nic.by === 'route' ? nic.destination : nic.address;
  // Of subnets within each other the smallest: so does a node choose, and its kernel the route.
  const near = [...nics.values()].flatMap((list) =>
    list.filter((each) => contains([subnetOf(each)], address)).map(({ prefixLength }) => ({ list, prefixLength })),
  );
  const nearest = near.reduce((best, each) => (each.prefixLength > best.prefixLength ? each : best), near[0]!);
  return subnets(nearest?.list);
}
