import type { Micros } from '../../../src/core/time.js';
import { boundsOf } from '../bounds.js';
import { isAwake, type Node, type World } from '../model.js';
import { type Checker, createStopwatch, Violation } from './checker.js';

/**
 * Two nodes that hear and believe each other do not both hold a group's addresses for longer than it takes to settle. Each
 * lost frame between them starts the time again: with it lost, they did not hear each other. So does each change of their
 * states: a successor that hands back at once begins another exchange.
 */
export function createTwoHoldersChecker(world: World): Checker {
  const { scheduler, nodes, plans } = world;
  const pairs = nodes.flatMap((a) => nodes.slice(a.index + 1).map((b): readonly [Node, Node] => [a, b]));
  const index = (a: number, b: number) => pairs.findIndex(([first, second]) => first.index === a && second.index === b);
  const pairOf = nodes.map((a) => nodes.map((b) => index(Math.min(a.index, b.index), Math.max(a.index, b.index))));
  const watches = plans.map((plan, group) => {
    const { twoHolders, twoLeavers } = boundsOf(world, plan);
    return pairs.map(([a, b]) => {
      const watch = (bound: Micros) =>
        createStopwatch(world, bound, (since) => {
          const text = `nodes ${a.index} and ${b.index} both hold group ${group} since ${since / 1e6} s`;
          throw new Violation('two-holders', scheduler.now, text);
        });
      return { settling: watch(twoHolders), leaving: watch(twoLeavers), states: '' };
    });
  });
  const restart = (group: number, pair: number) => {
    const { settling, leaving } = watches[group]![pair]!;
    settling.restart();
    leaving.restart();
  };
  return {
    changed(group) {
      pairs.forEach(([a, b], pair) => {
        const watched = watches[group]![pair]!;
        const { settling, leaving } = watched;
        const states = `${a.seats[group]?.router.state} ${b.seats[group]?.router.state}`;
        if (states !== watched.states) restart(group, pair);
        watched.states = states;
        const isDouble = holds(a, group) && holds(b, group) && hear(world, a, b, group);
        const areLeaving = isLeaving(a, group) && isLeaving(b, group);
        settling.set(isDouble && !areLeaving);
        leaving.set(isDouble && areLeaving);
      });
    },
    configured(node, group) {
      for (const other of nodes) if (other.index !== node) restart(group, pairOf[node]![other.index]!);
    },
    lost(from, to) {
      const pair = pairOf[from]![to]!;
      for (const group of plans.keys()) restart(group, pair);
    },
  };
}

function holds(node: Node, group: number): boolean {
  return node.holdings[group]!.held && node.seats[group] !== undefined;
}

function isLeaving(node: Node, group: number): boolean {
  return node.seats[group]?.router.leaving !== undefined;
}

function hear(world: World, a: Node, b: Node, group: number): boolean {
  return (
    [a, b].every((node) => isAwake(node) && node.linkUp) &&
    !world.cuts[a.index]![b.index] &&
    !world.cuts[b.index]![a.index] &&
    believes(a, b, group) &&
    believes(b, a, group)
  );
}

function believes(node: Node, other: Node, group: number): boolean {
  const reception = node.seats[group]?.reception;
  return reception?.members?.includes(other.sources[reception.family]) === true;
}
