/**
 * Whoever should not be there, as the log and the agent's own status have it: the log once for as long as it goes on, the status while it
 * does.
 */
import type { VipGroup } from '../../api/vip-group.js';
import { rankMembers } from '../../core/tracking/last-resort.js';
import type { Logger } from '../../platform/observability/log.js';
import type { MemberReport, Sighting } from '../engine/messages.js';
import { sightingLastsMs, sightingText } from './member-status.js';

const titles: Readonly<Record<Sighting['kind'], string>> = {
  stranger: 'foreign advert',
  'own-address': 'adverts from our own address',
  'same-priority': 'another member has our priority',
  'address-conflict': 'address conflict',
  unauthenticated: 'advert not authentic',
  'other-settings': 'a member has other settings',
};

export interface Sightings {
  /** Logs it unless that was done and it goes on. */
  hear(sighting: Sighting): void;
  /** What is being seen and concerns the group as it is now, each in a sentence. */
  notes(report: MemberReport, group: VipGroup): readonly string[];
  forget(group: string): void;
}

/** @param nowMs a monotonic clock, in milliseconds */
export function createSightings(log: Pick<Logger, 'warn'>, nowMs: () => number): Sightings {
  const seen = new Map<string, { readonly sighting: Sighting; readonly text: string; last: number }>();

  function prune(): void {
    for (const [key, { last }] of seen) if (nowMs() - last >= sightingLastsMs) seen.delete(key);
  }

  return {
    hear(sighting) {
      prune();
      const text = sightingText(sighting);
      const { group, offender } = sighting;
      const key = `${group} ${text}`;
      if (!seen.has(key)) log.warn(titles[sighting.kind], { group, offender, explanation: text });
      seen.set(key, { sighting, text, last: nowMs() });
    },
    notes(report, group) {
      prune();
      const ofGroup = [...seen.values()].filter(({ sighting }) => sighting.group === report.group);
      return ofGroup.filter(({ sighting }) => isCurrent(sighting, report, group)).map(({ text }) => text);
    },
    forget(group) {
      for (const [key, { sighting }] of seen) if (sighting.group === group) seen.delete(key);
    },
  };
}

/** Not what has been put right since: the address was taken after all, or the stranger is a member now. */
function isCurrent(sighting: Sighting, { held }: MemberReport, { spec }: VipGroup): boolean {
  if (sighting.virtualRouterId !== spec.vrrp?.virtualRouterId) return false;
  if (sighting.kind === 'address-conflict') return sighting.held === held.includes(sighting.address ?? '');
  return sighting.kind !== 'stranger' || !spec.members.some(({ address }) => address === sighting.offender);
}

/**
 * The sighting with the member that a stranger probably is: one whose priority its adverts have, and from whose address nothing was
 * heard. @param file where the group stands, if in a file
 */
export function withSuspect(sighting: Sighting, group: VipGroup, node: string, file: string | undefined): Sighting {
  const { kind, priority, unheard = [] } = sighting;
  if (kind !== 'stranger' || priority === undefined) return sighting;
  const { priorities } = rankMembers(group.spec.members);
  const index = group.spec.members.findIndex(
    (member) =>
      member.node !== node &&
      member.address !== undefined &&
      unheard.includes(member.address) &&
      (member.priority === priority || priorities.get(member.node) === priority),
  );
  const member = group.spec.members[index];
  if (member?.address === undefined) return sighting;
  const field = `spec.members[${index}].address ${file === undefined ? `of VipGroup ${group.metadata.name}` : `in ${file}`}`;
  return { ...sighting, suspect: { node: member.node, address: member.address, field } };
}
