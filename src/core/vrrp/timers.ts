import type { Micros } from '../time.js';

const second: Micros = 1_000_000;

/**
 * Skew_Time: how much longer than three intervals a Backup of this priority waits, so that the best Backup is first.
 *
 * `priority` 1..255. `activeInterval` is the Active_Adver_Interval in microseconds; version 2 does not scale by it.
 * Multiplies before it divides and keeps fractions: priority 254 at 10 ms is 78.125 µs, not 0.
 *
 * Source: RFC 9568 section 6.1 (version 3), RFC 3768 section 6.1 (version 2).
 */
export function skewTime(version: 2 | 3, priority: number, activeInterval: Micros): Micros {
  return ((256 - priority) * (version === 3 ? activeInterval : second)) / 256;
}

/**
 * How much longer than the best Backup one of this priority waits, where the Active is known to be gone: the skews of both less that of the
 * best, so that Backups follow each other as by their Skew_Time but the first of them waits for nobody. Extension of this product.
 *
 * @param best the highest priority that a Backup can have; undefined where that is not known
 */
export function skewBehind(best: number | undefined, priority: number, interval: Micros): Micros {
  return best === undefined ? skewTime(3, priority, interval) : (Math.max(best - priority, 0) * interval) / 256;
}

/** Active_Down_Interval: the silence after which a Backup of this priority takes over. Same units and source as `skewTime`. */
export function activeDownInterval(version: 2 | 3, priority: number, activeInterval: Micros): Micros {
  return 3 * activeInterval + skewTime(version, priority, activeInterval);
}

/** The shortest Active_Down_Interval that a Backup can have: that of priority 254. */
export function shortestDownInterval(version: 2 | 3, activeInterval: Micros): Micros {
  return activeDownInterval(version, 254, activeInterval);
}

/** The longest one: that of priority 1. */
export function longestDownInterval(version: 2 | 3, activeInterval: Micros): Micros {
  return activeDownInterval(version, 1, activeInterval);
}

/**
 * How late an Active's next advert may be before a peer can have taken over: the shortest Active_Down_Interval a Backup may
 * have, less the one interval that had passed anyway between the last advert and the missed one.
 * Whoever wakes later than this must assume that somebody else leads.
 */
export function peersPatience(version: 2 | 3, advertisementInterval: Micros): Micros {
  return shortestDownInterval(version, advertisementInterval) - advertisementInterval;
}

/**
 * How long a leaving Active goes on answering when no successor speaks up: the longest Active_Down_Interval a peer may have
 * (priority 1 waits just under four intervals), so that a peer that missed every priority 0 still finds the addresses
 * answered until it takes over; at least 300 ms, so that a stalled successor at short intervals has a chance.
 */
export function leavingBound(advertisementInterval: Micros): Micros {
  return Math.max(4 * advertisementInterval, 300_000);
}

/** How soon a member that has just come hears that the Active is on its way out. */
const shortestResignationInterval: Micros = 50_000;

/**
 * How often an Active on its way out says priority 0. Each one makes a Backup wait its Skew_Time anew (RFC 9568 section 6.4.2), so twice the
 * Skew_Time of the lowest other member lies between two; and never more than one advertisement interval.
 *
 * @param lowest the lowest priority of another member; undefined when there is none
 */
export function resignationInterval(version: 2 | 3, lowest: number | undefined, advertisementInterval: Micros): Micros {
  const skew = lowest === undefined ? 0 : skewTime(version, lowest, advertisementInterval);
  return Math.min(Math.max(shortestResignationInterval, 2 * skew), advertisementInterval);
}
