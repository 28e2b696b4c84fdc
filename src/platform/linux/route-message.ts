/**
 * RTM_GETROUTE: which way the kernel would send a packet. RTM_NEWROUTE, RTM_DELROUTE: addresses that it takes in.
 *
 * Source: rtnetlink(7), linux/rtnetlink.h.
 */

import { formatRoute } from 'netlink/dist/rt/gen_structs.js';
import type { Family } from '../../core/ip/address.js';
import { ourAddressProtocol } from './address-message.js';
import {
  attributeHeaderLength,
  decodeAttributes,
  encodeMessage,
  encodeU32,
  flag,
  headerLength,
  messageType,
  type NetlinkMessage,
} from './netlink-codec.js';

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_MULTIPATH = 9;
const RT_TABLE_MAIN = 254;
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
const AF_INET = 2;
const AF_INET6 = 10;
const RT_SCOPE_HOST = 254;
const fixedLength = 12; // struct rtmsg

/** The kernel's choice for a destination. */
export interface Route {
  readonly interfaceIndex: number;
  /** The next router; absent for a destination on the link itself. */
  readonly gateway?: Uint8Array;
  /** The source address the kernel would pick. */
  readonly source?: Uint8Array;
}

/** Encodes the question for `destination` (4 or 16 bytes), for a packet that is to leave by `interfaceIndex` where that is given. */
export function encodeGetRoute(destination: Uint8Array, interfaceIndex?: number): Uint8Array {
  return encodeMessage({
    type: messageType.getRoute,
    flags: 0,
    fixed: formatRoute({
      family: destination.byteLength === 4 ? AF_INET : AF_INET6,
      dstLen: destination.byteLength * 8,
    }),
    attributes(out) {
      out.push(RTA_DST, destination);
      if (interfaceIndex !== undefined) out.push(RTA_OIF, encodeU32(interfaceIndex));
    },
  });
}

/** Encodes the request for all routes of a family. */
export function encodeListRoutes(family: Family): Uint8Array {
  return encodeMessage({
    type: messageType.getRoute,
    flags: flag.dump,
    fixed: formatRoute({ family: family === 4 ? AF_INET : AF_INET6 }),
  });
}

/** A way to everywhere that nothing else goes to. */
export interface DefaultRoute {
  readonly interfaceIndex: number;
  /** 4 or 16 bytes. */
  readonly gateway: Uint8Array;
  /** The lower, the better. */
  readonly metric: number;
}

/** Decodes one of the list if it is a default route of the main table through a gateway; of several next hops the first counts. */
export function decodeDefaultRoute({ data }: NetlinkMessage): DefaultRoute | undefined {
  const [, destinationLength, , , table] = data;
  if (destinationLength !== 0 || table !== RT_TABLE_MAIN || data[7] !== RTN_UNICAST) return undefined;
  const attributes = decodeAttributes(data, fixedLength);
  const metric = attributes.get(RTA_PRIORITY)?.readUInt32LE(0) ?? 0;
  const multipath = attributes.get(RTA_MULTIPATH);
  // struct rtnexthop { u16 length; u8 flags; u8 hops; int interface }, then its attributes
  const hop = multipath?.subarray(0, multipath.readUInt16LE(0));
  const gateway = hop ? decodeAttributes(hop, 8).get(RTA_GATEWAY) : attributes.get(RTA_GATEWAY);
  const interfaceIndex = hop ? hop.readInt32LE(4) : attributes.get(RTA_OIF)?.readUInt32LE(0);
  if (gateway === undefined || interfaceIndex === undefined) return undefined;
  return { interfaceIndex, gateway: Uint8Array.from(gateway), metric };
}

/** Decodes the answer: a route, 'local' when this host has the address itself, undefined when packets would be dropped. */
export function decodeRoute(message: NetlinkMessage): Route | 'local' | undefined {
  const type = message.data[7];
  if (type === RTN_LOCAL) return 'local';
  const attributes = decodeAttributes(message.data, fixedLength);
  const interfaceIndex = attributes.get(RTA_OIF)?.readUInt32LE(0);
  if (type !== RTN_UNICAST || interfaceIndex === undefined) return undefined;
  const gateway = attributes.get(RTA_GATEWAY);
  const source = attributes.get(RTA_PREFSRC);
  return {
    interfaceIndex,
    ...(gateway === undefined ? {} : { gateway: Uint8Array.from(gateway) }),
    ...(source === undefined ? {} : { source: Uint8Array.from(source) }),
  };
}

/** As `ip route prepend local DESTINATION dev … table main src ANCHOR proto 112`, of whatever destination: a route that others made stays. */
export function encodePutLocalRoute(anchor: {
  readonly interfaceIndex: number;
  readonly address: Uint8Array;
}): Uint8Array {
  return encodeMessage({
    type: messageType.newRoute,
    flags: flag.create,
    fixed: localRoute(),
    attributes(out) {
      out.push(RTA_DST, new Uint8Array(4));
      out.push(RTA_OIF, encodeU32(anchor.interfaceIndex));
      out.push(RTA_PREFSRC, anchor.address);
    },
  });
}

/** The removal of such a route. */
export function encodeRemoveLocalRoute(): Uint8Array {
  return encodeMessage({
    type: messageType.delRoute,
    flags: 0,
    fixed: localRoute(),
    attributes: (out) => out.push(RTA_DST, new Uint8Array(4)),
  });
}

/** Makes of either, which begins at `at`, one for another destination. */
export function readdressLocalRoute(bytes: Uint8Array, at: number, destination: Uint8Array): void {
  bytes.set(destination, at + headerLength + fixedLength + attributeHeaderLength);
}

/** struct rtmsg { u8 family, destination length, source length, tos, table, protocol, scope, type; u32 flags }. */
function localRoute(): Uint8Array {
  const [to, from] = [32, 0];
  return Uint8Array.of(AF_INET, to, from, 0, RT_TABLE_MAIN, ourAddressProtocol, RT_SCOPE_HOST, RTN_LOCAL, 0, 0, 0, 0);
}
