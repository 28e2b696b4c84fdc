/** The frames that a group's adverts go out in from where it is bound. */
import { isVirtualRouterMac } from '../../../../core/wire/mac.js';
import type { Link } from '../../../../platform/linux/rtnetlink.js';
import { addressKey } from '../../address-key.js';
import { advertFrames } from '../advert-frames.js';
import type { Binding, Member } from '../member.js';
import { signerOf } from '../signing.js';
import type { BindingState } from './state.js';

export function framesOf(
  { kernel, nextHops }: BindingState,
  member: Member,
  mac: Uint8Array,
  link: Link,
  source: Uint8Array,
): Binding['frames'] {
  const { config, formerIds, peerMacs, stamps } = member;
  if (config.transport === 'unicast') nextHops.want(link.index, config.peers);
  const heardOf = (peer: Uint8Array) => {
    const heard = peerMacs.get(addressKey(peer));
    return heard !== undefined && isVirtualRouterMac(heard) ? undefined : heard;
  };
  const macTowards = (peer: Uint8Array) => nextHops.macTowards(link.index, peer) ?? heardOf(peer);
  const signer = signerOf(config.authentication, stamps, kernel.utc);
  const sender = { mac, mtu: link.mtu, source, macTowards, signer };
  const ids = [config.virtualRouterId, ...formerIds.keys()];
  return new Map(ids.map((virtualRouterId) => [virtualRouterId, advertFrames({ ...config, virtualRouterId }, sender)]));
}
