/**
 * RTM_GETNEIGH and RTM_NEWNEIGH: what the kernel knows of a neighbour, and having it find out.
 *
 * Source: rtnetlink(7), linux/neighbour.h; NTF_USE: `neigh_add` of net/core/neighbour.c.
 */
import { formatNeighbor, parseNeighbor } from 'netlink/dist/rt/gen_structs.js';
import { decodeAttributes, encodeMessage, flag, messageType, type NetlinkMessage } from './netlink-codec.js';

const NDA_DST = 1;
const NDA_LLADDR = 2;
const AF_INET = 2;
const AF_INET6 = 10;
const fixedLength = 12; // struct ndmsg

/** A host on a link, by its IP address of 4 or 16 bytes. */
export interface NeighborName {
  readonly interfaceIndex: number;
  readonly address: Uint8Array;
}

/** Encodes the question for one neighbour (since Linux 5.0). */
export function encodeGetNeighbor({ interfaceIndex, address }: NeighborName): Uint8Array {
  return encodeMessage({
    type: messageType.getNeighbor,
    flags: 0,
    fixed: formatNeighbor({ family: familyOf(address), ifindex: interfaceIndex }),
    attributes: (out) => out.push(NDA_DST, address),
  });
}

/** Encodes "as if a packet went there": the kernel asks for one it does not know, and makes sure of one it has not heard of lately. */
export function encodeUseNeighbor({ interfaceIndex, address }: NeighborName): Uint8Array {
  return encodeMessage({
    type: messageType.newNeighbor,
    flags: flag.create,
    fixed: formatNeighbor({ family: familyOf(address), ifindex: interfaceIndex, flags: { use: true } }),
    attributes: (out) => out.push(NDA_DST, address),
  });
}

/** The link-layer address that the kernel would send to; undefined while it knows none. */
export function decodeNeighborMac({ data }: NetlinkMessage): Uint8Array | undefined {
  const { state = {} } = parseNeighbor(data.subarray(0, fixedLength));
  const { reachable, stale, delay, probe, noarp, permanent } = state;
  if (!(reachable || stale || delay || probe || noarp || permanent)) return undefined;
  const mac = decodeAttributes(data, fixedLength).get(NDA_LLADDR);
  return mac === undefined ? undefined : Uint8Array.from(mac);
}

function familyOf(address: Uint8Array): number {
  return address.byteLength === 4 ? AF_INET : AF_INET6;
}
