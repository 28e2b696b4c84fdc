/**
 * New addresses gathered in few groups. In a large cluster a group has only some of the nodes, and each reads what is written of its groups
 * alone: the fewer groups are written for the addresses that come together, the less. Where every node is in every group it makes no
 * difference to them, and the addresses are spread as evenly as they can be.
 */
import type { Demand } from './group.js';
import { memberLimit } from './members.js';

/** How far apart groups may come to be by it: by two addresses, or a quarter of what is in a group on average. */
const slack = { least: 2, share: 1 / 4 } as const;

/** Whether groups have only some of the nodes. */
export function isSelective({ nodes, members }: Pick<Demand, 'nodes' | 'members'>): boolean {
  return nodes.length > memberLimit(members);
}

/**
 * How many groups are to get the addresses that come: as few as leave the load even, but for the slack.
 *
 * @param loads how many addresses each group has that may get some, in ascending order
 * @param count how many come, at least 1
 * @param most how many addresses a group can have
 * @returns 1 to the number of groups: the first so many get them; 0 where there is none
 */
export function fewestFor(loads: readonly number[], count: number, most: number): number {
  const all = loads.reduce((sum, load) => sum + load, count);
  const allowed = Math.max(slack.least, Math.floor((slack.share * all) / loads.length));
  let filled = count;
  for (const [at, load] of loads.entries()) {
    filled += load;
    const top = Math.ceil(filled / (at + 1));
    const next = loads[at + 1];
    if (next === undefined || (top <= most && top - next <= allowed)) return at + 1;
  }
  return 0;
}
