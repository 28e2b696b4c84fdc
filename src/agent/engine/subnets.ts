/** Which subnets hold an address, the smallest first: found by its prefixes, however many subnets there are. */
import type { InterfaceAddress } from '../../platform/linux/rtnetlink.js';
import { addressKey } from './address-key.js';

export interface Subnets {
  /** For each length of addresses, in octets: the lengths of their prefixes, longest first, with the addresses in each subnet. */
  readonly byLength: ReadonlyMap<number, readonly SubnetsOfLength[]>;
}

interface SubnetsOfLength {
  readonly prefixLength: number;
  /** By the key of the prefix; in the order in which they were given. */
  readonly subnets: ReadonlyMap<string, readonly InterfaceAddress[]>;
}

/** Of those that have others in their subnet: few, however many addresses of Services an interface has. */
export function indexSubnets(addresses: Iterable<InterfaceAddress>): Subnets {
  const byLength = new Map<number, Map<number, Map<string, InterfaceAddress[]>>>();
  for (const each of addresses) {
    if (!isSubnet(each)) continue;
    const ofFamily = entry(byLength, each.address.length, () => new Map<number, Map<string, InterfaceAddress[]>>());
    const ofPrefix = entry(ofFamily, each.prefixLength, () => new Map<string, InterfaceAddress[]>());
    entry(ofPrefix, prefixKey(each.address, each.prefixLength), () => []).push(each);
  }
  const sorted = [...byLength].map(([length, ofFamily]) => {
    const all = [...ofFamily].map(([prefixLength, subnets]) => ({ prefixLength, subnets }));
    return [length, all.sort((a, b) => b.prefixLength - a.prefixLength)] as const;
  });
  return { byLength: new Map(sorted) };
}

/** The addresses whose subnet holds `address`: those with the longest prefix first, then in the order in which they were given. */
export function* subnetsAround({ byLength }: Subnets, address: Uint8Array): Iterable<InterfaceAddress> {
  for (const { prefixLength, subnets } of byLength.get(address.length) ?? [])
    yield* subnets.get(prefixKey(address, prefixLength)) ?? [];
}

function isSubnet({ address, ours, prefixLength }: InterfaceAddress): boolean {
  return !ours && prefixLength > 0 && prefixLength < address.length * 8;
}

function prefixKey(address: Uint8Array, length: number): string {
  const prefix = address.slice(0, Math.ceil(length / 8));
  const rest = length & 7;
  if (rest > 0) prefix[prefix.length - 1]! &= 0xff << (8 - rest);
  return addressKey(prefix);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
