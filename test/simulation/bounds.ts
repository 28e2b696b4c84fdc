import type { Micros } from '../../src/core/time.js';
import { releaseLinger } from '../../src/core/vrrp/leaving.js';
import { activeDownInterval, leavingBound } from '../../src/core/vrrp/timers.js';
import { longestBackoff } from './addresses.js';
import type { GroupPlan, World } from './model.js';

/** Rounding, and the frames of one exchange. */
const slack: Micros = 20_000;

/** How long each deviation from "one leader, which holds the addresses" may last. */
export interface Bounds {
  /** Nobody is Active although a member is healthy. */
  readonly unserved: Micros;
  /** Two members that hear each other hold the addresses. */
  readonly twoHolders: Micros;
  /** The same while both are on their way out: no third may have heard of it. */
  readonly twoLeavers: Micros;
  /** From the end of a storm to exactly one leader. */
  readonly convergence: Micros;
  /** An Active is without addresses that nobody refuses it, or another with them. */
  readonly addressWork: Micros;
  /** The same when they were refused before. */
  readonly addressRetry: Micros;
}

export function boundsOf(world: World, plan: GroupPlan): Bounds {
  const { faults, intervals, latency, clockDrift } = world.options;
  // Frames that were held back arrive this much after they were sent.
  const delay = latency + faults.delay;
  // Intervals pass by the clock of whoever waits, which may be slow.
  const interval = (plan.version === 2 ? plan.interval : Math.max(...intervals)) * (1 + 2 * clockDrift);
  // The most patient Backup: priority 1, and the longest interval it may have learned.
  const down = activeDownInterval(plan.version, 1, interval);
  const addressWork = faults.addressSlowness + slack;
  return {
    // The last advert of a former Active may arrive late, and starts the timers again.
    unserved: delay + down + slack,
    // The better one's next advert, or a leaver's successor's; then the lower one lets go.
    twoHolders: interval + delay + releaseLinger + addressWork,
    twoLeavers: leavingBound(interval) + releaseLinger + addressWork,
    // A leaver that nobody could hear gives up, late frames arrive, the most patient Backup's timer runs out, a preempting
    // one's delay and timer after that, and two that were equally fast settle it with their next advert.
    convergence: leavingBound(interval) + delay + plan.preemptDelay + 2 * down + interval + slack,
    addressWork,
    addressRetry: longestBackoff + addressWork,
  };
}
