import { boundsOf } from '../bounds.js';
import { isActive, isAwake, type Node, type World } from '../model.js';
import { type Checker, createStopwatch, Violation } from './checker.js';

/** A node holds a group's addresses if and only if it is Active for it, but for the time that address work takes. */
export function createHeldIffLeadingChecker(world: World): Checker {
  const { scheduler, nodes, plans } = world;
  const watches = plans.map((plan, group) => {
    const { addressWork, addressRetry } = boundsOf(world, plan);
    return nodes.map((node) => {
      const watch = (bound: number, what: string) =>
        createStopwatch(world, bound, (since) => {
          const text = `node ${node.index} ${what} group ${group} since ${since / 1e6} s`;
          throw new Violation('held-iff-leading', scheduler.now, text);
        });
      return {
        without: watch(addressWork, 'leads without the addresses of'),
        refused: watch(addressRetry, 'leads without the addresses, refused before, of'),
        unduly: watch(addressWork, 'holds the addresses without leading'),
      };
    });
  });
  return {
    changed(group) {
      for (const node of nodes) {
        const { without, refused, unduly } = watches[group]![node.index]!;
        const { held, refusals } = node.holdings[group]!;
        const lacks = isActive(node, group) && !held && !node.refusesAddresses;
        without.set(lacks && refusals === 0);
        refused.set(lacks && refusals > 0);
        unduly.set(holdsUnduly(node, group));
      }
    },
  };
}

/** A process that is dead or stopped can let go of nothing: that is what the lease is for, and it is watched as well. */
function holdsUnduly(node: Node, group: number): boolean {
  return isAwake(node) && node.holdings[group]!.held && !isActive(node, group);
}
