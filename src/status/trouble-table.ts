/** What is not as it should be with groups: conflicts with other hosts, and whatever else is said in conditions. Pure. */
import type { VipGroup } from '../api/vip-group.js';
import type { Painted } from '../cli/paint.js';
import { table } from '../cli/table.js';
import { since } from './age.js';
import { troublesOf } from './troubles.js';
import { paintOf, type View } from './view.js';

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

const mostNamed = 3;

function named(groups: readonly string[]): string {
  const more = groups.length > mostNamed ? ` and ${groups.length - mostNamed} more` : '';
  return `${groups.slice(0, mostNamed).join(',')}${more}`;
}
