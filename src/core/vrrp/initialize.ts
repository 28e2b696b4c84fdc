import type { Micros } from '../time.js';
import type { Input, Step, VirtualRouter } from './contract.js';
import { becomeActive, quietly, startAsBackup, stop } from './transitions.js';

/** RFC 9568 section 6.4.1. Frames and timers mean nothing here. */
export function stepInitialize(router: VirtualRouter, input: Input, now: Micros): Step {
  switch (input.type) {
    case 'startup':
      if (router.life === 'running') return quietly(router);
      return takePart({ ...router, life: 'running' }, 'startup', now);
    case 'link-up': {
      const up: VirtualRouter = { ...router, linkUp: true };
      return router.life === 'running' ? takePart(up, 'link-up', now) : quietly(up);
    }
    case 'link-down':
      return quietly({ ...router, linkUp: false });
    case 'configure':
      return quietly({ ...router, config: input.config });
    case 'shutdown':
      return router.life === 'released' ? quietly(router) : stop(router, 'shutdown', 'released');
    case 'time':
    case 'advert':
    case 'hand-over':
    case 'peer-lost':
    case 'slept':
      return quietly(router);
  }
}

function takePart(router: VirtualRouter, reason: 'startup' | 'link-up', now: Micros): Step {
  if (!router.linkUp) return quietly(router);
  if (router.config.priority === 255) return becomeActive({ ...router, upSince: now }, 'owner', now);
  return startAsBackup(router, reason, now);
}
