/** What groups demand of the watch of their leader. */
import { fastPatience, patienceBetween } from '../../../../core/liveness/watch.js';
import type { Micros } from '../../../../core/time.js';
import { addressKey } from '../../address-key.js';
import type { Member } from '../../election/member.js';
import type { Demand } from './state.js';

/**
 * Backups notice within one interval of each other. Priorities of members differ by 20 of 256 or so, which of fifteen intervals is a little
 * more than one.
 */
const spreadInIntervals = 15;
const longestSpread: Micros = 1_000_000;

/**
 * The shortest interval between adverts at which their absence is asked about. Below, questions would have to come as fast as with fast
 * detection, and what they save is less than a millisecond or two.
 */
const shortestInterval: Micros = 100_000;

export function demandOf({ config, phase: { binding } }: Member): Demand {
  const { fastDetection: fast } = config;
  if (fast === undefined) {
    const patience = patienceBetween(config.version, binding!.router.activeInterval);
    return { patience, spread: longestSpread, patient: true };
  }
  return {
    patience: fastPatience(fast.interval, fast.multiplier),
    spread: fast.interval * spreadInIntervals,
    patient: false,
  };
}

/** Whether watching is wanted, and finds a dead leader sooner than the absence of its adverts. */
export function isWatchable({ config, phase: { binding } }: Member): boolean {
  if (config.asksLeader === false) return false;
  return config.fastDetection !== undefined || binding!.router.activeInterval >= shortestInterval;
}

/** What one watch serves: the leader, the way to it, and the patience. */
export function watchKey(member: Member, source: Uint8Array): string {
  const { nic, source: local } = member.phase.binding!;
  const { limit, askEvery } = demandOf(member).patience;
  return `${nic.index} ${nic.link.name} ${askEvery} ${limit} ${addressKey(local)} ${addressKey(source)}`;
}
