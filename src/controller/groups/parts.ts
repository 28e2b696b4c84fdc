/** The parts of an Eip whose groups are planned by themselves: one where it names a NIC, else one for each subnet that its nodes have. */
import { type AgentNetwork, isWhole, subnetOf } from '../../api/agent-network.js';
import { parseInterface, subnetOf as subnetOfPrefix } from '../../api/interface.js';
import type { VipGroup } from '../../api/vip-group.js';
import { type Family, formatIp, type IpAddress } from '../../core/ip/address.js';
import { contains, formatRange, type IpRange, intersect, merge } from '../../core/ip/range.js';
import type { PlacedAddress } from '../../core/placement/group.js';
import type { Lan } from '../../core/placement/lan.js';
import { firstOf, type Part as Piece, partOf, partsOf, type Station } from '../../core/placement/parts.js';
import type { EipPool } from '../cache/pools.js';
import { familyOf, groupOf } from '../objects/group.js';
import { lanOf } from './lans.js';
import { roomOf, type Situation } from './situation.js';

export interface Part {
  /** Under which name it claims virtual router IDs. */
  readonly claimant: string;
  readonly lan: Lan;
  /** The nodes that may announce its addresses. */
  readonly nodes: readonly string[];
  readonly addresses: readonly PlacedAddress[];
  /** How many addresses of a family may yet need a group. */
  readonly room: Readonly<Record<Family, number>>;
  /** The groups there are. */
  readonly present: readonly VipGroup[];
  /** Where the Eip names no NIC: an address by which each node finds its own. */
  readonly near?: (present: VipGroup | undefined) => IpAddress;
}

/** In so many parts per family there are groups before an address needs one: each costs virtual router IDs. */
const mostAhead = 16;

/** @param nodes those that may announce the Eip's addresses */
export function partsOfEip(
  s: Pick<Situation, 'eip' | 'present' | 'agents'>,
  pool: EipPool,
  nodes: readonly string[],
  addresses: readonly PlacedAddress[],
): readonly Part[] {
  const named = pool.eip.spec.interface;
  if (named) {
    const lan = lanOf(named, nodes, s.agents);
    return [{ claimant: s.eip, lan, nodes, addresses, room: roomOf(pool), present: s.present }];
  }
  // What a Service has stays announced, also where the Eip has it no more.
  const lost = addresses.filter(({ address }) => !contains(pool.ranges, address));
  const used = lost.map(({ address: { family, value } }): IpRange => ({ family, first: value, last: value }));
  const stations = nodes.map((node) => stationOf(node, s.agents.network(node)));
  const pieces = partsOf(merge([...pool.ranges, ...used]), stations);
  const presentIn = new Map<Piece, VipGroup[]>(pieces.map((piece) => [piece, []]));
  for (const object of s.present) {
    const family = familyOf(object.spec) ?? 4;
    const piece = partOf({ family, near: nearOf(object), addresses: groupOf(object).addresses }, pieces);
    if (piece !== undefined) presentIn.get(piece)!.push(object);
  }
  const ahead = { 4: mostAhead, 6: mostAhead };
  return pieces.flatMap((piece): Part[] => {
    const { family, ranges } = piece;
    const own = addresses.filter(({ address }) => contains(ranges, address));
    const present = presentIn.get(piece)!;
    const given = intersect(pool.ranges, ranges);
    const isAhead = given.length > 0 && ahead[family]-- > 0;
    if (!isAhead && own.length === 0 && present.length === 0) return [];
    const anchor = firstOf({ family, ranges: given.length > 0 ? given : ranges });
    return [
      {
        claimant: `${s.eip} ${piece.subnet === undefined ? `IPv${family}` : formatRange(piece.subnet)}`,
        lan: lanOf(`${subnetOfPrefix}${formatIp(anchor)}`, piece.nodes, s.agents),
        nodes: piece.nodes,
        addresses: own,
        room: { 4: 0, 6: 0, ...(isAhead ? { [family]: roomOf({ ...pool, ranges: given })[family] } : {}) },
        present,
        near: (object) => {
          // Another address means the same NIC, but is written.
          const before = object && nearOf(object);
          return before !== undefined && contains(ranges, before) ? before : anchor;
        },
      },
    ];
  });
}

/** By which address the nodes of a group choose their NICs; undefined: by something else. */
function nearOf({ spec }: VipGroup): IpAddress | undefined {
  const choice = parseInterface(spec.interface ?? '');
  return choice.by === 'subnet' ? choice.address : undefined;
}

function stationOf(node: string, network: AgentNetwork | 'untold' | undefined): Station {
  if (network === undefined || network === 'untold') return { node, subnets: [], whole: false };
  return { node, subnets: [...network.nics.values()].flat().map(subnetOf), whole: isWhole(network) };
}
