/** What a VipGroup says of agents that nobody hears of is not to be shown: pure. For whoever shows it, or corrects it. */
import { formerMember, keptFormerMembers } from './former-members.js';
import { type FormerMember, seerOf, type VipGroup, type VipGroupStatus } from './vip-group.js';

/** Why nobody knows what an agent does. */
export interface Silence {
  /** `Ended`: it said so itself. `NoHeartbeat`: its Lease is not renewed. `NeverHeard`: it has none. */
  readonly reason: 'Ended' | 'NoHeartbeat' | 'NeverHeard';
  /** When it was heard of last by its own clock, or when listening for it began; in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** `VipGroup.status.reason` of a group whose holder is not shown any more, because its agent is silent. */
export const agentSilent = 'agent-silent';

type Member = NonNullable<VipGroupStatus['members']>[number];

/**
 * The status without what nobody vouches for: a silent member is `Lost`, a silent holder holds no more, and what only silent agents saw
 * is gone. The same object when there is nothing to take back.
 */
export function withoutSilent(
  spec: VipGroup['spec'],
  status: VipGroupStatus,
  silence: (node: string) => Silence | undefined,
): VipGroupStatus {
  const written = status.members ?? [];
  // Mostly all are heard of, and of a thousand groups this is asked at once.
  const isQuiet = ({ node, state }: Member) => state === 'Lost' || silence(node) !== undefined;
  const { members, left } = written.some(isQuiet) ? vouchedFor(spec, written, silence) : { members: written, left: [] };
  const former = status.formerMembers ?? [];
  const formerMembers = keptFormerMembers(spec, members, former, left);
  const conditions = (status.conditions ?? []).filter(({ message }) => {
    // One without words is what is left of one that an agent took back: whoever still says it says it anew.
    if (message === undefined) return false;
    const seer = seerOf(message);
    return seer === undefined || silence(seer) === undefined;
  });
  const quiet = status.holder === undefined ? undefined : silence(status.holder);
  const same =
    quiet === undefined &&
    sameItems(members, written) &&
    sameItems(formerMembers, former) &&
    conditions.length === (status.conditions ?? []).length;
  if (same) return status;
  const { holder, notHeld, ...rest } = status;
  return {
    ...rest,
    ...(quiet === undefined
      ? holder === undefined
        ? {}
        : { holder }
      : { since: rfc3339(quiet.sinceMs), reason: agentSilent }),
    ...(quiet === undefined && notHeld !== undefined && members.some(({ state }) => state === 'Active')
      ? { notHeld }
      : {}),
    members: [...members],
    ...(formerMembers === former ? {} : { formerMembers: [...formerMembers] }),
    conditions,
  };
}

/** @returns the members, and those that were members and cannot take their entries back themselves */
function vouchedFor(
  spec: VipGroup['spec'],
  members: readonly Member[],
  silence: (node: string) => Silence | undefined,
): { readonly members: readonly Member[]; readonly left: readonly FormerMember[] } {
  const isMember = new Set(spec.members.map(({ node }) => node));
  const kept: Member[] = [];
  const left: FormerMember[] = [];
  for (const member of members) {
    const quiet = silence(member.node);
    const shown = quiet === undefined || member.state === 'Lost' ? member : lost(member, quiet);
    if (shown.state !== 'Lost' || isMember.has(member.node)) {
      kept.push(shown);
      continue;
    }
    const word = shown.since === undefined ? undefined : formerMember(shown, shown.since);
    if (word !== undefined) left.push(word);
  }
  return { members: kept, left };
}

/** Where its adverts came from stays: the others know it by that. What it did when it still was heard of stays, too. */
function lost({ node, priority, address, history }: Member, { sinceMs }: Silence): Member {
  return {
    node,
    state: 'Lost',
    since: rfc3339(sinceMs),
    ...(priority === undefined ? {} : { priority }),
    ...(address === undefined ? {} : { address }),
    ...(history ? { history } : {}),
  };
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}

function rfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
