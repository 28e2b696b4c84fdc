/** A history for people: pure. */
import type { Painted, Tone } from '../cli/paint.js';
import { type Paint, plain } from '../cli/paint.js';
import { table } from '../cli/table.js';
import { age } from '../status/age.js';
import type { Line } from './merge.js';

/** One line for each change, the oldest first; times are UTC. */
export function historyTable(lines: readonly Line[], nowMs: number, paint: Paint = plain): string {
  if (lines.length === 0) return 'Nothing is remembered.\n';
  const rows = lines.map(({ atMs, node, group, from, to, reason, peer, leftMs }): readonly Painted[] => [
    new Date(atMs).toISOString(),
    age(nowMs - atMs),
    group,
    leftMs === undefined ? node : `${node} (left ${age(nowMs - leftMs)} ago)`,
    from,
    { text: to, tone: tones[to] ?? 'dim' },
    reason,
    peer ?? '-',
  ]);
  return table(['TIME', 'AGO', 'GROUP', 'NODE', 'FROM', 'TO', 'WHY', 'PEER'], rows, paint);
}

const tones: Readonly<Record<string, Tone>> = { Active: 'good', Initialize: 'bad' };
