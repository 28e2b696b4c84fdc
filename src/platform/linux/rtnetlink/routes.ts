/** Ways to others, and their link-layer addresses. */
import type { Family } from '../../../core/ip/address.js';
import { decodeNeighborMac, encodeGetNeighbor, type NeighborName } from '../neighbor-message.js';
import type { NetlinkSocket } from '../netlink-socket.js';
import {
  type DefaultRoute,
  decodeDefaultRoute,
  decodeRoute,
  encodeGetRoute,
  encodeListRoutes,
  type Route,
} from '../route-message.js';
import { type AddressRequests, listAddresses } from './addresses.js';

export function routeTo(
  requests: AddressRequests,
  ip: Uint8Array,
  interfaceIndex: number | undefined,
): Route | undefined {
  const answer = requests.socket.query(encodeGetRoute(ip, interfaceIndex));
  if ('errno' in answer) return undefined; // ENETUNREACH, EHOSTUNREACH, EACCES: no way to it
  const route = decodeRoute(answer);
  if (route !== 'local') return route;
  const all = listAddresses(requests, undefined, undefined);
  const holder = all.find(({ address }) => Buffer.compare(address, ip) === 0);
  return holder === undefined ? undefined : { interfaceIndex: holder.interfaceIndex, source: holder.address };
}

export function defaultRoute(socket: NetlinkSocket, family: Family): DefaultRoute | undefined {
  const routes = socket.dump(encodeListRoutes(family)).messages.map(decodeDefaultRoute);
  return routes.filter((route) => route !== undefined).sort((a, b) => a.metric - b.metric)[0];
}

export function neighborMac(socket: NetlinkSocket, neighbor: NeighborName): Uint8Array | undefined {
  const answer = socket.query(encodeGetNeighbor(neighbor));
  return 'errno' in answer ? undefined : decodeNeighborMac(answer); // ENOENT; EOPNOTSUPP before Linux 5.0
}
