import { type Micros, never } from '../time.js';
import type { Input, Output, Step, TransitionReason, VirtualRouter, VirtualRouterConfig } from './contract.js';
import { activeDownInterval, skewTime } from './timers.js';

const nothing: readonly Output[] = [];
const take: Output = { type: 'take-addresses' };
const drop: Output = { type: 'drop-addresses' };
const released: Output = { type: 'released' };

/** The output that starts, or starts again, the announcements. */
export const announce: Output = { type: 'announce' };
/** The output that says a router gives leadership up. */
export const giveUp: Output = { type: 'advertise', priority: 0 };

/** A step that changed at most the router. */
export function quietly(router: VirtualRouter): Step {
  return { router, outputs: nothing };
}

/** An advert with the router's own priority. */
export function advertise(router: VirtualRouter): Output {
  return { type: 'advertise', priority: router.config.priority };
}

/** Initialize to Backup, silently: it listens for a full Active_Down_Interval of its own making. */
export function startAsBackup(router: VirtualRouter, reason: 'startup' | 'link-up', now: Micros): Step {
  const activeInterval = router.config.advertisementInterval;
  const up: VirtualRouter = { ...router, upSince: now, activeInterval, activeSource: undefined };
  return {
    router: listening(up, now + downInterval(up), 'unopposed'),
    outputs: [{ type: 'transition', from: 'Initialize', to: 'Backup', reason }],
  };
}

/**
 * Initialize or Backup to Active. Peers are counting, so the advert goes before everything else; but not where it moves a virtual MAC away
 * from a former Active whose kernel still answers.
 */
export function becomeActive(router: VirtualRouter, reason: TransitionReason, now: Micros): Step {
  const advertAt = now + router.config.advertisementInterval;
  const active: VirtualRouter = {
    ...router,
    state: 'Active',
    activeDownAt: never,
    advertAt,
    deadline: advertAt,
    announcedAt: now,
    activeSource: undefined,
  };
  return {
    router: active,
    outputs: [
      ...(router.config.virtualMac && formerAnswers(router.config, reason)
        ? [take, advertise(active)]
        : [advertise(active), take]),
      announce,
      { type: 'transition', from: router.state, to: 'Active', reason },
    ],
  };
}

/**
 * Whether the former Active probably answers for the addresses still: it has given up and waits for its successor, or its program is dead
 * and its kernel has the addresses for a while. The latter not with IPv6: its addresses take packets in only some milliseconds later, and
 * other Backups, which noticed the death as well, may not wait for so long.
 */
function formerAnswers({ family }: VirtualRouterConfig, reason: TransitionReason): boolean {
  return reason === 'priority-zero' || (reason === 'peer-lost' && family === 4);
}

/** Active to Backup: the addresses go first. `backup` is the router as the Backup it becomes. */
export function stepDown(backup: VirtualRouter, reason: TransitionReason): Step {
  const { activeSource } = backup;
  return {
    router: backup,
    outputs: [
      drop,
      { type: 'transition', from: 'Active', to: 'Backup', reason, ...(activeSource && { activeSource }) },
    ],
  };
}

/** Any state to Initialize: every timer is cancelled, and an Active lets go of its addresses before anything is told. */
export function stop(router: VirtualRouter, reason: 'link-down' | 'shutdown', life: VirtualRouter['life']): Step {
  const { state, activeSource } = router;
  const outputs: Output[] = [];
  if (state === 'Active') outputs.push(drop);
  if (state !== 'Initialize') {
    outputs.push({ type: 'transition', from: state, to: 'Initialize', reason, ...(activeSource && { activeSource }) });
  }
  if (life === 'released') outputs.push(released);
  return {
    router: {
      ...router,
      state: 'Initialize',
      life,
      deadline: never,
      activeDownAt: never,
      advertAt: never,
      activeSource: undefined,
      leaving: undefined,
    },
    outputs,
  };
}

/**
 * A Backup whose Active_Down_Timer runs out at `activeDownAt`. Written out field by field: it is made for every advert that is
 * heard, and a spread costs several times as much.
 */
export function listening(
  router: VirtualRouter,
  activeDownAt: Micros,
  takeOverReason: VirtualRouter['takeOverReason'],
  activeInterval: Micros = router.activeInterval,
  activeSource: Uint8Array | undefined = router.activeSource,
): VirtualRouter {
  return {
    config: router.config,
    state: 'Backup',
    deadline: activeDownAt,
    life: router.life,
    linkUp: router.linkUp,
    activeInterval,
    activeDownAt,
    takeOverReason,
    advertAt: never,
    upSince: router.upSince,
    announcedAt: router.announcedAt,
    activeSource,
    leaving: undefined,
  };
}

/**
 * A Backup that lets an Active lead. Priority 0: it takes over its Skew_Time after the first. Otherwise it adopts the interval that the
 * advert carries (version 3 only) and waits a full Active_Down_Interval. RFC 9568 sections 6.4.2 and 6.4.3.
 */
export function follow(router: VirtualRouter, input: Input & { type: 'advert' }, now: Micros): VirtualRouter {
  const { version, priority, advertisementInterval } = router.config;
  if (input.advert.priority === 0) {
    const at = now + skewTime(version, priority, router.activeInterval);
    const repeated = router.takeOverReason === 'priority-zero';
    return listening(router, repeated ? Math.min(at, router.activeDownAt) : at, 'priority-zero');
  }
  const interval = version === 3 ? input.advert.interval : advertisementInterval;
  const activeDownAt = now + activeDownInterval(version, priority, interval);
  return listening(router, activeDownAt, 'no-response', interval, input.source);
}

/** Whether a router with that configuration is a member of last resort. */
export function isLastResort({ priority, lastResorts = 0 }: VirtualRouterConfig): boolean {
  return priority <= lastResorts;
}

/**
 * What a changed configuration makes of a router that follows an Active, or listens for one.
 *
 * A running Active_Down_Timer is moved by as much as the change of priority or interval makes it longer or shorter, at the earliest to
 * now: an instant before would look as if it had been slept through. Who is of last resort no more is as good as new: its delay
 * begins now.
 */
export function retimed(
  router: VirtualRouter,
  config: VirtualRouterConfig,
  now: Micros,
): Pick<VirtualRouter, 'config' | 'activeInterval' | 'activeDownAt' | 'upSince'> {
  const learned = config.version === 3 && router.activeSource !== undefined;
  const activeInterval = learned ? router.activeInterval : config.advertisementInterval;
  const isSkewed = router.takeOverReason === 'priority-zero' || router.takeOverReason === 'peer-lost';
  const timer = isSkewed ? skewTime : activeDownInterval;
  const before = timer(config.version, router.config.priority, router.activeInterval);
  const after = timer(config.version, config.priority, activeInterval);
  const activeDownAt = Math.max(router.activeDownAt - before + after, now);
  const upSince = isLastResort(router.config) && !isLastResort(config) ? now : router.upSince;
  return { config, activeInterval, activeDownAt, upSince };
}

/** The router's Active_Down_Interval with what it has learned. */
export function downInterval(router: VirtualRouter): Micros {
  return activeDownInterval(router.config.version, router.config.priority, router.activeInterval);
}
