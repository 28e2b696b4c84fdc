/**
 * Signing this node's adverts, and judging the signatures of others'. What is remembered of stamps outlives changes of the
 * configuration, of the NIC and of its addresses: a stamp is used once.
 */
import { createHmac } from 'node:crypto';
import type { Micros } from '../../../core/time.js';
import { type AuthenticationFault, authenticationFault } from '../../../core/vrrp/authentication.js';
import { nextStamp, type Stamp } from '../../../core/vrrp/stamps.js';
import { type ReceivedAdvert, signAdvertFrames } from '../../../core/wire/vrrp-frame.js';
import type { Hmac, HmacStamp } from '../../../core/wire/vrrp-hmac.js';
import { addressKey } from '../address-key.js';
import type { AdvertKey, GroupAuthentication } from '../messages.js';

/** Senders whose stamps are remembered. Each has proved that it has the key, so a flood of others drives nobody out. */
const sendersRemembered = 256;

/** The stamps of one group on this node. */
export interface Stamps {
  /** Of the last advert sent. */
  sent: Stamp | undefined;
  /** Of the last authentic advert from each source, by `addressKey`. */
  readonly heard: Map<string, Stamp>;
}

export interface AdvertSigner {
  /** What signs the next advert. */
  signature(): { readonly stamp: HmacStamp; readonly hmac: Hmac };
  /** Signs frames of an advert that was sent before as the next one, in place; returns them. */
  signAgain(frames: readonly Uint8Array[]): readonly Uint8Array[];
}

export function newStamps(): Stamps {
  return { sent: undefined, heard: new Map() };
}

/** The signer of a group's adverts; undefined for a group that signs none. */
export function signerOf(
  authentication: GroupAuthentication | undefined,
  stamps: Stamps,
  utc: () => Micros,
): AdvertSigner | undefined {
  if (authentication?.signing === undefined) return undefined;
  const { signing, window } = authentication;
  const hmac = hmacWith(signing);
  const signature = () => {
    const stamp = nextStamp(stamps.sent, utc(), window);
    stamps.sent = stamp;
    return { stamp: { ...stamp, keyId: signing.id }, hmac };
  };
  return {
    signature,
    signAgain(frames) {
      signAdvertFrames(frames, signature());
      return frames;
    },
  };
}

/** Judges the signature of an advert from a member, and remembers the stamp of an authentic one. */
export function faultOf(
  { trailer, source }: ReceivedAdvert,
  { mode, window, accepted }: GroupAuthentication,
  { heard }: Stamps,
  utc: Micros,
): AuthenticationFault | undefined {
  const sender = addressKey(source);
  const hmacOf = (id: number) => {
    const key = accepted.find((each) => each.id === id);
    return key && hmacWith(key);
  };
  const fault = authenticationFault(trailer, { mode, window, hmacOf }, heard.get(sender), utc);
  if (fault !== undefined || trailer === undefined) return fault;
  if (!heard.has(sender) && heard.size >= sendersRemembered) heard.delete(heard.keys().next().value!);
  const { seconds, fraction, counter } = trailer;
  heard.set(sender, { seconds, fraction, counter });
  return undefined;
}

function hmacWith({ key }: AdvertKey): Hmac {
  return (authenticated) => createHmac('sha256', key).update(authenticated).digest();
}
