/** Cores with one defect each, to see that the simulation notices it. */
import { type Input, type Output, type Step, step, type VirtualRouter } from '../../src/core/vrrp/virtual-router.js';

export interface Defect {
  /** What a router with it does. */
  readonly what: string;
  /** The checker that must notice it before any other does. */
  readonly checker: string;
  readonly core: typeof step;
}

export const defects: Readonly<Record<string, Defect>> = {
  restless: { what: 'hands over whenever it likes', checker: 'one-leader', core: restless },
  indifferent: { what: 'leaves leadership to one of last resort', checker: 'one-leader', core: indifferent },
  stubborn: {
    what: 'never yields',
    checker: 'two-holders',
    core: (router, input, now) => (isClaim(router, input) ? ignore(router) : step(router, input, now)),
  },
  timid: {
    what: 'never takes over',
    checker: 'unserved',
    core: (router, input, now) => (isDue(router, input, now) ? putOff(router, now) : step(router, input, now)),
  },
  clinging: {
    what: 'keeps its addresses',
    checker: 'held-iff-leading',
    core: (router, input, now) => without('drop-addresses', step(router, input, now)),
  },
  lazy: {
    what: 'never takes its addresses',
    checker: 'held-iff-leading',
    core: (router, input, now) => without('take-addresses', step(router, input, now)),
  },
  talkative: { what: 'speaks after its release', checker: 'silent-after-release', core: afterwards },
  hasty: { what: 'gives up an Active that speaks', checker: 'one-leader', core: hasty },
  sleepless: { what: 'does not notice that it slept', checker: 'woken-listens', core: sleepless },
};

function isClaim(router: VirtualRouter, input: Input): boolean {
  return router.state === 'Active' && !router.leaving && input.type === 'advert';
}

function isDue(router: VirtualRouter, input: Input, now: number): boolean {
  return router.state === 'Backup' && input.type === 'time' && now >= router.deadline;
}

function ignore(router: VirtualRouter): Step {
  return { router, outputs: [] };
}

function putOff(router: VirtualRouter, now: number): Step {
  const later = now + 1e6;
  return ignore({ ...router, deadline: later, activeDownAt: later });
}

function without(type: Output['type'], { router, outputs }: Step): Step {
  return { router, outputs: outputs.filter((output) => output.type !== type) };
}

/** Gives leadership up now and then, for no reason. */
function restless(router: VirtualRouter, input: Input, now: number): Step {
  const isLeading = router.state === 'Active' && !router.leaving;
  const isRestless = isLeading && input.type === 'time' && Math.floor(now / 1e6) % 20 === 0;
  return step(router, isRestless ? { type: 'hand-over' } : input, now);
}

/** Does not know of members of last resort, which have low priorities for it and no more. */
function indifferent(router: VirtualRouter, input: Input, now: number): Step {
  const blind = <T extends { config: VirtualRouter['config'] }>(value: T): T => ({
    ...value,
    config: { ...value.config, lastResorts: 0 },
  });
  return step(blind(router), input.type === 'configure' ? blind(input) : input, now);
}

/** Takes each advert but the first of whom it follows for word that it is lost. */
function hasty(router: VirtualRouter, input: Input, now: number): Step {
  const source = router.state === 'Backup' && input.type === 'advert' ? router.activeSource : undefined;
  return step(router, source ? { type: 'peer-lost', source, spread: 1e6, patient: false } : input, now);
}

function afterwards(router: VirtualRouter, input: Input, now: number): Step {
  const { router: next, outputs } = step(router, input, now);
  if (!outputs.some((output) => output.type === 'released')) return { router: next, outputs };
  return { router: next, outputs: [...outputs, { type: 'advertise', priority: 0 }] };
}

/** Believes that it is always on time. */
function sleepless(router: VirtualRouter, input: Input, now: number): Step {
  const onTime = { ...router, deadline: Math.max(router.deadline, now) };
  return step(onTime, input.type === 'slept' ? { type: 'time' } : input, now);
}
