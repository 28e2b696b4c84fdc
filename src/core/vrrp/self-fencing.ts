import type { Micros } from '../time.js';
import type { Input, Step, VirtualRouter } from './contract.js';
import { peersPatience } from './timers.js';
import { downInterval, listening, quietly, stepDown, stop } from './transitions.js';

/**
 * What a router must do first because it slept (SIGSTOP, a stunned virtual machine, starvation); undefined when it did not
 * sleep for too long. It judges by the deadline it missed, so a driver that gives no 'slept' is safe as well.
 *
 * An Active later than its peers' patience lets go and listens for a full Active_Down_Interval: one of them leads by now. A
 * Backup later than one interval may have missed adverts that were never queued, so its timer proves nothing and starts again.
 */
export function fence(router: VirtualRouter, input: Input, now: Micros): Step | undefined {
  const late = Math.max(input.type === 'slept' ? input.lateness : 0, now - router.deadline);
  switch (router.state) {
    case 'Initialize':
      return undefined;
    case 'Backup':
      return late > router.activeInterval ? quietly(listenAgain(router, now, router.takeOverReason)) : undefined;
    case 'Active': {
      const { version, advertisementInterval } = router.config;
      if (late <= peersPatience(version, advertisementInterval)) return undefined;
      if (router.leaving?.to === 'Initialize') return stop(router, 'shutdown', 'released');
      const activeInterval = Math.max(router.activeInterval, advertisementInterval);
      return stepDown(listenAgain({ ...router, activeInterval }, now), 'slept');
    }
  }
}

/** What was heard of others before tells nothing any more but that somebody led. */
function listenAgain(
  router: VirtualRouter,
  now: Micros,
  before: VirtualRouter['takeOverReason'] = 'no-response',
): VirtualRouter {
  const reason = before === 'unopposed' ? before : 'no-response';
  return listening(router, now + downInterval(router), reason);
}
