/** The Ethernet addresses that adverts of a group came from, by `addressKey` of their source. */
import { equalOctets } from '../../../core/wire/octets.js';
import { addressKey } from '../address-key.js';

/** Beyond the members whose addresses are known: enough for all others of a group, and nothing to a forger with many addresses. */
export const othersRemembered = 32;

/**
 * Learns where an advert came from. Of sources that are no known peer's the one learnt first makes room, a peer never.
 *
 * @returns whether that is news
 */
export function learnPeerMac(
  macs: Map<string, Uint8Array>,
  peers: readonly Uint8Array[],
  { source, sourceMac }: { readonly source: Uint8Array; readonly sourceMac: Uint8Array },
): boolean {
  const key = addressKey(source);
  const known = macs.get(key);
  if (known !== undefined && equalOctets(known, sourceMac)) return false;
  if (known === undefined && macs.size >= peers.length + othersRemembered) makeRoom(macs, peers);
  macs.set(key, sourceMac);
  return true;
}

function makeRoom(macs: Map<string, Uint8Array>, peers: readonly Uint8Array[]): void {
  const kept = new Set(peers.map(addressKey));
  for (const key of macs.keys()) {
    if (kept.has(key)) continue;
    macs.delete(key);
    return;
  }
}
