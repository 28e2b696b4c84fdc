/** Those who have led, as stations on the link: by which Ethernet address one sees what a member has handed on. */
import { isVirtualRouterMac } from '../../core/wire/mac.js';
import { equalOctets } from '../../core/wire/octets.js';
import type { NeighborName } from '../../platform/linux/neighbor-message.js';
import { octetsOf, type Wanted } from './contents.js';
import type { DrainingKernel, DrainingProblem } from './contract.js';
import type { Draining } from './state.js';

/** Takes note of Ethernet addresses; returns whether some are not known yet (`missing`), and whether anything is known that was not. */
export function learnNeighbors(
  { stations, offLink }: Draining,
  kernel: Pick<DrainingKernel, 'rtnetlink' | 'hasLink'>,
  { peers }: Wanted,
): { readonly missing: boolean; readonly changed: boolean } {
  let missing = false;
  let changed = false;
  for (const [key, { nic, address }] of peers) {
    const name = { interfaceIndex: nic, address: octetsOf(address) };
    const onLink = isOnLink(kernel, name);
    // The kernel has no routes by a NIC that is down: where they would lead to is not known.
    if (onLink === offLink.has(key) && kernel.hasLink(nic)) {
      changed = true;
      if (onLink) offLink.delete(key);
      else offLink.add(key);
    }
    const station = kernel.rtnetlink.neighborMac(name);
    if (station !== undefined && !isVirtualRouterMac(station)) {
      const before = stations.get(key);
      changed ||= before === undefined || !equalOctets(before, station);
      stations.set(key, station);
    } else {
      kernel.rtnetlink.useNeighbor(name);
      missing ||= !stations.has(key);
    }
  }
  for (const known of [stations, offLink]) for (const key of known.keys()) if (!peers.has(key)) known.delete(key);
  return { missing, changed };
}

/** Why one of those who have led gets nothing. @param leader where its adverts come from */
export function offLinkFault(leader: string): DrainingProblem {
  const message = `${leader}, where adverts of another node come from, is not on the link: let them come from its NIC`;
  return { reason: 'NotOnLink', message };
}

/** Adverts may come from an address that its node has on another interface. */
function isOnLink(
  { rtnetlink }: Pick<DrainingKernel, 'rtnetlink'>,
  { interfaceIndex, address }: NeighborName,
): boolean {
  if (address.length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80) return true; // a link-local one
  const route = rtnetlink.routeTo(address, interfaceIndex);
  return route !== undefined && route.interfaceIndex === interfaceIndex && route.gateway === undefined;
}
