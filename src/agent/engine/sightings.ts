/** Telling of whoever should not be there: at once, then once a minute while it goes on. */
import type { Micros } from '../../core/time.js';
import type { Member } from './member.js';
import type { EngineEvent, Sighting } from './messages.js';

/** Offenders remembered per group; beyond that a forger with many addresses is only counted. */
const sightingsPerGroup = 16;
/** An offender that goes on is reported again after this long. */
const sightingInterval: Micros = 60_000_000;

type Seen = Pick<Sighting, 'kind' | 'offender' | 'address' | 'held'>;

/** Posts a sighting unless the same was posted a moment ago. */
export function sight(post: (event: EngineEvent) => void, member: Member, seen: Seen, now: Micros): void {
  const key = `${seen.kind} ${seen.offender} ${seen.address ?? ''}`;
  const reported = member.sighted.get(key);
  if (reported === undefined ? member.sighted.size >= sightingsPerGroup : now - reported < sightingInterval) return;
  member.sighted.set(key, now);
  const { name: group, virtualRouterId } = member.config;
  post({ type: 'sighting', group, ...seen, virtualRouterId, interface: member.seat?.nic.link.name ?? '' });
}
