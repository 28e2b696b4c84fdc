/**
 * Binding groups to NICs, and keeping them there while interfaces and their addresses come, change and go.
 */
import type { Micros } from '../../../core/time.js';
import type { VirtualMac } from '../answering/virtual-macs.js';
import type { GroupConfig } from '../messages.js';
import { bind, unbind } from './binding/bind.js';
import { linkGone, lost, placeAll } from './binding/place.js';
import { isTaken, reconfigured, renumbered, staysOn } from './binding/reconfigure.js';
import { type Settled, settle } from './binding/settle.js';
import { type BindingSurroundings, newBindingState } from './binding/state.js';
import type { ElectionEffect } from './effects.js';
import type { Member } from './member.js';
import type { ChosenNic } from './nic-choice.js';

export interface Bindings {
  /** Groups whose NIC was deleted without a word start anew. To be performed before `place`. */
  lost(): readonly ElectionEffect[];
  /** Looks for the place of every group anew. */
  place(now: Micros): readonly ElectionEffect[];
  /** What is to be done once every group has its place. */
  settle(now: Micros): Settled;
  /** Puts a group on a NIC. */
  bind(member: Member, place: ChosenNic, now: Micros): readonly ElectionEffect[];
  /** Takes a group off its NIC. Its router must have let go before. */
  unbind(member: Member): readonly ElectionEffect[];
  /** An interface is gone: groups that lived on it, or had their virtual MAC there, start anew, should another have its index by now. */
  linkGone(index: number): readonly ElectionEffect[];
  /** The group's configuration was replaced in place. */
  reconfigured(member: Member): void;
  /**
   * Its virtual router ID was replaced as well. With virtual MACs the group has another interface then, which is down. Returns the MAC
   * before, to be closed.
   */
  renumbered(member: Member): VirtualMac | undefined;
  /** Whether a group would be on the NIC that it is on, by what it is to say from now on. */
  staysOn(member: Member, config: GroupConfig): boolean;
  /** Whether another group has this group's NIC and an ID that it would have. */
  isTaken(member: Member, virtualRouterId: number): boolean;
}

export function createBindings(o: BindingSurroundings): Bindings {
  const b = newBindingState(o);
  return {
    lost: () => lost(b),
    place: (now) => placeAll(b, now),
    settle: (now) => settle(b, now),
    bind: (member, place, now) => bind(b, member, place, now),
    unbind: (member) => unbind(b, member),
    linkGone: (index) => linkGone(b, index),
    reconfigured: (member) => reconfigured(b, member),
    renumbered: (member) => renumbered(b, member),
    staysOn: (member, config) => staysOn(b, member, config),
    isTaken,
  };
}
