/**
 * Where on this node a group can live: which NIC, and which of its addresses the adverts come from.
 */
import { formatIp, ipFromBytes } from '../../core/ip/address.js';
import { equalOctets } from '../../core/wire/octets.js';
import { addressFlag, type InterfaceAddress, type Link } from '../../platform/linux/rtnetlink.js';
import { addressKey } from './address-key.js';
import type { Inventory } from './inventory.js';
import type { GroupConfig } from './messages.js';

export type Place =
  /** `usable`: every address of the link that adverts could come from. */
  | { readonly ok: true; readonly link: Link; readonly source: Uint8Array; readonly usable: readonly Uint8Array[] }
  /** `problem` is a sentence for a person, with the remedy where there is one. */
  | { readonly ok: false; readonly problem: string };

/** RT_SCOPE_LINK of linux/rtnetlink.h. */
const linkScope = 253;

/**
 * Finds the place of a group.
 *
 * @param routeTo the interface of the route to an address, or undefined without a route
 * @param virtual keys of all addresses that groups answer for; none of them is ever a source
 */
export function findPlace(
  config: Pick<GroupConfig, 'interface' | 'family' | 'source'>,
  inventory: Pick<Inventory, 'link' | 'linkNamed' | 'addresses'>,
  routeTo: (address: Uint8Array) => number | undefined,
  virtual: ReadonlySet<string>,
): Place {
  const link = chosenLink(config.interface, inventory, routeTo);
  if (typeof link === 'string') return { ok: false, problem: link };
  if (link.mac.length !== 6) return { ok: false, problem: `${link.name} is not an Ethernet interface` };
  const usable = usableAddresses(config.family, inventory.addresses(link.index), virtual);
  const source = primaryAddress(config.source, usable);
  if (source !== undefined) return { ok: true, link, source, usable: usable.map(({ address }) => address) };
  const missing = config.family === 4 ? 'IPv4 address' : 'IPv6 link-local address that is ready';
  return { ok: false, problem: `${link.name} has no ${missing} for adverts to come from` };
}

function chosenLink(
  choice: GroupConfig['interface'],
  inventory: Pick<Inventory, 'link' | 'linkNamed'>,
  routeTo: (address: Uint8Array) => number | undefined,
): Link | string {
  if ('name' in choice) return inventory.linkNamed(choice.name) ?? `there is no interface ${choice.name} on this node`;
  const target = formatIp(ipFromBytes(choice.canReach));
  const index = routeTo(choice.canReach);
  if (index === undefined) return `this node has no route to ${target}, which decides the interface`;
  return inventory.link(index) ?? `the route to ${target} leaves by an interface (${index}) that is gone`;
}

/**
 * The addresses that are neither virtual nor unusable, in the kernel's order. IPv6 adverts come from a link-local address (RFC 9568 section
 * 5.1.2.1), IPv4 ones from any that is not link-scoped.
 */
function usableAddresses(
  family: GroupConfig['family'],
  addresses: readonly InterfaceAddress[],
  virtual: ReadonlySet<string>,
): readonly InterfaceAddress[] {
  return addresses.filter(
    (each) =>
      each.address.length === (family === 4 ? 4 : 16) &&
      !each.ours &&
      (each.flags & (addressFlag.tentative | addressFlag.dadFailed)) === 0 &&
      (family === 4 ? each.scope < linkScope : each.address[0] === 0xfe && (each.address[1]! & 0xc0) === 0x80) &&
      !virtual.has(addressKey(each.address)),
  );
}

/** The primary address: the preferred one if the interface has it, else the kernel's first, those that are to be used no more last. */
function primaryAddress(
  preferred: Uint8Array | undefined,
  usable: readonly InterfaceAddress[],
): Uint8Array | undefined {
  const wanted = preferred && usable.find((each) => equalOctets(each.address, preferred));
  const found = wanted ?? usable.find((each) => (each.flags & addressFlag.deprecated) === 0) ?? usable[0];
  return found?.address;
}
