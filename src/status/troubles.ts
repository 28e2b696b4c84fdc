/** What is not as it should be with groups, by their conditions and what they do not hold: pure. */
import type { VipGroup } from '../api/vip-group.js';

/** One thing, however many groups it is said of: those of a node often have the same in their way. */
export interface Trouble {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** The longest. */
  readonly since: string | undefined;
  readonly groups: readonly string[];
}

/** Conditions that are meant to be True; all others say what is wrong. */
const wellWhenTrue = new Set(['Held', 'Announced', 'Ready', 'Valid']);

export function troublesOf(groups: readonly VipGroup[]): readonly Trouble[] {
  const found = new Map<string, Trouble>();
  const add = (group: string, { type, reason, message, since: from }: Omit<Trouble, 'groups'>) => {
    const key = `${type}\n${reason}\n${message}`;
    const before = found.get(key);
    const earlier = before?.since !== undefined && (from === undefined || before.since < from) ? before.since : from;
    found.set(key, { type, reason, message, since: earlier, groups: [...(before?.groups ?? []), group] });
  };
  for (const { metadata, status } of groups) {
    for (const { type, status: is, reason = '-', message = '', lastTransitionTime } of status?.conditions ?? []) {
      if (is === undefined || (is === 'True') === wellWhenTrue.has(type)) continue;
      add(metadata.name, { type, reason, message, since: lastTransitionTime });
    }
    for (const { address, reason, message = '' } of status?.notHeld ?? [])
      add(metadata.name, { type: 'NotHeld', reason, message: `${address}: ${message}`, since: undefined });
  }
  return [...found.values()].sort((a, b) => (`${a.type} ${a.groups[0]}` < `${b.type} ${b.groups[0]}` ? -1 : 1));
}
