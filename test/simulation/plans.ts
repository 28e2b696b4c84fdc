import type { GroupPlan, World } from './model.js';
import type { Options } from './options.js';
import type { Random } from './random.js';

/** A group by chance: members, priorities, version and preemption. */
export function randomPlan(random: Random, options: Options, index: number): GroupPlan {
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
    priorities: randomPriorities(random, membersOf(random, options.nodes)),
  };
}

/** The same group with other members, priorities, or another interval. */
export function changePlan(world: World, plan: GroupPlan): GroupPlan {
  const { random, options } = world;
  const changed = { ...plan, revision: plan.revision + 1 };
  switch (random.whole(0, 2)) {
    case 0:
      return { ...changed, priorities: randomPriorities(random, membersOf(random, options.nodes)) };
    case 1:
      return { ...changed, priorities: randomPriorities(random, [...plan.priorities.keys()]) };
    default:
      return plan.version === 2 ? changed : { ...changed, interval: random.pick(options.intervals) };
  }
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
