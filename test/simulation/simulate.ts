import type { Micros } from '../../src/core/time.js';
import { Violation } from './checkers/checker.js';
import { plague } from './faults.js';
import type { World } from './model.js';
import { type Options, randomOptions } from './options.js';
import { createRandom } from './random.js';
import { createWorld } from './world.js';

const minute: Micros = 60_000_000;
/** Virtual time of one world. */
export const worldLength: Micros = 30 * minute;

/** What became of one world. */
export interface WorldResult {
  readonly seed: string;
  readonly options: Options;
  readonly nodeHours: number;
  readonly events: number;
  /** How often routers left a state, by reason. */
  readonly transitions: ReadonlyMap<string, number>;
  readonly violation: Violation | undefined;
}

/** Lets a world live, with everything about it decided by the seed. */
export function simulateWorld(
  seed: string,
  o: { readonly step?: World['step']; readonly trace?: World['trace'] } = {},
): WorldResult {
  const random = createRandom(seed);
  const options = randomOptions(random);
  const world = createWorld({ options, random, ...o });
  let violation: Violation | undefined;
  try {
    plague(world, worldLength);
    world.scheduler.runUntil(worldLength);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  const { now, count } = world.scheduler;
  const nodeHours = (now / (60 * minute)) * options.nodes;
  return { seed, options, nodeHours, events: count, transitions: world.transitions, violation };
}

/** What became of many worlds, up to the first violation. */
export interface Summary {
  readonly worlds: number;
  readonly nodeHours: number;
  readonly events: number;
  readonly transitions: ReadonlyMap<string, number>;
  readonly failed: WorldResult | undefined;
}

/** Simulates worlds `seed/0`, `seed/1` … until `isEnough` says so or a property is violated. */
export function simulate(
  seed: string,
  isEnough: (summary: Summary) => boolean,
  o: { step?: World['step'] } = {},
): Summary {
  let summary: Summary = { worlds: 0, nodeHours: 0, events: 0, transitions: new Map(), failed: undefined };
  while (!summary.failed && !isEnough(summary)) {
    const result = simulateWorld(`${seed}/${summary.worlds}`, o);
    summary = {
      worlds: summary.worlds + 1,
      nodeHours: summary.nodeHours + result.nodeHours,
      events: summary.events + result.events,
      transitions: sum(summary.transitions, result.transitions),
      failed: result.violation && result,
    };
  }
  return summary;
}

function sum(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const both = new Map(a);
  for (const [key, value] of b) both.set(key, (both.get(key) ?? 0) + value);
  return both;
}
