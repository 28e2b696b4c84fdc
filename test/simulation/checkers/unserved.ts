import { boundsOf } from '../bounds.js';
import { isActive, isHealthy, type World } from '../model.js';
import { type Checker, createStopwatch, Violation } from './checker.js';

/**
 * Nobody leads a group only while no member is healthy, or for as long as the most patient Backup may wait since it last heard somebody: a
 * leader may be gone the moment after it spoke.
 */
export function createUnservedChecker(world: World): Checker {
  const { scheduler, nodes, plans } = world;
  const watches = plans.map((plan, group) => {
    const { unserved } = boundsOf(world, plan);
    return nodes.map((node) =>
      createStopwatch(world, unserved, (since) => {
        const healthy = `node ${node.index} is a healthy member`;
        throw new Violation(
          'unserved',
          scheduler.now,
          `nobody leads group ${group} since ${since / 1e6} s, ${healthy}`,
        );
      }),
    );
  });
  return {
    heard(node, group, priority) {
      if (priority > 0) watches[group]![node]!.restart();
    },
    changed(group) {
      const isLed = nodes.some((node) => isActive(node, group));
      for (const node of nodes) watches[group]![node.index]!.set(!isLed && isHealthy(node, group));
    },
  };
}
