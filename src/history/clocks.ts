/** Whose clock differs from that of this machine, as far as one look at the agents' Leases shows it: pure. */
import { agentLeaseDurationMs } from '../api/agent-lease.js';
import type { Heard } from '../status/heard.js';

/** A Lease that was renewed later than now comes from a clock that is ahead; so far clocks may differ, and requests take that long. */
const aheadMs = 2_000;

/**
 * By node, in milliseconds, the least that its clock is ahead; negative: the least that it is behind, or that its agent has been silent. How
 * long ago a Lease was renewed is not known better than to the time between two renewals.
 *
 * @param clocks how far clocks are ahead of the controller's, as it says, in milliseconds
 */
export function clockOffsets(
  heard: ReadonlyMap<string, Heard>,
  nowMs: number,
  clocks: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const offsets = [...heard].flatMap(([node, { atMs, ended }]): readonly (readonly [string, number])[] => {
    const known = clocks.get(node) ?? 0;
    if (Math.abs(known) >= aheadMs) return [[node, known]];
    const ms = atMs - nowMs;
    if (ms >= aheadMs) return [[node, ms]];
    return !ended && ms <= -agentLeaseDurationMs ? [[node, ms + agentLeaseDurationMs]] : [];
  });
  return new Map(offsets);
}

/** That clocks differ, as a sentence; undefined while they do not, as far as is known. */
export function clocksText(offsets: ReadonlyMap<string, number>): string | undefined {
  if (offsets.size === 0) return undefined;
  const said = [...offsets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, ms]) => {
      const seconds = Math.max(1, Math.round(Math.abs(ms) / 1000));
      return ms > 0
        ? `that of ${node} is at least ${seconds} s ahead`
        : `that of ${node} is at least ${seconds} s behind, unless its agent is silent`;
    });
  return `clocks differ from that of this machine, so lines may stand in the wrong place: ${said.join(', ')}; set them right (NTP)`;
}
