/**
 * The adverts of one group, encoded once and sent many times.
 *
 * What an advert lists:
 * - IPv4: the group's addresses; a group that has none yet lists the sender's own address, since a count of zero is invalid
 *   (RFC 9568 erratum 8299).
 * - IPv6: the link-local address of the virtual router first (section 5.2.9), which is the group's own if it has one, else the one
 *   that follows from its MAC; then the rest. The derived one is only listed, no node answers for it.
 * - At most what fits the MTU unfragmented; receivers do not compare the list in version 3.
 */
import { broadcastMac, multicastMac } from '../../../core/wire/mac.js';
import { messageLength, virtualRouterLinkLocal, vrrpGroup } from '../../../core/wire/vrrp.js';
import { encodeAdvertFrame } from '../../../core/wire/vrrp-frame.js';
import { hmacTrailerLength } from '../../../core/wire/vrrp-hmac.js';
import { addressKey } from '../address-key.js';
import type { GroupConfig } from '../messages.js';
import type { AdvertSigner } from './signing.js';

export interface AdvertFrames {
  /**
   * The frames that carry one advert of this priority: one for multicast, one for each peer for unicast. Signed ones are signed for
   * each call, so they are to be sent before the next.
   */
  of(priority: number): readonly Uint8Array[];
  /** A peer's Ethernet address was learned: encode anew. */
  forget(): void;
}

export interface Sender {
  readonly mac: Uint8Array;
  readonly source: Uint8Array;
  readonly mtu: number;
  /** Ethernet addresses of peers as learned from their adverts, by `addressKey`; an unknown one is reached by broadcast. */
  readonly peerMacs: ReadonlyMap<string, Uint8Array>;
  /** Signs the adverts, where the group's are. */
  readonly signer: AdvertSigner | undefined;
}

/** Frames are encoded at the first use of a priority, of which there are two: the group's and 0. */
export function advertFrames(config: GroupConfig, sender: Sender): AdvertFrames {
  const encoded = new Map<number, readonly Uint8Array[]>();
  return {
    of(priority) {
      const known = encoded.get(priority);
      if (known !== undefined) return sender.signer?.signAgain(known) ?? known;
      const frames = encode(config, sender, priority);
      encoded.set(priority, frames);
      return frames;
    },
    forget: () => encoded.clear(),
  };
}

/** The addresses an advert of the group lists; see the top of this file. */
export function listedAddresses(
  config: Pick<GroupConfig, 'version' | 'family' | 'virtualRouterId' | 'addresses' | 'authentication'>,
  source: Uint8Array,
  mtu: number,
): readonly Uint8Array[] {
  const { version, family, addresses } = config;
  const trailer = config.authentication?.signing === undefined ? 0 : hmacTrailerLength;
  const room = mtu - (family === 4 ? 20 : 40) - trailer;
  let most = 255;
  while (most > 1 && messageLength(version, family, most) > room) most--;
  if (family === 4) return addresses.length === 0 ? [source] : addresses.slice(0, most);
  const local = addresses.find(isLinkLocal) ?? virtualRouterLinkLocal(config.virtualRouterId);
  return [local, ...addresses.filter((each) => each !== local)].slice(0, most);
}

function encode(config: GroupConfig, sender: Sender, priority: number): readonly Uint8Array[] {
  const { version, family, virtualRouterId, advertisementInterval: interval } = config;
  const addresses = listedAddresses(config, sender.source, sender.mtu);
  const advert = { version, family, virtualRouterId, priority, interval, addresses };
  const group = vrrpGroup(family);
  const targets =
    config.transport === 'multicast'
      ? [{ destination: group, destinationMac: multicastMac(group) }]
      : config.peers.map((peer) => ({
          destination: peer,
          destinationMac: sender.peerMacs.get(addressKey(peer)) ?? broadcastMac(),
        }));
  const signature = sender.signer?.signature();
  const same = { advert, sourceMac: sender.mac, source: sender.source, checksum: config.checksum };
  return targets.map((target) =>
    encodeAdvertFrame({ ...same, ...target, ...(signature === undefined ? {} : { signature }) }),
  );
}

function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
}
