/**
 * The stamps that tell signed adverts apart, in time and order: the replay protection of draft-cassen-vrrp-auth-hmac, in its form
 * that goes by the clock (`anti_replay time` of keepalived). Two things make an old advert worthless: a stamp too far from
 * the receiver's clock, and a stamp that is not later than the last one from that sender.
 */
import type { Micros } from '../time.js';
import type { HmacStamp } from '../wire/vrrp-hmac.js';

/** A stamp without the key: an instant, and a counter for adverts of one instant. */
export type Stamp = Omit<HmacStamp, 'keyId'>;

const microsPerSecond = 1_000_000;

/** The stamp of an instant of UTC, in microseconds since 1970. Its 32 bits of seconds begin anew in 2106. */
export function stampOf(utc: Micros): Stamp {
  const seconds = Math.floor(utc / microsPerSecond);
  const fraction = Math.floor(((utc - seconds * microsPerSecond) / microsPerSecond) * 0x1_0000);
  return { seconds: seconds >>> 0, fraction, counter: 0 };
}

/** Whether `a` is later than `b`, in serial number arithmetic (RFC 1982): the order survives the seconds beginning anew. */
export function isLater(a: Stamp, b: Stamp): boolean {
  const seconds = secondsBetween(a, b);
  if (seconds !== 0) return seconds > 0;
  return a.fraction !== b.fraction ? a.fraction > b.fraction : a.counter > b.counter;
}

/** Whole seconds from `b` to `a`; negative when `b` is later. */
export function secondsBetween(a: Stamp, b: Stamp): number {
  return (a.seconds - b.seconds) | 0;
}

/**
 * The stamp of the next advert: that of the clock, or, when the clock has not moved on or went back a little, the least that is later
 * than the last. When it went back by more than `window` seconds, receivers refuse what went on from there, so stamps begin anew.
 */
export function nextStamp(last: Stamp | undefined, utc: Micros, window: number): Stamp {
  const now = stampOf(utc);
  if (last === undefined || isLater(now, last) || secondsBetween(last, now) > window) return now;
  if (last.counter < 0xffff) return { ...last, counter: last.counter + 1 };
  if (last.fraction < 0xffff) return { ...last, fraction: last.fraction + 1, counter: 0 };
  return { seconds: (last.seconds + 1) >>> 0, fraction: 0, counter: 0 };
}
