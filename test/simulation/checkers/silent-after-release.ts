import type { World } from '../model.js';
import { type Checker, Violation } from './checker.js';

/** A router that was released says nothing until it is started again. */
export function createSilentAfterReleaseChecker(world: World): Checker {
  const isReleased = world.nodes.map(() => world.plans.map(() => true));
  return {
    started(node, group) {
      isReleased[node]![group] = false;
    },
    released(node, group) {
      isReleased[node]![group] = true;
    },
    sent(node, group) {
      if (!isReleased[node]![group]) return;
      const text = `node ${node} speaks for group ${group}, which it released`;
      throw new Violation('silent-after-release', world.scheduler.now, text);
    },
  };
}
