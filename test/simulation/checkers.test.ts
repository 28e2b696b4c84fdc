import assert from 'node:assert/strict';
import { changed, Violation } from './checkers/checker.js';
import { defects } from './defects.js';
import { failureOf } from './failure.js';
import { type Options, quiet, randomOptions } from './options.js';
import { createRandom } from './random.js';
import { simulate } from './simulate.js';
import { createWorld } from './world.js';

describe('the checkers of the simulation', () => {
  for (const { what, checker, core } of Object.values(defects)) {
    it(`${checker}: catches a router that ${what}`, function () {
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
    assert.equal(failed, undefined, failed && failureOf(failed));
  });
});
