/**
 * What the kernel says about interfaces and their addresses, kept current from rtnetlink events.
 *
 * After an overrun of the event socket, and now and then in any case, everything is read again: events are a
 * shortcut, the dump is the truth.
 */

import { equalOctets } from '../../core/wire/octets.js';
import { addressFlag, type InterfaceAddress, type Link, type Rtnetlink } from '../../platform/linux/rtnetlink.js';
import type { RtnetlinkEvents } from '../../platform/linux/rtnetlink-events.js';

type KernelEvent = ReturnType<RtnetlinkEvents['read']>['events'][number];

export interface Inventory {
  link(index: number): Link | undefined;
  linkNamed(name: string): Link | undefined;
  links(): Iterable<Link>;
  /** The addresses of an interface in the kernel's order, virtual ones included. */
  addresses(index: number): readonly InterfaceAddress[];
  /** The addresses of all interfaces. */
  all(): Iterable<InterfaceAddress>;
  /** Reads everything again. */
  refresh(): void;
  /** Takes in one event; returns whether anything that decides where a group can live has changed. */
  apply(event: KernelEvent): boolean;
}

export function createInventory(rtnetlink: Pick<Rtnetlink, 'links' | 'addresses'>): Inventory {
  let links = new Map<number, Link>();
  let addresses = new Map<number, InterfaceAddress[]>();
  return {
    link: (index) => links.get(index),
    linkNamed: (name) => [...links.values()].find((link) => link.name === name),
    links: () => links.values(),
    addresses: (index) => addresses.get(index) ?? [],
    *all() {
      for (const each of addresses.values()) yield* each;
    },
    refresh() {
      links = new Map(rtnetlink.links().map((link) => [link.index, link]));
      addresses = new Map();
      for (const address of rtnetlink.addresses()) {
        const known = addresses.get(address.interfaceIndex);
        if (known === undefined) addresses.set(address.interfaceIndex, [address]);
        else known.push(address);
      }
    },
    apply(event) {
      if (event.type === 'link') {
        if (event.removed) {
          addresses.delete(event.link.index);
          return links.delete(event.link.index);
        }
        const before = links.get(event.link.index);
        links.set(event.link.index, event.link);
        return before === undefined || !sameLink(before, event.link);
      }
      if (event.address.ours) return false; // a virtual address never decides where a group lives
      const before = addresses.get(event.address.interfaceIndex) ?? [];
      const others = before.filter((each) => !sameAddress(each, event.address));
      const known = before.find((each) => sameAddress(each, event.address));
      addresses.set(
        event.address.interfaceIndex,
        event.removed
          ? others
          : known === undefined
            ? [...before, event.address]
            : before.map((each) => (each === known ? event.address : each)),
      );
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

function sameAddress(a: InterfaceAddress, b: InterfaceAddress): boolean {
  return a.prefixLength === b.prefixLength && equalOctets(a.address, b.address);
}
