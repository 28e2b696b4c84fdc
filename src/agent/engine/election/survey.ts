/** The node's NICs as all groups look at them when something has changed: what many of them ask for is found out once. */
import { addressFlag, type InterfaceAddress, type Link } from '../../../platform/linux/rtnetlink.js';
import { addressKey } from '../address-key.js';
import type { Inventory } from '../inventory.js';
import type { GroupConfig } from '../messages.js';

export interface Survey {
  readonly inventory: Pick<Inventory, 'link' | 'linkNamed' | 'links' | 'addresses' | 'all' | 'subnetsAround'>;
  /** Keys of all addresses that groups answer for; none of them is ever a source. */
  readonly virtual: ReadonlySet<string>;
  /** The interface of the route to an address, or undefined without a route. */
  readonly routeTo: (address: Uint8Array) => number | undefined;
  /** By the key of the address. */
  readonly routes: Map<string, number | undefined>;
  /** By family, then by the index of the interface. */
  readonly usable: Readonly<Record<GroupConfig['family'], Map<number, readonly InterfaceAddress[]>>>;
}

export function newSurvey(o: Pick<Survey, 'inventory' | 'virtual' | 'routeTo'>): Survey {
  return { ...o, routes: new Map(), usable: { 4: new Map(), 6: new Map() } };
}

/** The interface of the route to an address, or undefined without a route. */
export function interfaceTowards({ routes, routeTo }: Survey, address: Uint8Array): number | undefined {
  const key = addressKey(address);
  if (!routes.has(key)) routes.set(key, routeTo(address));
  return routes.get(key);
}

/** The addresses of a link that adverts could come from, in the kernel's order. */
export function usableOn(survey: Survey, family: GroupConfig['family'], { index }: Link): readonly InterfaceAddress[] {
  const known = survey.usable[family].get(index);
  if (known !== undefined) return known;
  const found = usableAddresses(survey, family, survey.inventory.addresses(index));
  survey.usable[family].set(index, found);
  return found;
}

/** RT_SCOPE_LINK of linux/rtnetlink.h. */
const linkScope = 253;

/**
 * The addresses that are neither virtual nor unusable, in the kernel's order. IPv6 adverts come from a link-local address (RFC 9568 section
 * 5.1.2.1), IPv4 ones from any that is not link-scoped.
 */
export function usableAddresses(
  { virtual }: Pick<Survey, 'virtual'>,
  family: GroupConfig['family'],
  addresses: readonly InterfaceAddress[],
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
