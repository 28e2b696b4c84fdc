/** What is said of the part that this node takes in a group. */
import type { Micros } from '../../../core/time.js';
import type { Output, State } from '../../../core/vrrp/virtual-router.js';
import type { Answering } from '../answering/contract.js';
import type { GroupConfig, MemberReport, NotHeld, Transition } from '../messages.js';
import { inOrder, type Reason, type ReasonType, reasonsText } from '../reasons.js';
import { type Member, text } from './member.js';
import { nextOf } from './phase.js';

export function memberReport(member: Member, answering: Pick<Answering, 'held' | 'refused'>): MemberReport {
  const { config, phase } = member;
  const { binding } = phase;
  const next = nextOf(phase);
  const leads = binding?.router.state === 'Active';
  const hindrances = hindrancesOf(member);
  const reasons = reasonsOf(member);
  return {
    group: config.name,
    state: stateOf(member),
    priority: config.priority,
    advertisementInterval: config.advertisementInterval,
    interface: binding?.nic.link.name,
    address: binding && text(binding.source),
    reason: member.reason,
    activeSource: member.activeSource && text(member.activeSource),
    reasons,
    message: reasonsText(reasons),
    problem: reasonsText(inOrder(hindrances)),
    keyProblem: (next ?? config).authentication?.problem,
    held: answering.held(config.name).map(text),
    notHeld: leads ? notHeldOf(member, answering) : [],
  };
}

export function stateOf({ phase }: Member): State {
  return phase.binding?.router.state ?? 'Initialize';
}

const none: readonly ReasonType[] = [];

/** Of `reasonsOf` the types. Most members have none, which is seen without anything being made. */
export function reasonTypesOf(member: Member): readonly ReasonType[] {
  const { config, hindrances, phase, withheld } = member;
  const { authentication, lastResort, weighed } = config;
  const restricted = authentication?.problem !== undefined || lastResort !== undefined || (weighed?.length ?? 0) > 0;
  const hindered = hindrances.length > 0 || (nextOf(phase)?.unfit?.length ?? 0) > 0;
  if (!restricted && !hindered && withheld.length === 0) return none;
  return reasonsOf(member).map(({ type }) => type);
}

/** Why a member takes no part, or only in part, in the order of `reasonTypes`. */
export function reasonsOf(member: Member): readonly Reason[] {
  return inOrder([...hindrancesOf(member), ...restrictionsOf(member)]);
}

function hindrancesOf(member: Member): readonly Reason[] {
  return [...(nextOf(member.phase)?.unfit ?? []), ...member.hindrances];
}

function notHeldOf({ config, withheld }: Member, answering: Pick<Answering, 'refused'>): MemberReport['notHeld'] {
  const refused = answering.refused(config.name).map(({ address, reason }) => ({
    address: text(address),
    reason: 'Refused' as const,
    message: reason.slice(0, 256),
  }));
  return [...withheld, ...refused];
}

/** What a member that takes part, or could, does otherwise than the group says. */
function restrictionsOf({ config, withheld }: Member): readonly Reason[] {
  const { authentication, lastResort, weighed = [] } = config;
  const keys = authentication?.problem;
  return [
    ...notTaken(withheld),
    ...weighed,
    ...(keys === undefined ? [] : [{ type: keys.reason, message: keys.message }]),
    ...standing(lastResort),
  ];
}

export function transitionOf(
  { config, phase: { binding } }: Pick<Member, 'config' | 'phase'>,
  { from, to, reason, activeSource }: Output & { type: 'transition' },
  o: { readonly former: Uint8Array | undefined; readonly utc: Micros },
): Transition {
  return {
    type: 'transition',
    group: config.name,
    from,
    to,
    reason,
    priority: config.priority,
    interface: binding?.nic.link.name,
    address: binding && text(binding.source),
    ...(activeSource && { activeSource: text(activeSource) }),
    ...(from === 'Backup' && o.former && { formerSource: text(o.former) }),
    at: o.utc,
  };
}

function standing(lastResort: GroupConfig['lastResort']): readonly Reason[] {
  if (lastResort === undefined) return [];
  return [{ type: 'LastResort', message: `leads only when no other member can: ${lastResort}` }];
}

/** Which addresses it leads with but does not take, because somebody has them. */
function notTaken(withheld: readonly NotHeld[]): readonly Reason[] {
  const because = (type: 'AnsweredElsewhere' | 'AddressOfNode', cause: string): readonly Reason[] => {
    const addresses = withheld.filter(({ reason }) => reason === type).map(({ address }) => address);
    return addresses.length === 0 ? [] : [{ type, message: `not taken, because ${cause}: ${addresses.join(', ')}` }];
  };
  return [
    ...because('AnsweredElsewhere', 'another host has it'),
    ...because('AddressOfNode', "it is a node's own address"),
  ];
}
