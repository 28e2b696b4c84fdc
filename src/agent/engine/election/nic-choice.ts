/**
 * Where on this node a group can live: which NIC, and which of its addresses the adverts come from.
 */
import { formatIp, ipFromBytes } from '../../../core/ip/address.js';
import { fitsPattern } from '../../../core/nic-pattern.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { addressFlag, type InterfaceAddress, type Link } from '../../../platform/linux/rtnetlink.js';
import type { GroupConfig } from '../messages.js';
import type { Reason } from '../reasons.js';
import { interfaceTowards, type Survey, usableAddresses, usableOn } from './survey.js';

export type NicChoice =
  /** `usable`: every address of the link that adverts could come from. */
  | { readonly ok: true; readonly link: Link; readonly source: Uint8Array; readonly usable: readonly Uint8Array[] }
  | { readonly ok: false; readonly reasons: readonly Reason[] };

export type ChosenNic = NicChoice & { readonly ok: true };

/** Finds the place of a group. */
export function chooseNic(config: Pick<GroupConfig, 'interface' | 'family' | 'source'>, survey: Survey): NicChoice {
  const link = chosenLink(config.interface, survey, (each) => usableOn(survey, config.family, each).length > 0);
  if ('message' in link) return { ok: false, reasons: [link] };
  const down = whyDown(link);
  if (link.mac.length !== 6) {
    const message = `${link.name} is not an Ethernet interface`;
    return { ok: false, reasons: [...down, { type: 'NotEthernet', message }] };
  }
  const usable = usableOn(survey, config.family, link);
  const source = primaryAddress(config.source, usable) ?? unnumbered(config, link, survey);
  if (source !== undefined) return { ok: true, link, source, usable: usable.map(({ address }) => address) };
  const missing = config.family === 4 ? 'IPv4 address' : 'IPv6 link-local address that is ready';
  const remedy = config.family === 4 ? ': give it one, or the group another interface' : '';
  const message = `${link.name} has no ${missing} for adverts to come from${remedy}`;
  return { ok: false, reasons: [...down, { type: 'NoSourceAddress', message }] };
}

export function whyDown({ name, up, running }: Link): readonly Reason[] {
  return up && running ? [] : [{ type: 'InterfaceDown', message: `${name} is down` }];
}

/**
 * The configured address where the NIC has none at all and another interface of this node has that one, such as lo: an unnumbered link
 * (RFC 1812 section 2.2.7). Only the one that the others expect: any other might be on several nodes. A port of a bridge or bond is none: what
 * it had is on that.
 */
function unnumbered(
  { family, source }: Pick<GroupConfig, 'family' | 'source'>,
  { masterIndex }: Link,
  survey: Survey,
): Uint8Array | undefined {
  if (family !== 4 || source === undefined || masterIndex !== undefined) return undefined;
  const isSource = ({ address }: InterfaceAddress) => equalOctets(address, source);
  return usableAddresses(survey, family, [...survey.inventory.all()].filter(isSource))[0]?.address;
}

/** @param usable whether adverts could come from there */
function chosenLink(choice: GroupConfig['interface'], survey: Survey, usable: (link: Link) => boolean): Link | Reason {
  const { inventory } = survey;
  if ('name' in choice) return inventory.linkNamed(choice.name) ?? noInterface(choice.name);
  if ('names' in choice) {
    const found = choice.names.flatMap((pattern) => linksLike(pattern, inventory.links()));
    return found.find(usable) ?? found[0] ?? noInterface(choice.names.join(' or '));
  }
  if ('subnetOf' in choice) return linkNear(choice.subnetOf, survey);
  const target = formatIp(ipFromBytes(choice.canReach));
  const index = interfaceTowards(survey, choice.canReach);
  if (index === undefined)
    return { type: 'NoRoute', message: `this node has no route to ${target}, which decides the interface` };
  return inventory.link(index) ?? gone(`the route to ${target} leaves by an interface (${index}) that is gone`);
}

function noInterface(name: string): Reason {
  return gone(`there is no interface ${name} on this node`);
}

function gone(message: string): Reason {
  return { type: 'NoInterface', message };
}

/** Ethernet interfaces by a name in which `*` stands for any characters, in the order of their names, eth2 before eth10. */
function linksLike(pattern: string, links: Iterable<Link>): readonly Link[] {
  return [...links]
    .filter(({ name, mac }) => fitsPattern(pattern, name) && (mac.length === 6 || !pattern.includes('*')))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/**
 * Addresses that nobody has a route of its own to, so that the default route answers: reserved for future use (RFC 1112 4), and not
 * assigned yet (IANA's IPv6 Address Space). A virtual address itself will not do: while it is held here, the route to it goes to lo.
 */
const nowhere = {
  4: Uint8Array.of(240, 0, 0, 1),
  16: Uint8Array.of(0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
};

function linkNear(target: Uint8Array, survey: Survey): Link | Reason {
  const { inventory } = survey;
  for (const { interfaceIndex } of inventory.subnetsAround(target)) {
    const link = inventory.link(interfaceIndex);
    if (link?.mac.length === 6) return link;
  }
  const index = interfaceTowards(survey, nowhere[target.length as 4 | 16]);
  const text = formatIp(ipFromBytes(target));
  if (index === undefined) {
    const message = `no interface of this node is in the subnet of ${text}, and there is no default route`;
    return { type: 'NoSubnet', message };
  }
  return inventory.link(index) ?? gone(`the interface (${index}) of the default route is gone`);
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
