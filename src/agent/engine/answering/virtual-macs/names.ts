/** Names of the interfaces that have virtual MACs; at most 15 characters. Every other one of a group ends with the letter. */
import type { Link } from '../../../../platform/linux/rtnetlink.js';
import type { GroupConfig } from '../../messages.js';
import type { GroupMac, VirtualMacState } from './state.js';

const ours = /^vr[0-9]+\.[46]\.[0-9]+b?$/;

export function interfaceNames(
  { index }: Link,
  { family, virtualRouterId }: Pick<GroupConfig, 'family' | 'virtualRouterId'>,
): GroupMac['names'] {
  const name = `vr${index}.${family}.${virtualRouterId}`;
  return [name, `${name}b`];
}

/** Removes what an earlier life left behind, and says what that was. */
export function removeLeftovers({ kernel: { rtnetlink } }: VirtualMacState): readonly string[] {
  const left = rtnetlink.links().filter(({ name, kind }) => kind === 'macvlan' && ours.test(name));
  for (const { index } of left) rtnetlink.removeLink(index);
  return left.map(({ name }) => name);
}
