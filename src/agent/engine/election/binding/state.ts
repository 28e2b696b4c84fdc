/** What binding groups to NICs works with, and what it remembers: one record, which the functions beside it work on. */
import type { Micros } from '../../../../core/time.js';
import type { Link } from '../../../../platform/linux/rtnetlink.js';
import type { VirtualMacs } from '../../answering/virtual-macs.js';
import type { Inventory } from '../../inventory.js';
import type { Kernel } from '../../kernel.js';
import type { Member } from '../member.js';
import type { NextHops } from '../next-hops.js';
import { type Nics, routerKey } from '../nics.js';
import { newSurvey, type Survey } from '../survey.js';
import { newVirtualAddresses, type VirtualAddresses, virtualKeys } from '../virtual-addresses.js';

export interface BindingState {
  readonly kernel: Pick<Kernel, 'rtnetlink' | 'utc'>;
  readonly inventory: Inventory;
  readonly nics: Nics;
  readonly virtualMacs: VirtualMacs;
  readonly nextHops: NextHops;
  /** By the group's name. */
  readonly members: ReadonlyMap<string, Member>;
  /** When a leader's virtual MAC that somebody had switched off was last switched on again. */
  readonly raisedAgainAt: WeakMap<Member, Micros>;
  readonly virtualAddresses: VirtualAddresses;
}

export type BindingSurroundings = Omit<BindingState, 'raisedAgainAt' | 'virtualAddresses'>;

export function newBindingState(o: BindingSurroundings): BindingState {
  return { ...o, raisedAgainAt: new WeakMap(), virtualAddresses: newVirtualAddresses() };
}

/** The node's NICs as they are now. */
export function surveyNow({ kernel, inventory, members, virtualAddresses }: BindingState): Survey {
  const routeTo = (address: Uint8Array) => kernel.rtnetlink.routeTo(address)?.interfaceIndex;
  return newSurvey({ inventory, routeTo, virtual: virtualKeys(virtualAddresses, members.values()) });
}

/** Another group that has its ID there. */
export function rivalOf({ nics }: BindingState, member: Member, link: Link): Member | undefined {
  const { family, virtualRouterId } = member.config;
  const there = nics.get(link.index)?.members.get(routerKey(family, virtualRouterId));
  return there === member ? undefined : there;
}
