/**
 * Which adverts are believed by a virtual router whose members share a key (draft-cassen-vrrp-auth-hmac).
 *
 * The modes are steps of a rollout that no leader changes in: what `enforce` would refuse counts all the same in the two modes
 * before it, which only say so. An advert without a trailer must count there, so refusing a wrong one would protect nobody.
 */
import type { Micros } from '../time.js';
import { type Hmac, type HmacTrailer, verifyHmac } from '../wire/vrrp-hmac.js';
import { isLater, type Stamp, secondsBetween, stampOf } from './stamps.js';

/** The names are keepalived's. `receive-only` signs nothing; the others sign; only `enforce` refuses. */
export const authenticationModes = ['receive-only', 'permissive', 'enforce'] as const;
export type AuthenticationMode = (typeof authenticationModes)[number];

/** Why an advert is not authentic, in the order of the checks: a digest is computed only for what passes those that cost nothing. */
export const authenticationFaults = [
  /** It has no trailer. */
  'hmac-missing',
  /** Its stamp is further from our clock than the window: a recording, or a clock that is wrong. */
  'hmac-stale',
  /** It is signed with a key that this node does not have. */
  'hmac-unknown-key',
  /** It was changed on the way, or signed with another key of that ID. */
  'hmac-mismatch',
  /** Its stamp is not later than that of the last advert from there: a recording, or a frame that came twice. */
  'hmac-replay',
] as const;
export type AuthenticationFault = (typeof authenticationFaults)[number];

/** What an advert is judged by. */
export interface AuthenticationRules {
  readonly mode: AuthenticationMode;
  /** The function of the key with that ID, if this node has it. */
  readonly hmacOf: (keyId: number) => Hmac | undefined;
  /** How many seconds a stamp may be from our clock, either way. */
  readonly window: number;
}

/**
 * Judges an advert's trailer.
 *
 * @param last the stamp of the last authentic advert from the same source, if any was heard
 * @param utc our clock, in microseconds since 1970
 * @returns why it is not authentic; undefined for one that is, whose stamp is then to be remembered as the last
 */
export function authenticationFault(
  trailer: HmacTrailer | undefined,
  rules: AuthenticationRules,
  last: Stamp | undefined,
  utc: Micros,
): AuthenticationFault | undefined {
  if (trailer === undefined) return 'hmac-missing';
  const now = stampOf(utc);
  if (!isNear(trailer, now, rules.window)) return 'hmac-stale';
  const hmac = rules.hmacOf(trailer.keyId);
  if (hmac === undefined) return 'hmac-unknown-key';
  if (!verifyHmac(trailer, hmac)) return 'hmac-mismatch';
  // A last stamp outside the window orders only what the window refuses: without it, a sender whose clock was set right is heard.
  const counts = last !== undefined && isNear(last, now, rules.window);
  return counts && !isLater(trailer, last) ? 'hmac-replay' : undefined;
}

/**
 * Whether an advert with that fault is dropped.
 *
 * Before `enforce` nothing is: see the top of this file.
 */
export function refuses(mode: AuthenticationMode, fault: AuthenticationFault | undefined): boolean {
  return fault !== undefined && mode === 'enforce';
}

/** Whether a group in that mode signs its adverts. */
export function signs(mode: AuthenticationMode): boolean {
  return mode !== 'receive-only';
}

function isNear(stamp: Stamp, now: Stamp, window: number): boolean {
  return Math.abs(secondsBetween(now, stamp)) <= window;
}
