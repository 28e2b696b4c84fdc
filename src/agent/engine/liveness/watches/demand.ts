/** What members demand of the watch of their leader. */
import { type Demand, demandOf, type Followed, isWorthWatching } from '../../../../core/liveness/demand.js';
import { addressKey } from '../../address-key.js';
import type { Member } from '../../election/member.js';

export function demandOfMember(member: Member): Demand {
  return demandOf(followed(member));
}

/** Whether watching is wanted, and finds a dead leader sooner than the absence of its adverts. */
export function isWatchable(member: Member): boolean {
  return member.config.asksLeader !== false && isWorthWatching(followed(member));
}

/** What one watch serves: the leader, the way to it, and the patience. */
export function watchKey(member: Member, source: Uint8Array): string {
  const { nic, source: local } = member.phase.binding!;
  const { limit, askEvery } = demandOfMember(member).patience;
  return `${nic.index} ${nic.link.name} ${askEvery} ${limit} ${addressKey(local)} ${addressKey(source)}`;
}

function followed({ config, phase: { binding } }: Member): Followed {
  return {
    version: config.version,
    activeInterval: binding!.router.activeInterval,
    fast: config.fastDetection,
  };
}
