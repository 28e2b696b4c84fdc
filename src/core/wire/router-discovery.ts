import { readUint16 } from './octets.js';

/*
 * Router Solicitation (133) and Router Advertisement (134) of RFC 4861 4.1, 4.2, after the IPv6 header:
 *
 *   0   1  type                     4   1  advertisement: hop limit for hosts; 0: says nothing of it
 *   1   1  code, 0                  5   1  M, O flags
 *   2   2  checksum                 6   2  lifetime as a default router in seconds; 0: it is none
 *                                   8   8  two timers; 0: says nothing of them
 *   8 or 16  options: type, length in units of 8 bytes, value
 */

export const routerDiscoveryType = { solicitation: 133, advertisement: 134 } as const;

/** The groups of all hosts and of all routers on a link, ff02::1 and ff02::2. */
export const allNodes: Uint8Array = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
export const allRouters: Uint8Array = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);

/** What came from a neighbour on the link. */
export type RouterDiscovery =
  | { readonly type: 'solicitation' }
  | { readonly type: 'advertisement' /** Seconds. */; readonly lifetime: number };

const advertisementLength = 16;
const solicitationLength = 8;
const fromThisLink = 255;

/**
 * Reads a message by the rules of RFC 4861 6.1: from this link, whole, its options not empty; an advertisement from a link-local address.
 *
 * @param message what came after the IPv6 header, its checksum judged
 * @param source 16 bytes
 * @returns undefined for anything else
 */
export function decodeRouterDiscovery(
  message: Uint8Array,
  source: Uint8Array,
  hopLimit: number | undefined,
): RouterDiscovery | undefined {
  if (hopLimit !== fromThisLink || message[1] !== 0) return undefined;
  if (message[0] === routerDiscoveryType.solicitation) {
    return hasGoodOptions(message, solicitationLength) ? { type: 'solicitation' } : undefined;
  }
  const linkLocal = source[0] === 0xfe && (source[1]! & 0xc0) === 0x80;
  if (message[0] !== routerDiscoveryType.advertisement || !linkLocal) return undefined;
  if (!hasGoodOptions(message, advertisementLength)) return undefined;
  return { type: 'advertisement', lifetime: readUint16(message, 6) };
}

/**
 * An advertisement of somebody who is no default router and has nothing to say of the link but that it is there. The kernel fills in the
 * checksum (RFC 3542 3.1).
 */
export function encodeBareAdvertisement(): Uint8Array {
  return Uint8Array.of(routerDiscoveryType.advertisement, ...new Array<number>(advertisementLength - 1).fill(0));
}

/** Asks for advertisements. */
export function encodeRouterSolicitation(): Uint8Array {
  return Uint8Array.of(routerDiscoveryType.solicitation, ...new Array<number>(solicitationLength - 1).fill(0));
}

function hasGoodOptions(message: Uint8Array, start: number): boolean {
  let at = start;
  while (at + 1 < message.length) {
    const length = 8 * message[at + 1]!;
    if (length === 0) return false;
    at += length;
  }
  return at === message.length;
}
