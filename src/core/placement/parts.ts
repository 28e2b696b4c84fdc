/**
 * The parts of an Eip that names no NIC. A group is on one NIC of each node, so it holds addresses of one part only: those for which every
 * node chooses alike. These are the addresses of one subnet, less those of smaller subnets within it; and those of no subnet, for which
 * nodes take the NIC of their default route.
 */
import { compareIp, type Family, type IpAddress } from '../ip/address.js';
import { contains, type IpRange, intersect, overlaps, rangeSize, subtract } from '../ip/range.js';

/** How many subnets are told apart: one node alone may say very many. */
const mostSubnets = 256;

/** What is known of the subnets of a node. */
export interface Station {
  readonly node: string;
  /** Those that it is known to have. */
  readonly subnets: readonly IpRange[];
  /** It has no others. */
  readonly whole: boolean;
}

export interface Part {
  readonly family: Family;
  /** Undefined: these addresses are in no subnet. */
  readonly subnet: IpRange | undefined;
  /** The addresses of the Eip that are in it: at least one. */
  readonly ranges: readonly IpRange[];
  /** The nodes that may announce them. One that is known to have no NIC in the subnet is none of them: it would speak on another LAN. */
  readonly nodes: readonly string[];
}

/**
 * Every address of `ranges` is in one part. Those with the most nodes first, then in the order of their addresses.
 *
 * @param ranges the addresses of the Eip, disjoint
 * @param stations the nodes that may announce them
 */
export function partsOf(ranges: readonly IpRange[], stations: readonly Station[]): readonly Part[] {
  const parts: Part[] = [];
  let left = ranges;
  for (const subnet of distinct(stations, ranges)) {
    const own = intersect(left, [subnet]);
    if (own.length === 0) continue;
    left = subtract(left, own);
    const nodes = stations.filter(({ subnets, whole }) => !whole || subnets.some((each) => holds(each, subnet)));
    parts.push({ family: subnet.family, subnet, ranges: own, nodes: nodes.map(({ node }) => node) });
  }
  for (const family of [4, 6] as const) {
    const rest = left.filter((range) => range.family === family);
    const nodes = stations.map(({ node }) => node);
    if (rest.length > 0) parts.push({ family, subnet: undefined, ranges: rest, nodes });
  }
  return parts.sort((a, b) => b.nodes.length - a.nodes.length || compareIp(firstOf(a), firstOf(b)));
}

/** The lowest address of a part. */
export function firstOf({ family, ranges }: Pick<Part, 'family' | 'ranges'>): IpAddress {
  return { family, value: ranges[0]!.first };
}

/**
 * To which part a group belongs: that of the address by which its nodes choose their NICs; else that of most of its addresses; else the first
 * of its family. Undefined where there is none.
 *
 * @param group.near the address by which nodes choose, if they choose by one
 */
export function partOf<P extends Pick<Part, 'family' | 'ranges'>>(
  group: { readonly family: Family; readonly near: IpAddress | undefined; readonly addresses: readonly IpAddress[] },
  parts: readonly P[],
): P | undefined {
  const { near } = group;
  const own = parts.filter(({ family }) => family === group.family);
  const chosen = near && own.find(({ ranges }) => contains(ranges, near));
  if (chosen !== undefined) return chosen;
  const count = ({ ranges }: P) => group.addresses.filter((address) => contains(ranges, address)).length;
  return own.reduce<P | undefined>(
    (best, part) => (best === undefined || count(part) > count(best) ? part : best),
    undefined,
  );
}

/**
 * The subnets that hold some of the addresses, each once, the smallest first: of subnets within each other a node takes that. Where there are
 * too many, those of the most nodes.
 */
function distinct(stations: readonly Station[], ranges: readonly IpRange[]): readonly IpRange[] {
  const found = new Map<string, { readonly subnet: IpRange; nodes: number }>();
  for (const { subnets } of stations) {
    for (const subnet of subnets) {
      const key = `${subnet.family} ${subnet.first} ${subnet.last}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { subnet, nodes: 1 });
      else known.nodes += 1;
    }
  }
  return [...found.values()]
    .filter(({ subnet }) => overlaps(ranges, [subnet]))
    .sort((a, b) => b.nodes - a.nodes || bySize(a.subnet, b.subnet))
    .slice(0, mostSubnets)
    .map(({ subnet }) => subnet)
    .sort(bySize);
}

function bySize(a: IpRange, b: IpRange): number {
  const [x, y] = [rangeSize(a), rangeSize(b)];
  if (x !== y) return x < y ? -1 : 1;
  return a.family - b.family || (a.first < b.first ? -1 : 1);
}

function holds(outer: IpRange, inner: IpRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}
