/** For how long connections of a group go on after its addresses moved, or its announcers changed. */
import type { Micros } from '../core/time.js';
import { parseDuration } from './duration.js';
import type { VipGroupSpec } from './vip-group.js';
import { defaultDrainConnections } from './vrrp-rules.js';

/** @returns `isSaid`: the group says so itself. It is valid (`validateVipGroup`) */
export function drainWindowOf({ protocol, eip, vrrp, drainConnections }: VipGroupSpec): {
  readonly window: Micros;
  readonly isSaid: boolean;
} {
  const said: string | undefined = protocol === 'bgp' ? drainConnections : vrrp?.drainConnections;
  const text = said ?? (eip === undefined ? '0s' : defaultDrainConnections);
  return { window: parseDuration(text) ?? 0, isSaid: said !== undefined };
}
