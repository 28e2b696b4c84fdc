/** What is said of the part that this node takes in a group. */
import type { Output } from '../../../core/vrrp/virtual-router.js';
import type { Answering } from '../answering/contract.js';
import type { GroupConfig, MemberReport, NotHeld, Transition } from '../messages.js';
import { type Member, text } from './member.js';
import { nextOf } from './phase.js';

export function memberReport(member: Member, answering: Pick<Answering, 'held' | 'refused'>): MemberReport {
  const { config, phase } = member;
  const { binding } = phase;
  const next = nextOf(phase);
  const leads = binding?.router.state === 'Active';
  return {
    group: config.name,
    state: binding?.router.state ?? 'Initialize',
    priority: config.priority,
    advertisementInterval: config.advertisementInterval,
    interface: binding?.nic.link.name,
    address: binding && text(binding.source),
    reason: member.reason,
    activeSource: member.activeSource && text(member.activeSource),
    message: messageOf(member),
    problem: next?.unfit ?? member.problem,
    keyProblem: (next ?? config).authentication?.problem,
    held: answering.held(config.name).map(text),
    notHeld: leads ? notHeldOf(member, answering) : [],
  };
}

function notHeldOf({ config, withheld }: Member, answering: Pick<Answering, 'refused'>): MemberReport['notHeld'] {
  const refused = answering.refused(config.name).map(({ address, reason }) => ({
    address: text(address),
    reason: 'Refused' as const,
    message: reason.slice(0, 256),
  }));
  return [...withheld, ...refused];
}

/** Everything that is to be said about the part a node takes, or does not take. */
function messageOf({ config, phase, problem, withheld }: Member): string | undefined {
  const all = [
    nextOf(phase)?.unfit ?? problem,
    notTaken(withheld),
    config.weighed,
    config.authentication?.problem?.message,
    standing(config),
  ];
  const texts = new Set(all.filter((each) => each !== undefined));
  return texts.size === 0 ? undefined : [...texts].join('; ');
}

export function transitionOf(
  { config, phase: { binding } }: Pick<Member, 'config' | 'phase'>,
  { from, to, reason, activeSource }: Output & { type: 'transition' },
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
  };
}

function standing({ lastResort }: GroupConfig): string | undefined {
  return lastResort === undefined ? undefined : `leads only when no other member can: ${lastResort}`;
}

/** Which addresses it leads with but does not take, because somebody has them. */
function notTaken(withheld: readonly NotHeld[]): string | undefined {
  const of = (reason: NotHeld['reason']) =>
    withheld.filter((each) => each.reason === reason).map(({ address }) => address);
  const [taken, own] = [of('AnsweredElsewhere'), of('AddressOfNode')];
  const texts = [
    ...(taken.length === 0 ? [] : [`not taken, because another host has it: ${taken.join(', ')}`]),
    ...(own.length === 0 ? [] : [`not taken, because it is a node's own address: ${own.join(', ')}`]),
  ];
  return texts.length === 0 ? undefined : texts.join('; ');
}
