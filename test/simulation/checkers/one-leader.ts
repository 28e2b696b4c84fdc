import { boundsOf } from '../bounds.js';
import { isActive, isHealthy, type World } from '../model.js';
import { type Checker, Violation } from './checker.js';

/** Once the network is whole, each group with a member has exactly one leader within the bound, none of last resort if there is another, and keeps it. */
export function createOneLeaderChecker(world: World): Checker {
  const { scheduler, nodes, plans } = world;
  const leaders: (number | undefined)[] = plans.map(() => undefined);
  const isSettled = plans.map(() => false);
  let storms = 0;

  function check(group: number): void {
    if (!nodes.some((node) => isHealthy(node, group))) return;
    const active = nodes.filter((node) => isActive(node, group)).map((node) => node.index);
    const former = leaders[group];
    if (active.length === 1 && (former === undefined || former === active[0])) {
      leaders[group] = active[0];
      if (former === undefined) checkRank(group, active[0]!);
      return;
    }
    const who = active.length === 0 ? 'nobody' : `node ${active.join(' and node ')}`;
    const before = former === undefined ? '' : `, node ${former} did`;
    throw new Violation('one-leader', scheduler.now, `${who} leads group ${group} of a network that is whole${before}`);
  }

  function checkRank(group: number, leader: number): void {
    const { priorities, lastResort } = plans[group]!;
    const others = nodes.filter(({ index }) => priorities.has(index) && !lastResort.has(index));
    if (!lastResort.has(leader) || !others.some((node) => isHealthy(node, group))) return;
    throw new Violation(
      'one-leader',
      scheduler.now,
      `node ${leader} of last resort leads group ${group} beside others`,
    );
  }

  return {
    healed() {
      const storm = storms;
      for (const [group, plan] of plans.entries()) {
        const settle = () => {
          if (storm !== storms) return;
          isSettled[group] = true;
          check(group);
        };
        scheduler.plan(scheduler.now + boundsOf(world, plan).convergence, settle, undefined);
      }
    },
    disturbed() {
      storms += 1;
      isSettled.fill(false);
      leaders.fill(undefined);
    },
    changed(group) {
      if (isSettled[group]) check(group);
    },
  };
}
