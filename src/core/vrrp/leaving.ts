import { type Micros, never } from '../time.js';
import type { ActiveRouter, Input, Leaving, Step } from './contract.js';
import { leavingBound } from './timers.js';
import { advertise, announce, follow, giveUp, listening, quietly, retimed, stepDown, stop } from './transitions.js';

/**
 * How long an Active goes on answering after its successor's first advert. Long enough for the successor to put its addresses
 * in place and announce them; shorter than the successor's second announcement (200 ms), which corrects whoever was told our
 * address meanwhile.
 */
export const releaseLinger: Micros = 100_000;

/*
 * Make before break. A leaving Active says priority 0 and nothing else, but stays Active for its addresses:
 *
 *   Active --hand-over, shutdown--> leaving --successor's first advert--> lingering --100 ms--> Backup, or Initialize
 *                                      |  ^ priority 0 again, each interval or sooner
 *                                      +--nobody within the bound--> Active again, or Initialize
 *
 * A Backup waits its Skew_Time after priority 0, always less than one interval: repeating it that seldom helps those that missed the
 * first, or have come since, and never postpones a take-over.
 */

/** An Active that begins to leave. Source: the design of this product; RFC 9568 section 6.4.3 lets go in the same step. */
export function leave(router: ActiveRouter, to: Leaving['to'], now: Micros): Step {
  const { advertisementInterval } = router.config;
  const leaving: Leaving = { to, giveUpAt: now + leavingBound(advertisementInterval), releaseAt: never };
  return { router: waiting({ ...router, leaving }, leaving, now + repeatAfter(router)), outputs: [giveUp] };
}

/** The steps of an Active on its way out. */
export function stepLeaving(router: ActiveRouter, leaving: Leaving, input: Input, now: Micros): Step {
  switch (input.type) {
    case 'time':
      return passTime(router, leaving, now);
    case 'advert':
      return quietly(listen(router, leaving, input, now));
    case 'shutdown':
      if (input.immediate) return stop(router, 'shutdown', 'released');
      return quietly({ ...router, leaving: { ...leaving, to: 'Initialize' } });
    case 'link-down':
      return leaving.to === 'Initialize'
        ? stop({ ...router, linkUp: false }, 'shutdown', 'released')
        : stop({ ...router, linkUp: false }, 'link-down', 'running');
    case 'configure':
      if (leaving.releaseAt === never) return quietly({ ...router, config: input.config });
      return quietly({ ...router, ...retimed(router, input.config, now) });
    case 'startup':
    case 'link-up':
    case 'hand-over':
    case 'peer-lost':
    case 'slept':
      return quietly(router);
  }
}

function passTime(router: ActiveRouter, leaving: Leaving, now: Micros): Step {
  const succeeded = leaving.releaseAt !== never;
  if (now >= leaving.releaseAt || (!succeeded && now >= leaving.giveUpAt)) {
    if (leaving.to === 'Initialize') return stop(router, 'shutdown', 'released');
    if (!succeeded) return stay(router, now);
    return stepDown(listening(router, Math.max(router.activeDownAt, now), router.takeOverReason), 'hand-over');
  }
  if (now < router.advertAt) return quietly(router);
  return { router: waiting(router, leaving, now + repeatAfter(router)), outputs: [giveUp] };
}

/** Any claim by another router is the successor's; from then on its adverts are followed as a Backup follows them. */
function listen(router: ActiveRouter, leaving: Leaving, input: Input & { type: 'advert' }, now: Micros): ActiveRouter {
  if (leaving.releaseAt === never && input.advert.priority === 0) return router;
  const { activeInterval, activeSource, activeDownAt, takeOverReason } = follow(router, input, now);
  const followed: ActiveRouter = { ...router, activeInterval, activeSource, activeDownAt, takeOverReason };
  return waiting(followed, { ...leaving, releaseAt: Math.min(leaving.releaseAt, now + releaseLinger) }, never);
}

/**
 * Nobody took over: leadership was never lost, so it goes on with an advert of its own. On its way out it told nobody of its addresses, those
 * that have come into place meanwhile included.
 */
function stay(router: ActiveRouter, now: Micros): Step {
  const advertAt = now + router.config.advertisementInterval;
  const staying: ActiveRouter = { ...router, advertAt, deadline: advertAt, announcedAt: now, leaving: undefined };
  return { router: staying, outputs: [advertise(staying), announce] };
}

function waiting(router: ActiveRouter, leaving: Leaving, advertAt: Micros): ActiveRouter {
  const until = leaving.releaseAt === never ? leaving.giveUpAt : leaving.releaseAt;
  return { ...router, leaving, advertAt, deadline: Math.min(advertAt, until) };
}

function repeatAfter({ config }: ActiveRouter): Micros {
  return config.resignationInterval ?? config.advertisementInterval;
}
