/** Telling of whoever should not be there: at once, then once a minute while it goes on; of a stranger also when it proves to last. */
import type { Micros } from '../../../core/time.js';
import type { EngineEvent, Sighting } from '../messages.js';
import type { Member, Offence } from './member.js';

/** Offenders remembered per group; beyond that a forger with many addresses is only counted. */
const sightingsPerGroup = 16;
/** An offender that goes on is reported again after this long. */
const sightingInterval: Micros = 60_000_000;
/** Longer than this between two frames, and it is a new offence: three adverts of the longest interval of version 3. */
const longestGap: Micros = 123_000_000;
/**
 * A stranger lasts when there were three frames in this time. One stray frame is somebody who is being set up; and a member whose
 * address has just changed looks like a stranger until the others are told, which takes a second. While no member is known to lead, one
 * frame is enough: leaving costs nothing yet, and once one leads, its adverts may silence the stranger, which then never lasts.
 */
const lastingAfter: Micros = 5_000_000;
const lastingFrames = 3;

/** What was seen of whom, wherever the group is. */
export type Seen = Omit<Sighting, 'type' | 'group' | 'virtualRouterId' | 'interface'>;

/** Posts a sighting unless the same was posted a moment ago. */
export function reportSighting(post: (event: EngineEvent) => void, member: Member, seen: Seen, now: Micros): void {
  const { sighted } = member;
  const key = `${seen.kind} ${seen.offender} ${seen.address ?? seen.fault ?? seen.setting ?? ''}`;
  const known = sighted.get(key);
  const goesOn = known !== undefined && now - known.last <= longestGap;
  if (!goesOn && !hasRoom(sighted, key, now)) return;
  const offence = goesOn
    ? known
    : { since: now, last: now, frames: 0, reported: now - sightingInterval, lasting: false };
  sighted.set(key, offence);
  offence.last = now;
  offence.frames++;
  const lasts = offence.frames >= lastingFrames && now - offence.since >= lastingAfter;
  const proven = !offence.lasting && seen.kind === 'stranger' && (lasts || isUnled(member));
  offence.lasting ||= proven;
  if (seen.kind === 'other-settings' && !lasts) return; // members hear of a change at different times
  if (!proven && now - offence.reported < sightingInterval) return;
  offence.reported = now;
  const { name: group, virtualRouterId } = member.config;
  const lasting = offence.lasting ? { lasting: true } : {};
  post({
    type: 'sighting',
    group,
    ...seen,
    ...lasting,
    virtualRouterId,
    interface: member.phase.binding?.nic.link.name ?? '',
  });
}

function isUnled({ phase: { binding } }: Member): boolean {
  return binding?.router.state === 'Backup' && binding.router.activeSource === undefined;
}

function hasRoom(sighted: Map<string, Offence>, key: string, now: Micros): boolean {
  if (sighted.size >= sightingsPerGroup) {
    for (const [other, { last }] of sighted) if (now - last > longestGap) sighted.delete(other);
  }
  return sighted.size < sightingsPerGroup || sighted.has(key);
}
