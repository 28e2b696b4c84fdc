import type { Micros } from '../../src/core/time.js';
import { changed } from './checkers/checker.js';
import { type Holding, isAwake, type Node, type World } from './model.js';

/** The kernel takes an address away when nobody has renewed it for this long. */
export const lease: Micros = 2_500_000;
const firstBackoff: Micros = 100_000;
export const longestBackoff: Micros = 10_000_000;

interface Work {
  readonly world: World;
  readonly node: Node;
  readonly group: number;
  readonly holding: Holding;
  readonly turn: number;
  readonly life: number;
}

/** Puts a group's address in place, or takes it away: soon, slowly, or after refusals that are met with ever longer patience. */
export function want(world: World, node: Node, group: number, wanted: boolean): void {
  const holding = node.holdings[group]!;
  if (holding.wanted === wanted) return;
  holding.wanted = wanted;
  holding.turn += 1;
  holding.refusals = 0;
  const work = { world, node, group, holding, turn: holding.turn, life: node.life };
  const { options, random, scheduler, stormy } = world;
  const slowness = stormy ? random.between(0, options.faults.addressSlowness) : 0;
  if (slowness === 0) perform(work);
  else scheduler.plan(scheduler.now + slowness, perform, work);
}

/** The lease of every address of a node runs out: its agent is dead or stopped. */
export function expire(world: World, node: Node): void {
  node.holdings.forEach((holding, group) => {
    if (!holding.held) return;
    holding.held = false;
    changed(world, group);
  });
}

/** What an agent that slept does about addresses: it puts back what ran out and is still wanted, and ends what it had begun. */
export function putRight(world: World, node: Node): void {
  node.holdings.forEach((holding, group) => {
    if (holding.wanted === holding.held) return;
    holding.turn += 1;
    perform({ world, node, group, holding, turn: holding.turn, life: node.life });
  });
}

/** What an agent does first of all: it removes what an earlier life left behind. */
export function removeLeftovers(world: World, node: Node): void {
  for (const holding of node.holdings) {
    holding.wanted = false;
    holding.turn += 1;
  }
  expire(world, node);
}

function perform(work: Work): void {
  const { world, node, group, holding } = work;
  if (holding.turn !== work.turn || node.life !== work.life || !isAwake(node)) return;
  if (holding.wanted && node.refusesAddresses) {
    const backoff = Math.min(firstBackoff * 2 ** holding.refusals, longestBackoff);
    holding.refusals += 1;
    world.scheduler.plan(world.scheduler.now + backoff, perform, work);
    return;
  }
  if (holding.held === holding.wanted) return;
  holding.held = holding.wanted;
  changed(world, group);
}
