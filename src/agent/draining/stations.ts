/** Those who have led, as stations on the link: by which Ethernet address one sees what a member has handed on. */
import { isVirtualRouterMac } from '../../core/wire/mac.js';
import type { NeighborName } from '../../platform/linux/neighbor-message.js';
import { octetsOf, type Wanted } from './contents.js';
import type { DrainingKernel, DrainingProblem } from './contract.js';
import type { Draining } from './state.js';

/** Takes note of Ethernet addresses; returns whether some are not known yet. */
export function learnStations(
  { stations, offLink }: Draining,
  kernel: Pick<DrainingKernel, 'rtnetlink'>,
  { peers }: Wanted,
): boolean {
  let missing = false;
  for (const [key, { nic, address }] of peers) {
    const name = { interfaceIndex: nic, address: octetsOf(address) };
    if (isOnLink(kernel, name)) offLink.delete(key);
    else offLink.add(key);
    const station = kernel.rtnetlink.neighborMac(name);
    if (station !== undefined && !isVirtualRouterMac(station)) stations.set(key, station);
    else {
      kernel.rtnetlink.useNeighbor(name);
      missing ||= !stations.has(key);
    }
  }
  for (const known of [stations, offLink]) for (const key of known.keys()) if (!peers.has(key)) known.delete(key);
  return missing;
}

/** Why some of those who have led get nothing. */
export function offLinkFault({ offLink }: Draining, { peers }: Wanted): DrainingProblem | undefined {
  const [key] = offLink;
  const peer = key === undefined ? undefined : peers.get(key);
  if (peer === undefined) return undefined;
  const message = `${peer.address}, where adverts of another node come from, is not on the link: let them come from its NIC`;
  return { reason: 'NotOnLink', message };
}

/** Adverts may come from an address that its node has on another interface. */
function isOnLink(
  { rtnetlink }: Pick<DrainingKernel, 'rtnetlink'>,
  { interfaceIndex, address }: NeighborName,
): boolean {
  if (address.length === 16) return true; // a link-local one
  const route = rtnetlink.routeTo(address, interfaceIndex);
  return route !== undefined && route.interfaceIndex === interfaceIndex && route.gateway === undefined;
}
