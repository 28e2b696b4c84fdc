import { type Micros, never } from '../../../src/core/time.js';
import { peersPatience, skewTime } from '../../../src/core/vrrp/timers.js';
import type { VirtualRouter } from '../../../src/core/vrrp/virtual-router.js';
import { isActive, type Node, type World } from '../model.js';
import { type Checker, Violation } from './checker.js';

/** What a router that woke has done so far, by its own clock. */
interface Woken {
  readonly at: Micros;
  /** When an Active that it heard would have been silent for three of its intervals, the earliest; `never` if it heard none. */
  silentAt: Micros;
  /** When one first gave up; `never` if none did. */
  gaveUpAt: Micros;
}

/**
 * An Active that was stopped for longer than its peers wait claims nothing before it has listened: for three of its intervals,
 * or of those of an Active that it heard, or for a skew after one gave up with priority 0.
 */
export function createWokenListensChecker(world: World): Checker {
  const { scheduler, nodes, plans } = world;
  const woken: (Woken | undefined)[][] = nodes.map(() => plans.map(() => undefined));
  const time = (node: Node) => scheduler.now * node.clockRate;
  return {
    waking(index, since) {
      const node = nodes[index]!;
      for (const group of plans.keys()) {
        const router = node.seats[group]?.router;
        if (!router || !isActive(node, group)) continue;
        const { version, advertisementInterval: interval } = router.config;
        // Its next advert was due within an interval of the pause's beginning.
        const late = time(node) - since * node.clockRate - interval;
        if (late > peersPatience(version, interval)) {
          woken[index]![group] = { at: time(node), silentAt: never, gaveUpAt: never };
        }
      }
    },
    heard(index, group, priority) {
      const node = nodes[index]!;
      const router = node.seats[group]?.router;
      const since = woken[index]![group];
      if (!router || !since) return;
      // Who gives up says so several times; it counts from the first.
      if (priority === 0) since.gaveUpAt = Math.min(since.gaveUpAt, time(node));
      else since.silentAt = Math.min(since.silentAt, time(node) + 3 * router.activeInterval);
    },
    gone(index, group) {
      const since = woken[index]![group];
      if (since) since.gaveUpAt = Math.min(since.gaveUpAt, time(nodes[index]!));
    },
    changed(group) {
      // Whoever lost its link or left meanwhile begins anew: an owner leads at once.
      for (const node of nodes) {
        if (node.seats[group]?.router.state !== 'Backup') woken[node.index]![group] = undefined;
      }
    },
    sent(index, group, priority) {
      const node = nodes[index]!;
      const since = woken[index]![group];
      if (priority === 0 || !since) return;
      if (time(node) >= mayClaimAt(since, node.seats[group]!.router) - 1) return;
      const text = `node ${node.index} woke and claims group ${group} before it has listened`;
      throw new Violation('woken-listens', scheduler.now, text);
    },
  };
}

/** The earliest of what may end the silence, by the configuration that the router has by now. */
function mayClaimAt(
  { at, silentAt, gaveUpAt }: Woken,
  { config, activeInterval, takeOverReason }: VirtualRouter,
): Micros {
  const skew = skewTime(config.version, config.priority, activeInterval);
  const least = takeOverReason === 'peer-lost' ? 0 : skew; // of whatever length it is
  return Math.min(at + 3 * config.advertisementInterval, silentAt, gaveUpAt + least);
}
