import { type Micros, never } from '../../../src/core/time.js';
import { peersPatience, skewTime } from '../../../src/core/vrrp/timers.js';
import { isActive, type World } from '../model.js';
import { type Checker, Violation } from './checker.js';

/**
 * An Active that was stopped for longer than its peers wait claims nothing before it has listened: for three of its intervals,
 * or of those of an Active that it heard, or for a skew after one gave up with priority 0.
 */
export function createWokenListensChecker(world: World): Checker {
  const { scheduler, nodes, plans } = world;
  const silentUntil: Micros[][] = nodes.map(() => plans.map(() => -never));
  const wokeAt: Micros[] = nodes.map(() => -never);
  return {
    waking(index, since) {
      const node = nodes[index]!;
      wokeAt[index] = scheduler.now;
      for (const group of plans.keys()) {
        const router = node.seats[group]?.router;
        if (!router || !isActive(node, group)) continue;
        const { version, advertisementInterval: interval } = router.config;
        // Its next advert was due within an interval of the pause's beginning. Its clock may be slow.
        const asleep = (scheduler.now - since) * node.clockRate - interval;
        if (asleep <= peersPatience(version, interval)) continue;
        silentUntil[index]![group] = scheduler.now + (3 * interval) / node.clockRate;
      }
    },
    heard(index, group, heardPriority) {
      const node = nodes[index]!;
      const router = node.seats[group]?.router;
      if (!router || scheduler.now >= silentUntil[index]![group]!) return;
      const { version, priority } = router.config;
      const wait = heardPriority === 0 ? skewTime(version, priority, router.activeInterval) : 3 * router.activeInterval;
      silentUntil[index]![group] = Math.min(silentUntil[index]![group]!, scheduler.now + wait / node.clockRate);
    },
    configured(index, group) {
      const node = nodes[index]!;
      const interval = node.seats[group]?.router.config.advertisementInterval ?? 0;
      const end = wokeAt[index]! + (3 * interval) / node.clockRate;
      silentUntil[index]![group] = Math.min(silentUntil[index]![group]!, end);
    },
    changed(group) {
      // Whoever lost its link meanwhile begins anew when it comes back: an owner at once.
      for (const node of nodes) {
        if (node.seats[group]?.router.state === 'Initialize') silentUntil[node.index]![group] = -never;
      }
    },
    started(node, group) {
      silentUntil[node]![group] = -never;
    },
    sent(node, group, priority) {
      if (priority === 0 || scheduler.now >= silentUntil[node]![group]! - 1) return;
      const text = `node ${node} woke and claims group ${group} before it has listened`;
      throw new Violation('woken-listens', scheduler.now, text);
    },
  };
}
