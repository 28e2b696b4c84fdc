/**
 * Addresses that this host takes in, and answers ARP for, by routes of type `local` in the main table: IPv4 only.
 *
 * The kernel drops them with the address that they name as their source (`fib_sync_down_addr` of net/ipv4/fib_semantics.c, which does so in
 * the main table only): where that one is leased, so are they. To make one costs the same however many there are.
 */
import { type NetlinkSocket, prepareBatches } from '../netlink-socket.js';
import { encodePutLocalRoute, encodeRemoveLocalRoute, readdressLocalRoute } from '../route-message.js';
import { type AddressFailure, performAll } from './requests.js';

export function putLocalRoutes(
  socket: NetlinkSocket,
  anchor: { readonly interfaceIndex: number; readonly address: Uint8Array },
  list: readonly Uint8Array[],
): readonly (AddressFailure | undefined)[] {
  return performEach(socket, encodePutLocalRoute(anchor), list);
}

export function removeLocalRoutes(
  socket: NetlinkSocket,
  list: readonly Uint8Array[],
): readonly (AddressFailure | undefined)[] {
  return performEach(socket, encodeRemoveLocalRoute(), list);
}

/** @param example of whatever destination */
function performEach(
  socket: NetlinkSocket,
  example: Uint8Array,
  list: readonly Uint8Array[],
): readonly (AddressFailure | undefined)[] {
  const batches = prepareBatches(new Array<Uint8Array>(list.length).fill(example), (bytes, _view, at, index) =>
    readdressLocalRoute(bytes, at, list[index]!),
  );
  return performAll(socket, batches, list.length);
}
