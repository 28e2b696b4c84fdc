import { drainWindowOf } from '../../api/drain-window.js';
import { handingText } from '../../api/handing-text.js';
import type { VipGroup } from '../../api/vip-group.js';
import { canonicalIp } from '../../core/ip/address.js';
import type { MemberNote } from '../status/member-notes.js';
import type { Finding } from '../surroundings/findings.js';
import type { DrainingProblem } from './contract.js';
import type { Handing } from './drainer.js';
import type { DrainedGroup } from './state.js';

/** What of a group concerns connections. It is valid (`validateVipGroup`). */
export function drainedGroupOf({ spec }: VipGroup): DrainedGroup {
  return { addresses: spec.addresses.map((address) => canonicalIp(address) ?? address), ...drainWindowOf(spec) };
}

/** As something that is found on this node, for the status of the group. */
export function notKept(problem: DrainingProblem | undefined): readonly Finding[] {
  if (problem === undefined) return [];
  const { reason, message } = problem;
  return [{ type: 'ConnectionsNotKept', reason, message: `connections break when the addresses move: ${message}` }];
}

/** The same of a group of protocol `bgp`, whose members have messages of their own and no conditions. */
export function notKeptShared(problem: DrainingProblem | undefined): string | undefined {
  return problem && `connections break when nodes come and go: ${problem.message} (${problem.reason})`;
}

/** As a note on this node's part in a group; undefined: there is nothing to say. @param now in milliseconds since 1970 */
export function handingNote({ to, connections }: Handing, now: number): MemberNote | undefined {
  if (to.length === 0) return undefined;
  return { text: handingText(to), drainedConnections: connections, countedAt: now };
}
