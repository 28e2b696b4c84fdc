import type { Micros } from '../time.js';
import { compareOctets } from '../wire/octets.js';
import type { ActiveRouter, Input, Output, Step, VirtualRouterConfig } from './contract.js';
import { leave } from './leaving.js';
import { advertise, announce, follow, giveUp, quietly, stepDown, stop } from './transitions.js';

/** Announcements repair the caches that a short-lived lower Active poisoned, at most this often. */
const announceAgainAfter: Micros = 1_000_000;

/** RFC 9568 section 6.4.3, for an Active that is not on its way out. */
export function stepActive(router: ActiveRouter, input: Input, now: Micros): Step {
  switch (input.type) {
    case 'time':
      return now < router.advertAt ? quietly(router) : { router: rearm(router, now), outputs: [advertise(router)] };
    case 'advert':
      return hear(router, input, now);
    case 'configure':
      return reconfigure(router, input.config, input.handOver === true, now);
    case 'hand-over':
      return leave(router, 'Backup', now);
    case 'shutdown':
      return input.immediate ? letGoAtOnce(router) : leave(router, 'Initialize', now);
    case 'link-down':
      return stop({ ...router, linkUp: false }, 'link-down', 'running');
    case 'startup':
    case 'link-up':
    case 'peer-lost':
    case 'slept':
      return quietly(router);
  }
}

function hear(router: ActiveRouter, input: Input & { type: 'advert' }, now: Micros): Step {
  const { advert, source } = input;
  if (advert.priority === 0) {
    const advertAt = now + router.config.advertisementInterval;
    return { router: { ...router, advertAt, deadline: advertAt }, outputs: [advertise(router)] };
  }
  if (isSucceeded(router, now)) return stepDown(follow(router, input, now), 'slept');
  if (isBetter(advert.priority, source, router.config)) {
    const { router: backup, outputs } = stepDown(follow(router, input, now), 'better-advert');
    return { router: backup, outputs: [...lastWord(router, now), ...outputs] };
  }
  const outputs: Output[] = [advertise(router)];
  if (now < router.announcedAt + announceAgainAfter) return { router, outputs };
  outputs.push(announce);
  return { router: { ...router, announcedAt: now }, outputs };
}

/**
 * Hosts may have heard this router last. The better one announces itself anew when it hears a lower advert, and after a split in which
 * neither lost its link it would hear none if this router were the first to hear the other. One whose advert is overdue has been asleep:
 * what it hears may be as old as its silence, and a word of its own would keep the others waiting for a leader that may be gone.
 */
function lastWord(router: ActiveRouter, now: Micros): readonly Output[] {
  return now > router.advertAt ? [] : [advertise(router)];
}

/**
 * Whether somebody who claims leadership took over from this router, which slept: its own advert is long overdue, so who asked it or waited for
 * it has given it up. It contends only if it would preempt: the kernel may have taken its addresses away, and the other answers.
 */
function isSucceeded({ config, advertAt }: ActiveRouter, now: Micros): boolean {
  const { advertisementInterval, preempt, priority } = config;
  return !preempt && priority !== 255 && now - advertAt > advertisementInterval / 4;
}

function isBetter(priority: number, source: Uint8Array, own: VirtualRouterConfig): boolean {
  return (
    own.unheard === true ||
    priority > own.priority ||
    (priority === own.priority && compareOctets(source, own.source) > 0)
  );
}

/** Peers hear of a new priority, interval or virtual router ID at once, and a second time before they would miss the former interval. */
function reconfigure(router: ActiveRouter, config: VirtualRouterConfig, handOver: boolean, now: Micros): Step {
  const changed: ActiveRouter = { ...router, config };
  if (handOver) return leave(changed, 'Backup', now);
  const { priority, advertisementInterval, virtualRouterId } = router.config;
  const told = config.priority === priority && config.advertisementInterval === advertisementInterval;
  if (told && config.virtualRouterId === virtualRouterId) return quietly(changed);
  const advertAt = now + Math.min(advertisementInterval, config.advertisementInterval);
  return { router: { ...changed, advertAt, deadline: advertAt }, outputs: [advertise(changed)] };
}

function letGoAtOnce(router: ActiveRouter): Step {
  const { router: stopped, outputs } = stop(router, 'shutdown', 'released');
  return { router: stopped, outputs: [giveUp, ...outputs] };
}

/** Keeps the cadence when the call is a little late, so that lateness does not add up in the peers' timers. */
function rearm(router: ActiveRouter, now: Micros): ActiveRouter {
  const interval = router.config.advertisementInterval;
  const onTime = router.advertAt + interval;
  const advertAt = onTime > now ? onTime : now + interval;
  return { ...router, advertAt, deadline: advertAt };
}
