/**
 * Labels on a VipGroup that name its members, so that an agent watches only the groups that its node is in. A group without the mark, such as
 * one made by hand or by an earlier version, is watched by all.
 */
import { hashText } from '../core/placement/rendezvous.js';

const prefix = 'member.openelb.io/';

/** On every group whose members are labelled. */
export const labelledMark = 'openelb.io/members';

/** What the name of a label has at most after its prefix, in characters. */
const longestName = 63;

/** The key of a node's label: its name, or, where that is too long, what there is room for and a mark. */
export function memberLabel(node: string): string {
  if (node.length <= longestName) return `${prefix}${node}`;
  const mark = `_${hashText(node).toString(36)}`;
  return `${prefix}${node.slice(0, longestName - mark.length)}${mark}`;
}

export function memberLabels(members: readonly { readonly node: string }[]): Readonly<Record<string, string>> {
  return Object.fromEntries([
    [labelledMark, 'labelled'],
    ...members.map(({ node }) => [memberLabel(node), ''] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

/** Selects the groups that a node is a member of. */
export function memberSelector(node: string): string {
  return memberLabel(node);
}

/** Selects the groups whose members are not labelled. */
export const unlabelledSelector = `!${labelledMark}`;

/** Whether the labels of a group are ours, as they are to be; labels of others do not matter. */
export function hasMemberLabels(
  labels: Readonly<Record<string, string>> | undefined,
  members: readonly { readonly node: string }[],
): boolean {
  const wanted = memberLabels(members);
  const present = Object.entries(labels ?? {}).filter(([key]) => isOurs(key));
  return present.length === Object.keys(wanted).length && present.every(([key, value]) => wanted[key] === value);
}

/** The labels with ours as they are to be. */
export function withMemberLabels(
  labels: Readonly<Record<string, string>> | undefined,
  members: readonly { readonly node: string }[],
): Readonly<Record<string, string>> {
  const others = Object.entries(labels ?? {}).filter(([key]) => !isOurs(key));
  return { ...Object.fromEntries(others), ...memberLabels(members) };
}

function isOurs(key: string): boolean {
  return key === labelledMark || key.startsWith(prefix);
}
