/** Groups whose configuration is replaced while they stay on their NIC. */
import { LinuxError } from '../../../../platform/linux/errno.js';
import type { VirtualMac } from '../../answering/virtual-macs.js';
import type { GroupConfig } from '../../messages.js';
import { inOrder } from '../../reasons.js';
import type { Binding, Member } from '../member.js';
import { chooseNic } from '../nic-choice.js';
import { routerKey } from '../nics.js';
import { framesOf } from './frames.js';
import { type BindingState, surveyNow } from './state.js';

/** Whether a group would be on the NIC that it is on, by what it is to say from now on. */
export function staysOn(b: BindingState, member: Member, config: GroupConfig): boolean {
  const chosen = chooseNic(config, surveyNow(b));
  return chosen.ok && chosen.link.index === member.phase.binding?.nic.index;
}

/** Whether another group has this group's NIC and an ID that it would have. */
export function isTaken(member: Member, virtualRouterId: number): boolean {
  const rival = member.phase.binding?.nic.members.get(routerKey(member.config.family, virtualRouterId));
  return rival !== undefined && rival !== member;
}

/** The group's configuration was replaced in place. */
export function reconfigured(b: BindingState, member: Member): void {
  const { binding } = member.phase;
  if (binding === undefined) return;
  b.nics.renumbered(binding.nic, member);
  binding.frames = framesOf(b, member, binding.mac, binding.nic.link, binding.source);
}

/** Its virtual router ID was replaced as well. Returns the virtual MAC before, to be closed, if it has another now. */
export function renumbered(b: BindingState, member: Member): VirtualMac | undefined {
  const { binding } = member.phase;
  const before = binding && newVirtualMac(b, member, binding);
  reconfigured(b, member);
  return before;
}

/** Gives the group the MAC of its new ID and returns the one before, which goes on when there can be no other. */
function newVirtualMac({ virtualMacs }: BindingState, member: Member, binding: Binding): VirtualMac | undefined {
  const before = binding.virtual;
  if (before === undefined) return undefined;
  try {
    binding.virtual = virtualMacs.open(binding.nic.link, member.config);
    binding.mac = binding.virtual.mac;
    return before;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    member.hindrances = inOrder([...member.hindrances, { type: 'VirtualMacRefused', message: error.message }]);
    return undefined;
  }
}
