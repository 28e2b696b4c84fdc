/** Whether the engines of other members live: this one answers for itself, and watches those whom its Backups follow. */
import type { Micros } from '../../../core/time.js';
import { equalOctets } from '../../../core/wire/octets.js';
import type { Member } from '../election/member.js';
import type { LivenessEffect } from './effects.js';
import { createReflectors, type Place } from './reflectors.js';
import { createWatches } from './watches.js';

export interface Liveness {
  /** An advert of the leader that counts was heard for a group. */
  heard(member: Member, source: Uint8Array, now: Micros): void;
  /** Judges a leader anew, once the adverts that waited have been read. */
  judge(peer: string): readonly LivenessEffect[];
  /** Groups may be bound to other NICs or addresses than before. */
  rebound(now: Micros): void;
  work(now: Micros): readonly LivenessEffect[];
  deadline(): Micros;
}

export function createLiveness(
  o: Parameters<typeof createWatches>[0] & { readonly members: ReadonlyMap<string, Member> },
): Liveness {
  const reflectors = createReflectors({
    ...o,
    isFollowedBy: (place, address) => isFollowedBy(o.members, place, address),
  });
  const watches = createWatches(o);
  return {
    heard: watches.heard,
    judge: watches.judge,
    rebound: (now) => reflectors.keep(places(o.members), now),
    work(now) {
      reflectors.work(now);
      return watches.work();
    },
    deadline: () => Math.min(reflectors.deadline(), watches.deadline()),
  };
}

function* places(members: ReadonlyMap<string, Member>): Iterable<Place> {
  for (const {
    config,
    phase: { binding },
  } of members.values()) {
    if (binding === undefined || config.asksLeader === false) continue;
    const { nic, source } = binding;
    yield { nic: { index: nic.index, name: nic.link.name }, address: source };
  }
}

/** Whether a member of a group that is led from there, where adverts of that group are sent, has that address. */
function isFollowedBy(members: ReadonlyMap<string, Member>, { nic, address }: Place, peer: Uint8Array): boolean {
  for (const {
    config,
    phase: { binding },
  } of members.values()) {
    if (binding?.router.state !== 'Active' || config.asksLeader === false) continue;
    const isThere = binding.nic.index === nic.index && equalOctets(binding.source, address);
    if (isThere && config.peers.some((each) => equalOctets(each, peer))) return true;
  }
  return false;
}
