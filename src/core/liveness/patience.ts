/** How patient one who follows is with one who leads: when it asks whether that lives, and when a silence is long enough. */
import type { Micros } from '../time.js';
import { longestDownInterval, shortestDownInterval } from '../vrrp/timers.js';
import { renewalInterval, streamedInterval } from './subscriptions.js';

/** When questions are due. */
export interface Pace {
  /** When a silence begins to be one. */
  readonly askAfter: Micros;
  readonly askEvery: Micros;
  /** How soon after one that was not answered. */
  readonly askAgain: Micros;
  /** One who is heard and answers. */
  readonly proveEvery: Micros;
}

/** When a silence begins to be one, and when it is long enough. */
export interface Patience extends Pace {
  readonly limit: Micros;
  /** The pace while answers come unasked; undefined: it is not asked for any. */
  readonly streamed: Pace | undefined;
}

/** How often one who is heard is asked, to know whether it answers. */
const proofInterval: Micros = 10_000_000;
/** Questions that must have had their time before somebody is lost. */
export const leastQuestions = 2;

/**
 * What is waited for where nobody has chosen: less than it takes until the kernel takes the addresses of a dead leader away (1.5 s at
 * the least after its last turn), more than a thread stands still on a busy node.
 */
export const defaultPatience: Patience = {
  askAfter: 400_000,
  askEvery: 100_000,
  askAgain: 100_000,
  proveEvery: proofInterval,
  limit: 1_200_000,
  streamed: undefined,
};

/**
 * With one whose adverts come at that interval, where nobody has chosen another. Rare adverts tell too late. Where they tell every Backup
 * soon enough, it is asked when one is overdue, and lost as soon as a Backup may take over: that saves the best Backup its skew.
 *
 * It depends on nothing but the adverts, so that all Backups have the same: one with less could be before a better one.
 */
export function patienceBetween(version: 2 | 3, interval: Micros): Patience {
  if (longestDownInterval(version, interval) > defaultPatience.limit + defaultPatience.askAfter) return defaultPatience;
  return {
    askAfter: (interval * 5) / 4,
    askEvery: interval / 4,
    askAgain: interval / 4,
    proveEvery: proofInterval,
    limit: shortestDownInterval(version, interval),
    streamed: undefined,
  };
}

/**
 * One that is lost when so many questions, `interval` apart, were not answered. An answer takes a while, and is not to move the next question:
 * that finds it waiting, and who asks wakes once for both. Two intervals have room for two questions only if the second comes sooner.
 */
export function fastPatience(interval: Micros, multiplier: number): Patience {
  const limit = interval * multiplier;
  return {
    askAfter: interval / 2,
    askEvery: interval,
    askAgain: multiplier > leastQuestions ? interval : interval / leastQuestions,
    proveEvery: proofInterval,
    limit,
    streamed: interval <= streamedInterval.longest ? streamedPace(interval, limit) : undefined,
  };
}

/**
 * Questions have the last three quarters of an interval, and what comes before them finds several answers waiting: who watches wakes more rarely
 * than there are answers. The quarter that is left is for an answer that comes a little later than the one before.
 */
function streamedPace(interval: Micros, limit: Micros): Pace {
  const askAgain = (interval * 3) / (4 * leastQuestions);
  const askAfter = limit - leastQuestions * askAgain;
  return { askAfter, askEvery: askAgain, askAgain, proveEvery: renewalInterval };
}
