import type { GroupPlan, World } from './model.js';
import type { Options } from './options.js';
import type { Random } from './random.js';

/**
 * A group by chance: members, priorities, version and preemption.
 *
 * @param other chance for what came later than the seeds that are kept, so that they stay the worlds that they were
 */
export function randomPlan(random: Random, options: Options, index: number, other: Random): GroupPlan {
  const preempt = random.chance(0.3);
  const isOld = random.chance(0.1);
  return {
    index,
    revision: 0,
    version: isOld ? 2 : 3,
    family: isOld || random.chance(0.5) ? 4 : 6,
    interval: isOld ? 1_000_000 : random.pick(options.intervals),
    preempt,
    preemptDelay: preempt && random.chance(0.5) ? random.between(0, options.preemptDelay) : 0,
    fast: other.chance(0.1) ? { interval: other.pick([50_000, 100_000]), multiplier: other.whole(2, 5) } : undefined,
    priorities: randomPriorities(random, membersOf(random, options.nodes)),
    lastResort: new Set(),
  };
}

/** The same group with other members, priorities, members of last resort, or another interval. */
export function changePlan(world: World, plan: GroupPlan): GroupPlan {
  const { random, options } = world;
  const changed = { ...plan, revision: plan.revision + 1 };
  switch (random.whole(0, 3)) {
    case 0:
      return withPriorities(changed, randomPriorities(random, membersOf(random, options.nodes)));
    case 1:
      return withPriorities(changed, randomPriorities(random, [...plan.priorities.keys()]));
    case 2:
      return withLastResort(changed, new Set([...plan.priorities.keys()].filter(() => random.chance(0.4))));
    default:
      return plan.version === 2 ? changed : { ...changed, interval: random.pick(options.intervals) };
  }
}

function withPriorities(plan: GroupPlan, priorities: ReadonlyMap<number, number>): GroupPlan {
  return withLastResort({ ...plan, priorities }, new Set([...plan.lastResort].filter((node) => priorities.has(node))));
}

/** The controller gives no two members one priority, and nobody that of an owner: where chance did, nobody is of last resort. */
function withLastResort(plan: GroupPlan, lastResort: ReadonlySet<number>): GroupPlan {
  const given = [...plan.priorities.values()];
  const isPlaced = new Set(given).size === given.length && !given.includes(255);
  return { ...plan, lastResort: isPlaced ? lastResort : new Set() };
}

/** All nodes, or all but a few. */
function membersOf(random: Random, nodes: number): number[] {
  const all = random.shuffled(Array.from({ length: nodes }, (_, index) => index));
  return random.chance(0.6) ? all : all.slice(0, random.whole(1, nodes));
}

/** As the controller gives them (254, 234, 214 …), or anything, equal ones and an owner included. */
function randomPriorities(random: Random, members: readonly number[]): ReadonlyMap<number, number> {
  const ranked = random.shuffled(members);
  const isPlaced = random.chance(0.7);
  return new Map(ranked.map((node, rank) => [node, isPlaced ? 254 - 20 * rank : random.whole(1, 255)]));
}
