import { lease } from '../addresses.js';
import { isAwake, type World } from '../model.js';
import { type Checker, createStopwatch, Violation } from './checker.js';

/** A dead or stopped agent's addresses are gone when their lease is, without anybody's help. */
export function createLeaseChecker(world: World): Checker {
  const { scheduler, nodes, plans } = world;
  const watches = plans.map((_plan, group) =>
    nodes.map((node) =>
      createStopwatch(world, lease + 1, (since) => {
        const text = `node ${node.index} holds group ${group} although its agent is gone since ${since / 1e6} s`;
        throw new Violation('lease', scheduler.now, text);
      }),
    ),
  );
  return {
    changed(group) {
      for (const node of nodes) watches[group]![node.index]!.set(node.holdings[group]!.held && !isAwake(node));
    },
  };
}
