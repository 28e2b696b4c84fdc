import type { Family } from '../ip/address.js';
import type { Connection, PeerConfig } from './contract.js';

/**
 * The next hops that routes are told with, by family: what the configuration says, else our own address of the session, else
 * that of the other family beside it: for IPv6 over IPv4, and for IPv4 over IPv6 to a peer without RFC 8950. A family for which there is
 * none cannot be told. A global IPv6 address stands alone, though RFC 2545 3 has the link-local one beside it where the peer is on the link:
 * routers find the way to it by themselves.
 */
export function nextHopsOf(
  config: PeerConfig,
  { localAddress, beside, negotiated }: Connection,
): ReadonlyMap<Family, Uint8Array> {
  const { families, extendedNextHop } = negotiated!;
  const hops = new Map<Family, Uint8Array>();
  for (const family of families) {
    const can = (hop: Uint8Array | undefined) =>
      hop !== undefined && (hop.length === 4 ? family === 4 : family === 6 || extendedNextHop);
    const hop = [config.nextHops?.[family] ?? localAddress, beside].find(can);
    if (hop) hops.set(family, withLinkLocal(hop));
  }
  return hops;
}

/** A link-local address alone stands for both next hops that there are (RFC 2545 3 knows no such case; FRR sends it so). */
function withLinkLocal(hop: Uint8Array): Uint8Array {
  const linkLocal = hop.length === 16 && hop[0] === 0xfe && (hop[1]! & 0xc0) === 0x80;
  return linkLocal ? Uint8Array.of(...hop, ...hop) : hop;
}
