/**
 * What the kernel says about interfaces and their addresses, kept current from rtnetlink events.
 *
 * After an overrun of the event socket everything is read again: events are a shortcut, the list is the truth. A list that others changed
 * while it was read is neither; until one could be read in peace, what was known before goes on beside it, and the events that follow
 * say what is gone.
 */

import { equalOctets } from '../../core/wire/octets.js';
import { addressFlag, type InterfaceAddress, type Link, type Rtnetlink } from '../../platform/linux/rtnetlink.js';
import type { RtnetlinkEvents } from '../../platform/linux/rtnetlink-events.js';
import { addressKey } from './address-key.js';
import { indexSubnets, type Subnets, subnetsAround } from './subnets.js';

type KernelEvent = ReturnType<RtnetlinkEvents['read']>['events'][number];

export interface Inventory {
  link(index: number): Link | undefined;
  linkNamed(name: string): Link | undefined;
  links(): Iterable<Link>;
  /** The addresses of an interface in the kernel's order, virtual ones included. */
  addresses(index: number): readonly InterfaceAddress[];
  /** The addresses of all interfaces. */
  all(): Iterable<InterfaceAddress>;
  /** Those whose subnet holds `address`, by the longest prefix first. */
  subnetsAround(address: Uint8Array): Iterable<InterfaceAddress>;
  /** Reads everything again. Returns whether nothing changed meanwhile; if something did, it is to be read once more soon. */
  refresh(): boolean;
  /** Takes in one event; returns whether anything that decides where a group can live has changed. */
  apply(event: KernelEvent): boolean;
}

export function createInventory(rtnetlink: Pick<Rtnetlink, 'links' | 'addresses'>): Inventory {
  let links = new Map<number, Link>();
  /** By interface, then by prefix length and address; in the kernel's order. */
  let addresses = new Map<number, Map<string, InterfaceAddress>>();
  /** Until something changes: every group asks for them whenever anything does. */
  let subnets: Subnets | undefined;
  let names: ReadonlyMap<string, Link> | undefined;

  function* all(): Iterable<InterfaceAddress> {
    for (const each of addresses.values()) yield* each.values();
  }

  /** Enters an address, in the place of the same one; returns that. */
  function put(address: InterfaceAddress): InterfaceAddress | undefined {
    let those = addresses.get(address.interfaceIndex);
    if (those === undefined) {
      those = new Map();
      addresses.set(address.interfaceIndex, those);
    }
    const key = nameOf(address);
    const known = those.get(key);
    those.set(key, address);
    return known;
  }

  /** Strikes an address out; returns it. */
  function take(address: InterfaceAddress): InterfaceAddress | undefined {
    const those = addresses.get(address.interfaceIndex);
    const known = those?.get(nameOf(address));
    those?.delete(nameOf(address));
    return known;
  }

  return {
    link: (index) => links.get(index),
    linkNamed(name) {
      names ??= new Map([...links.values()].reverse().map((link) => [link.name, link]));
      return names.get(name);
    },
    links: () => links.values(),
    addresses: (index) => [...(addresses.get(index)?.values() ?? [])],
    all,
    subnetsAround(address) {
      subnets ??= indexSubnets(all());
      return subnetsAround(subnets, address);
    },
    refresh() {
      subnets = undefined;
      names = undefined;
      let whole = true;
      const interrupted = () => {
        whole = false;
      };
      const listed = { links: rtnetlink.links(interrupted), addresses: rtnetlink.addresses(undefined, interrupted) };
      if (whole) {
        links = new Map();
        addresses = new Map();
      }
      for (const link of listed.links) links.set(link.index, link);
      for (const address of listed.addresses) put(address);
      return whole;
    },
    apply(event) {
      if (event.type === 'link') {
        names = undefined;
        subnets = undefined;
        if (event.removed) {
          addresses.delete(event.link.index);
          return links.delete(event.link.index);
        }
        const before = links.get(event.link.index);
        links.set(event.link.index, event.link);
        return before === undefined || !sameLink(before, event.link);
      }
      if (event.address.ours) return false; // a virtual address never decides where a group lives
      subnets = undefined;
      const known = event.removed ? take(event.address) : put(event.address);
      return event.removed ? known !== undefined : known === undefined || usability(known) !== usability(event.address);
    },
  };
}

/** What decides whether an address can be a source. */
function usability({ flags }: InterfaceAddress): number {
  return flags & (addressFlag.tentative | addressFlag.dadFailed | addressFlag.deprecated);
}

function sameLink(a: Link, b: Link): boolean {
  return a.name === b.name && a.up === b.up && a.running === b.running && a.mtu === b.mtu && equalOctets(a.mac, b.mac);
}

/** What tells the addresses of one interface apart. */
function nameOf({ address, prefixLength }: InterfaceAddress): string {
  return `${prefixLength} ${addressKey(address)}`;
}
