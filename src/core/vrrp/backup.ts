import type { Micros } from '../time.js';
import type { Input, Step, VirtualRouter, VirtualRouterConfig } from './contract.js';
import { activeDownInterval, skewTime } from './timers.js';
import { becomeActive, follow, listening, quietly, stop } from './transitions.js';

/** RFC 9568 section 6.4.2. A Backup never sends anything. */
export function stepBackup(router: VirtualRouter, input: Input, now: Micros): Step {
  switch (input.type) {
    case 'time':
      return now < router.activeDownAt ? quietly(router) : becomeActive(router, router.takeOverReason, now);
    case 'advert':
      return quietly(hear(router, input, now));
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

/** Whether a lower Active is let time out. The owner always preempts; the delay is about lower Actives that live, never dead ones. */
function preempts(router: VirtualRouter, lower: number, now: Micros): boolean {
  const { priority, preempt, preemptDelay, lastResorts = 0, unheard = false } = router.config;
  if (unheard) return false;
  const entitled = preempt || (lower <= lastResorts && !isLastResort(router.config));
  return priority === 255 || (entitled && now >= router.upSince + preemptDelay);
}

function isLastResort({ priority, lastResorts = 0 }: VirtualRouterConfig): boolean {
  return priority <= lastResorts;
}

/**
 * Moves a running Active_Down_Timer by as much as the change of priority or interval makes it longer or shorter, at the
 * earliest to now: an instant before would look as if it had been slept through. Who is of last resort no more is as good as new:
 * its delay begins now.
 */
function reconfigure(router: VirtualRouter, config: VirtualRouterConfig, now: Micros): VirtualRouter {
  const learned = config.version === 3 && router.activeSource !== undefined;
  const activeInterval = learned ? router.activeInterval : config.advertisementInterval;
  const timer = router.takeOverReason === 'priority-zero' ? skewTime : activeDownInterval;
  const before = timer(config.version, router.config.priority, router.activeInterval);
  const after = timer(config.version, config.priority, activeInterval);
  const activeDownAt = Math.max(router.activeDownAt - before + after, now);
  const upSince = isLastResort(router.config) && !isLastResort(config) ? now : router.upSince;
  return listening({ ...router, config, activeInterval, upSince }, activeDownAt, router.takeOverReason);
}
