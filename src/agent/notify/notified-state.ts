import type { NotifiedState } from '../../api/notify-settings.js';
import type { MemberReport } from '../engine/messages.js';

/** What a report means to hooks: pure. Undefined while it is neither: a node that has only begun, or begins anew. */
export function notifiedState(
  { state, problem }: Pick<MemberReport, 'state' | 'problem'>,
  isMember: boolean,
): NotifiedState | undefined {
  if (state === 'Active' || state === 'Backup') return state;
  if (!isMember) return 'Stop';
  return problem === undefined ? undefined : 'Fault';
}

/** keepalived's words, so that its scripts can be used as they are. Source: keepalived.conf(5), "notify". */
export function keepalivedArguments(group: string, state: NotifiedState, priority: number): readonly string[] {
  return ['INSTANCE', group, state === 'Active' ? 'MASTER' : state.toUpperCase(), String(priority)];
}
