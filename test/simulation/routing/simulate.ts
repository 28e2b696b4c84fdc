import { step as bfdStep } from '../../../src/core/bfd/session.js';
import { emptyTable, step } from '../../../src/core/bgp/session.js';
import type { Micros } from '../../../src/core/time.js';
import { Violation } from '../checkers/checker.js';
import { createRandom, type Random } from '../random.js';
import { createScheduler } from '../scheduler.js';
import type { Link, Node, RoutingOptions, RoutingWorld } from './model.js';
import { plague } from './plague.js';

const minute: Micros = 60_000_000;
/** Virtual time of one world. */
const worldLength: Micros = 40 * minute;

/** Other cores than the right ones, for the nodes. */
export interface Cores {
  readonly step?: typeof step;
  readonly bfdStep?: typeof bfdStep;
}

/** What became of one world. */
export interface RoutingResult {
  readonly seed: string;
  readonly options: RoutingOptions;
  readonly sessionHours: number;
  readonly events: number;
  /** What happened, and how often something was judged. */
  readonly counts: ReadonlyMap<string, number>;
  readonly violation: Violation | undefined;
}

/** Lets nodes and routers live, with everything about it decided by the seed. */
export function simulateRouting(
  seed: string,
  o: Cores & { readonly trace?: RoutingWorld['trace'] } = {},
): RoutingResult {
  const random = createRandom(seed);
  const options = randomOptions(random);
  const world = createRoutingWorld(options, random, o);
  let violation: Violation | undefined;
  try {
    plague(world, worldLength);
    world.scheduler.runUntil(worldLength);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  const { now, count } = world.scheduler;
  const sessionHours = (now / (60 * minute)) * world.links.length;
  return { seed, options, sessionHours, events: count, counts: world.counts, violation };
}

/** Lives worlds `seed/0`, `seed/1` … until `isEnough` says so, or a property is violated in the last one. */
export function simulateRoutingWorlds(
  seed: string,
  isEnough: (worlds: number, sessionHours: number) => boolean,
  cores: Cores = {},
): { readonly results: readonly RoutingResult[]; readonly failed: RoutingResult | undefined } {
  const results: RoutingResult[] = [];
  let hours = 0;
  while (!isEnough(results.length, hours)) {
    const result = simulateRouting(`${seed}/${results.length}`, cores);
    results.push(result);
    hours += result.sessionHours;
    if (result.violation) return { results, failed: result };
  }
  return { results, failed: undefined };
}

/** What happened in many worlds. */
export function sumOfCounts(results: readonly RoutingResult[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const { counts } of results) for (const [key, value] of counts) sum.set(key, (sum.get(key) ?? 0) + value);
  return sum;
}

function randomOptions(random: Random): RoutingOptions {
  const interval = random.pick([50_000, 300_000, 300_000, 1_000_000]);
  return {
    nodes: random.whole(1, 3),
    routers: random.whole(1, 2),
    holdTime: random.pick([9, 9, 30, 90]),
    restartTime: random.pick([30, 60, 120]),
    bfd: random.chance(0.7) ? { desiredMinTx: interval, requiredMinRx: interval, detectMult: 3 } : undefined,
    latency: random.magnitude(100, 10_000),
    gatherFor: random.pick([0, 0, 10_000, 50_000]),
    passiveRouters: random.chance(0.5),
    bfdEndsStale: random.chance(0.5),
    prefixes: random.whole(1, 12),
  };
}

function createRoutingWorld(
  options: RoutingOptions,
  random: Random,
  o: Cores & { readonly trace?: RoutingWorld['trace'] },
): RoutingWorld {
  const nodes = Array.from({ length: options.nodes }, (_, index): Node => createNode(index));
  const links = nodes.flatMap(({ index: node }) =>
    Array.from({ length: options.routers }, (_, router): Link => createLink(node, router)),
  );
  return {
    options,
    random,
    scheduler: createScheduler(),
    nodes,
    links,
    step: o.step ?? step,
    bfdStep: o.bfdStep ?? bfdStep,
    trace: o.trace,
    counts: new Map(),
  };
}

function createNode(index: number): Node {
  return {
    index,
    wanted: emptyTable,
    inService: true,
    told: false,
    changedAt: 0,
    lifeAt: 0,
    life: 'away',
    busy: false,
    draining: undefined,
    restarting: false,
  };
}

function createLink(node: number, router: number): Link {
  return {
    node,
    router,
    ends: [undefined, undefined],
    pipes: new Set(),
    rib: { routes: new Map(), framings: new Map(), generation: 0 },
    blocked: 'no',
    loss: 0,
    disturbed: false,
    disturbedAt: 0,
    healedAt: 80_000_000,
  };
}
