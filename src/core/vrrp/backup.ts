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
  if (priority > 0 && priority < router.config.priority && preempts(router, now)) {
    return router.takeOverReason === 'preempt' ? router : { ...router, takeOverReason: 'preempt' };
  }
  return follow(router, input, now);
}

/** Whether a lower Active is let time out. The owner always preempts; the delay is about lower Actives that live, never dead ones. */
function preempts(router: VirtualRouter, now: Micros): boolean {
  const { priority, preempt, preemptDelay } = router.config;
  return priority === 255 || (preempt && now >= router.upSince + preemptDelay);
}

/**
 * Moves a running Active_Down_Timer by as much as the change of priority or interval makes it longer or shorter, at the
 * earliest to now: an instant before would look as if it had been slept through.
 */
function reconfigure(router: VirtualRouter, config: VirtualRouterConfig, now: Micros): VirtualRouter {
  const learned = config.version === 3 && router.activeSource !== undefined;
  const activeInterval = learned ? router.activeInterval : config.advertisementInterval;
  const timer = router.takeOverReason === 'priority-zero' ? skewTime : activeDownInterval;
  const before = timer(config.version, router.config.priority, router.activeInterval);
  const after = timer(config.version, config.priority, activeInterval);
  const activeDownAt = Math.max(router.activeDownAt - before + after, now);
  return listening({ ...router, config, activeInterval }, activeDownAt, router.takeOverReason);
}
