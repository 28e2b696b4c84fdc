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
  const { faults, latency } = world.options;
  // Frames that were held back arrive this much after they were sent.
  const delay = latency + faults.delay;
  const interval = longestInterval(world, plan);
  const slowest = Math.max(...world.plans.map((each) => longestInterval(world, each)));
  // The most patient Backup: priority 1, and the longest interval it may have learned.
  const down = activeDownInterval(plan.version, 1, interval);
  const addressWork = faults.addressSlowness + slack;
  return {
    // The last advert of a former Active may arrive late, and starts the timers again.
    unserved: delay + down + slack,
    // The better one's next advert, or a leaver's successor's; then the lower one lets go.
    twoHolders: interval + delay + releaseLinger + addressWork,
    twoLeavers: leavingBound(interval) + releaseLinger + addressWork,
    // A leaver that nobody could hear gives up, and a restarting agent all of its groups; late frames arrive, the most patient Backup's
    // timer runs out, a preempting one's delay and timer after that, and two that were equally fast settle it with their next advert.
    convergence: leavingBound(slowest) + delay + plan.preemptDelay + 2 * down + interval + slack,
    addressWork,
    addressRetry: longestBackoff + addressWork,
  };
}

/** That a router may have learned. Intervals pass by the clock of whoever waits, which may be slow. */
function longestInterval({ options }: World, { version, interval }: GroupPlan): Micros {
  return (version === 2 ? interval : Math.max(...options.intervals)) * (1 + 2 * options.clockDrift);
}
