/** The pools of a cluster, with how full they are: pure. */
import { type Eip, protocolOf } from '../api/eip.js';
import type { Painted, Tone } from '../cli/paint.js';
import { table } from '../cli/table.js';
import { age } from './age.js';
import { paintOf, type View } from './view.js';

/** How wide the bar is, in characters; and from which share on a pool is nearly full. */
const barWidth = 20;
const nearlyFull = 0.9;

/**
 * One line for each Eip, by name; nothing where there are none. USED is of those that can be given out. HEARD is how old the line is: when
 * the controller, which counts, was heard of last.
 */
export function poolTable(pools: readonly Eip[], view: View): string {
  if (pools.length === 0) return '';
  const { controllerHeardMs, nowMs, heard } = view;
  const heardOf =
    controllerHeardMs === undefined ? (heard === undefined ? '?' : 'never') : age(nowMs - controllerHeardMs);
  const rows = pools
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((pool): readonly Painted[] => [
      pool.metadata.name,
      protocolOf(pool),
      ...usageCells(pool),
      heardOf,
      problemOf(pool),
    ]);
  return table(['POOL', 'PROTOCOL', 'USED', 'USAGE', 'HEARD', 'PROBLEM'], rows, paintOf(view));
}

function usageCells({ status }: Eip): readonly Painted[] {
  if (status?.poolSize === undefined) return ['-', '-'];
  const used = status.usage ?? 0;
  const usable = Math.max(0, status.poolSize - (status.leftOut ?? 0));
  const share = usable === 0 ? 1 : Math.min(1, used / usable);
  const tone: Tone = share >= 1 ? 'bad' : share >= nearlyFull ? 'warning' : 'good';
  return [`${used}/${usable}`, { text: bar(share), tone }];
}

/** Something that is used shows, and so does something that is free. */
function bar(share: number): string {
  const least = share > 0 ? 1 : 0;
  const most = share < 1 ? barWidth - 1 : barWidth;
  const filled = Math.min(most, Math.max(least, Math.round(share * barWidth)));
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${Math.floor(share * 100)}%`;
}

/** What conditions say that is not as it should be. */
function problemOf({ status, spec }: Eip): Painted {
  if (spec.disable === true) return { text: 'disabled', tone: 'dim' };
  const found = (status?.conditions ?? []).filter(({ status: is }) => is === 'False');
  const text = found.map(({ type, message }) => `${type}: ${message}`).join('; ');
  return text === '' ? '' : { text, tone: 'bad' };
}
