import { type Micros, never } from '../time.js';
import type { Session } from './contract.js';

/** The shortest time between packets of a session that is not Up (RFC 5880 6.8.3). */
export const slowInterval: Micros = 1_000_000;

/**
 * When the next periodic packet is due: the transmit interval after the last, less its jitter. It is computed anew from the last packet
 * whenever something changes, so a neighbour that takes packets more often gets the next one in time (RFC 5880 6.8.3), or at once where
 * that time is over. `never` while periodic packets have to cease.
 */
export function transmitAt(session: Session): Micros {
  if (ceases(session)) return never;
  return session.sentAt + jittered(transmitInterval(session), session.inUse.detectMult, session.random);
}

/** The time between our packets without jitter (RFC 5880 6.8.7): what we want, but no more than the neighbour takes. */
export function transmitInterval({ inUse, neighbor }: Session): Micros {
  return Math.max(inUse.desiredMinTx, neighbor.requiredMinRx);
}

/**
 * An interval less up to a quarter of it, chosen by chance, so that hosts do not fall into step; with a detection multiplier of 1 less 10 %
 * at the least, so that one interval is never the whole detection time (RFC 5880 6.8.7).
 *
 * @param random 0 to below 1
 */
export function jittered(interval: Micros, detectMult: number, random: number): Micros {
  return interval * (detectMult === 1 ? 0.75 + 0.15 * random : 0.75 + 0.25 * random);
}

/** For how long the neighbour may be silent: what it last said, by what we agreed to take (RFC 5880 6.8.4). */
export function detectionTime({ neighbor, inUse }: Session): Micros {
  return neighbor.detectMult * Math.max(inUse.requiredMinRx, neighbor.desiredMinTx);
}

/** When the silence becomes too long; `never` while there is no neighbour to be heard. */
export function detectAt(session: Session): Micros {
  if (session.neighbor.discriminator === 0) return never;
  return Math.max(session.heardAt, session.excusedAt) + detectionTime(session);
}

/** For how long we may be silent before the neighbour calls the session Down, from our last packet on: the budget of a restart. */
export function neighborPatience(session: Session): Micros {
  return session.inUse.detectMult * transmitInterval(session);
}

/** Whether periodic packets have to cease: the neighbour wants none, or asks by polls alone (RFC 5880 6.8.7, Demand mode). */
function ceases({ state, neighbor, poll }: Session): boolean {
  if (neighbor.requiredMinRx === 0) return true;
  const isPolling = poll === 'due' || poll === 'sent';
  return neighbor.demand && state === 'Up' && neighbor.state === 'Up' && !isPolling;
}
