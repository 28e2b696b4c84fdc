/** Which addresses of a group of protocol bgp each of its members announces: pure. Agents and the controller go by it alike. */
import type { VipGroupSpec } from './vip-group.js';

type Announced = Pick<VipGroupSpec, 'addresses' | 'members' | 'onlyOn'>;

/** The addresses that a node is to announce, in their order. Of a node that is no member: none. */
export function announcedOn(spec: Announced, node: string): readonly string[] {
  const member = spec.members.find((each) => each.node === node);
  if (member === undefined) return [];
  const ordinary = ordinaryMembers(spec);
  const isOrdinary = ordinary.has(node);
  return spec.addresses.filter((address) => {
    const only = onlyOn(spec, address);
    if (only === undefined) return isOrdinary || ordinary.size === 0;
    return only.includes(node) && (isOrdinary || !only.some((each) => ordinary.has(each)));
  });
}

/** The members that are to announce an address, by name. */
export function announcersOf(spec: Announced, address: string): readonly string[] {
  const ordinary = ordinaryMembers(spec);
  const only = onlyOn(spec, address);
  const allowed = spec.members.map(({ node }) => node).filter((node) => only === undefined || only.includes(node));
  const first = allowed.filter((node) => ordinary.has(node));
  return first.length > 0 ? first : allowed;
}

/** The members that are to announce at least one of the addresses that there are, or may come. */
export function announcers(spec: Announced): readonly string[] {
  const ordinary = ordinaryMembers(spec);
  const all = spec.members.map(({ node }) => node);
  if (ordinary.size === 0) return all;
  const needed = new Set(
    Object.keys(spec.onlyOn ?? {}).flatMap((address) =>
      announcersOf(spec, address).filter((each) => !ordinary.has(each)),
    ),
  );
  return all.filter((node) => ordinary.has(node) || needed.has(node));
}

function ordinaryMembers({ members }: Announced): ReadonlySet<string> {
  return new Set(members.flatMap(({ node, lastResort }) => (lastResort === undefined ? [node] : [])));
}

function onlyOn({ onlyOn: entries }: Announced, address: string): readonly string[] | undefined {
  return entries !== undefined && Object.hasOwn(entries, address) ? entries[address] : undefined;
}
