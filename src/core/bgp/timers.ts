import { type Micros, never } from '../time.js';

const second: Micros = 1_000_000;

/** For how long the peer's OPEN is waited for. RFC 4271 8.2.2 suggests 4 minutes, which a dead path would take from us. */
export const openHoldTime: Micros = 30 * second;

/** How long a connection may take to be made (ConnectRetryTimer in Connect). */
export const connectTimeout: Micros = 10 * second;

/** How long a withdrawal may take to leave, before a session that is drained is closed. */
export const withdrawalTimeout: Micros = second;

const firstBackOff: Micros = second;
const shortestKeepalive: Micros = second;
const leastSendHold: Micros = 8 * 60 * second;

/** RFC 4271 10: a timer that many speakers may have is shortened by chance to 0.75..1 of its length; `chance` is 0..1. */
export function jittered(duration: Micros, chance: number): Micros {
  return duration * (0.75 + 0.25 * chance);
}

/** How long to wait after that many failures in a row, 1 or more: 1 s, doubling to `longest`. */
export function backOff(failures: number, longest: Micros, chance: number): Micros {
  return jittered(Math.min(firstBackOff * 2 ** Math.min(failures - 1, 16), longest), chance);
}

/** Time between KEEPALIVEs: at most a third of the Hold Time, which is in seconds; never less than a second (RFC 4271 4.4). */
export function keepaliveInterval(holdTime: number, chance: number): Micros {
  return Math.max(jittered((holdTime * second) / 3, chance), shortestKeepalive);
}

/**
 * For how long TCP may take nothing of what is sent to a peer (RFC 9687 4.3, 6): 8 minutes, or twice the Hold Time if that is more;
 * without a Hold Time there is no such limit either.
 */
export function sendHoldTime(holdTime: number): Micros {
  return holdTime === 0 ? never : Math.max(leastSendHold, 2 * holdTime * second);
}

/** Seconds of the protocol's fields as a duration. */
export function ofSeconds(seconds: number): Micros {
  return seconds * second;
}
