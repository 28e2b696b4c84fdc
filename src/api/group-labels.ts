/**
 * Labels on a VipGroup. Some name its members, so that an agent watches only the groups that its node is in; a group without the mark, such as
 * one made by hand or by an earlier version, is watched by all. One says in which part of all groups it is, so that many can be asked for in
 * several requests at once.
 */
import { hashText } from '../core/placement/rendezvous.js';

const prefix = 'member.openelb.io/';

/** On every group whose members are labelled. */
export const labelledMark = 'openelb.io/members';

/** On every group that the controller made: its part, which its name tells for ever. */
export const partLabel = 'openelb.io/part';

/** As even as chance has it. An API server takes one core for each list that it writes out. */
const parts = ['0', '1'] as const;

/** What the name of a label has at most after its prefix, in characters. */
const longestName = 63;

/** The key of a node's label: its name, or, where that is too long, what there is room for and a mark. */
export function memberLabel(node: string): string {
  if (node.length <= longestName) return `${prefix}${node}`;
  const mark = `_${hashText(node).toString(36)}`;
  return `${prefix}${node.slice(0, longestName - mark.length)}${mark}`;
}

type Members = readonly { readonly node: string }[];
type Labels = Readonly<Record<string, string>>;

/** @param name of the group */
export function groupLabels(name: string, members: Members): Labels {
  return Object.fromEntries([
    [labelledMark, 'labelled'],
    [partLabel, parts[hashText(name) % parts.length]!],
    ...members.map(({ node }) => [memberLabel(node), ''] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

/** Selects the groups that a node is a member of. */
export function memberSelector(node: string): string {
  return memberLabel(node);
}

/** Selects the groups whose members are not labelled. */
export const unlabelledSelector = `!${labelledMark}`;

/** Each group is selected by exactly one of these, whatever its labels are. */
export const partSelectors: readonly string[] = [
  ...parts.slice(1).map((part) => `${partLabel}=${part}`),
  `${partLabel} notin (${parts.slice(1).join(',')})`,
];

/** Whether the labels of a group are ours, as they are to be; labels of others do not matter. */
export function hasGroupLabels(labels: Labels | undefined, name: string, members: Members): boolean {
  const wanted = groupLabels(name, members);
  const present = Object.entries(labels ?? {}).filter(([key]) => isOurs(key));
  return present.length === Object.keys(wanted).length && present.every(([key, value]) => wanted[key] === value);
}

/** The labels with ours as they are to be. */
export function withGroupLabels(labels: Labels | undefined, name: string, members: Members): Labels {
  const others = Object.entries(labels ?? {}).filter(([key]) => !isOurs(key));
  return { ...Object.fromEntries(others), ...groupLabels(name, members) };
}

function isOurs(key: string): boolean {
  return key === labelledMark || key === partLabel || key.startsWith(prefix);
}
