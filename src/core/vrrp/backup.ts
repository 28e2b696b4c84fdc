import type { Micros } from '../time.js';
import { equalOctets } from '../wire/octets.js';
import type { Input, Step, VirtualRouter, VirtualRouterConfig } from './contract.js';
import { skewBehind } from './timers.js';
import { becomeActive, downInterval, follow, isLastResort, listening, quietly, retimed, stop } from './transitions.js';

/** RFC 9568 section 6.4.2. A Backup never sends anything. */
export function stepBackup(router: VirtualRouter, input: Input, now: Micros): Step {
  switch (input.type) {
    case 'time':
      return now < router.activeDownAt ? quietly(router) : becomeActive(router, router.takeOverReason, now);
    case 'advert':
      return quietly(hear(router, input, now));
    case 'peer-lost':
      return quietly(lose(router, input, now));
    case 'configure':
      return quietly(reconfigure(router, input.config, now));
    case 'shutdown':
      return stop(router, 'shutdown', 'released');
    case 'link-down':
      return stop({ ...router, linkUp: false }, 'link-down', 'running');
    case 'startup':
    case 'link-up':
    case 'hand-over':
    case 'slept':
      return quietly(router);
  }
}

function hear(router: VirtualRouter, input: Input & { type: 'advert' }, now: Micros): VirtualRouter {
  const { priority } = input.advert;
  if (priority > 0 && priority < router.config.priority && preempts(router, priority, now)) {
    // After a priority 0 it is the skew that runs, and the reason is what says so.
    return router.takeOverReason === 'priority-zero' ? router : { ...router, takeOverReason: 'preempt' };
  }
  return follow(router, input, now);
}

/** Only what is said of the Active that is followed counts, and never makes a Backup wait for longer. */
function lose(router: VirtualRouter, input: Input & { type: 'peer-lost' }, now: Micros): VirtualRouter {
  const { activeSource, activeInterval, takeOverReason, config } = router;
  const isFollowed = activeSource !== undefined && equalOctets(activeSource, input.source);
  if (!isFollowed || takeOverReason !== 'no-response') return router;
  const nextAdvertAt = router.activeDownAt - downInterval(router) + activeInterval;
  const from = input.patient ? Math.max(now, nextAdvertAt) : now;
  const activeDownAt = from + skewBehind(input.best, config.priority, Math.min(activeInterval, input.spread));
  return activeDownAt < router.activeDownAt ? listening(router, activeDownAt, 'peer-lost') : router;
}

/** Whether a lower Active is let time out. The owner always preempts; the delay is about lower Actives that live, never dead ones. */
function preempts(router: VirtualRouter, lower: number, now: Micros): boolean {
  const { priority, preempt, preemptDelay, lastResorts = 0, unheard = false } = router.config;
  if (unheard) return false;
  const entitled = preempt || (lower <= lastResorts && !isLastResort(router.config));
  return priority === 255 || (entitled && now >= router.upSince + preemptDelay);
}

function reconfigure(router: VirtualRouter, config: VirtualRouterConfig, now: Micros): VirtualRouter {
  const { activeDownAt, ...changed } = retimed(router, config, now);
  return listening({ ...router, ...changed }, activeDownAt, router.takeOverReason);
}
