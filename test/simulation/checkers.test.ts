import assert from 'node:assert/strict';
import { type Input, type Output, type Step, step, type VirtualRouter } from '../../src/core/vrrp/virtual-router.js';
import { changed, Violation } from './checkers/checker.js';
import { type Options, quiet, randomOptions } from './options.js';
import { createRandom } from './random.js';
import { simulate } from './simulate.js';
import { createWorld } from './world.js';

type Core = typeof step;

/** Cores with one defect each, and the checker that must notice it before any other does. */
const defects: readonly (readonly [string, string, Core])[] = [
  ['hands over whenever it likes', 'one-leader', restless],
  ['leaves leadership to one of last resort', 'one-leader', indifferent],
  [
    'never yields',
    'two-holders',
    (router, input, now) => (isClaim(router, input) ? ignore(router) : step(router, input, now)),
  ],
  [
    'never takes over',
    'unserved',
    (router, input, now) => (isDue(router, input, now) ? putOff(router, now) : step(router, input, now)),
  ],
  [
    'keeps its addresses',
    'held-iff-leading',
    (router, input, now) => without('drop-addresses', step(router, input, now)),
  ],
  [
    'never takes its addresses',
    'held-iff-leading',
    (router, input, now) => without('take-addresses', step(router, input, now)),
  ],
  ['speaks after its release', 'silent-after-release', afterwards],
  ['does not notice that it slept', 'woken-listens', sleepless],
];

describe('the checkers of the simulation', () => {
  for (const [defect, checker, core] of defects) {
    it(`${checker}: catches a router that ${defect}`, function () {
      this.timeout(600_000);
      const { failed } = simulate('defect', ({ worlds }) => worlds >= 40, { step: core });
      assert.equal(failed?.violation?.checker, checker, failed?.violation?.message ?? 'nothing was caught');
    });
  }

  it('lease: catches a kernel that keeps the addresses of a dead agent', () => {
    const random = createRandom('lease');
    const options: Options = { ...randomOptions(random), nodes: 3, groups: 1, faults: quiet };
    const world = createWorld({ options, random });
    world.nodes[1]!.holdings[0]!.held = true;
    changed(world, 0);
    assert.throws(
      () => world.scheduler.runUntil(3e6),
      (error) => error instanceof Violation && error.checker === 'lease',
    );
  });

  it('find nothing wrong with the core', function () {
    this.timeout(600_000);
    const { failed } = simulate('defect', ({ worlds }) => worlds >= 4);
    assert.equal(failed?.violation, undefined, failed?.violation?.message);
  });
});

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
