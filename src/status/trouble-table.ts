/** What is not as it should be with groups: conflicts with other hosts, and whatever else is said in conditions. Pure. */
import type { VipGroup } from '../api/vip-group.js';
import type { Painted } from '../cli/paint.js';
import { table } from '../cli/table.js';
import { since } from './age.js';
import { paintOf, type View } from './view.js';

/** One thing, however many groups it is said of: those of a node often have the same in their way. */
interface Trouble {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** The longest. */
  readonly since: string | undefined;
  readonly groups: readonly string[];
}

/** One line for each, by what it is; nothing where all is well. */
export function troubleTable(groups: readonly VipGroup[], view: View): string {
  const rows = troublesOf(groups).map((each): readonly Painted[] => [
    { text: each.type, tone: 'bad' },
    named(each.groups),
    since(each.since, view.nowMs),
    each.reason,
    each.message,
  ]);
  return rows.length === 0
    ? ''
    : table(['CONFLICT', 'GROUP', 'SINCE', 'REASON', 'WHAT AND WHERE'], rows, paintOf(view));
}

/** Conditions that are meant to be True; all others say what is wrong. */
const wellWhenTrue = new Set(['Held', 'Announced', 'Ready', 'Valid']);

function troublesOf(groups: readonly VipGroup[]): readonly Trouble[] {
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

const mostNamed = 3;

function named(groups: readonly string[]): string {
  const more = groups.length > mostNamed ? ` and ${groups.length - mostNamed} more` : '';
  return `${groups.slice(0, mostNamed).join(',')}${more}`;
}
