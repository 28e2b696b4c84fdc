/** What one member of a group says of itself, in words: pure. */
import type { Silence } from '../../api/silent-agents.js';
import type { VipGroup } from '../../api/vip-group.js';

export interface MemberStanding {
  readonly node: string;
  /** `able`: takes part, or is about to. `unable`: says that it cannot. `absent`: no agent. `unknown`: silent, and may hold something. */
  readonly kind: 'able' | 'unable' | 'absent' | 'unknown';
  readonly text: string;
}

export function memberOf(status: VipGroup['status'], node: string, silence: Silence | undefined): MemberStanding {
  const report = status?.members?.find((each) => each.node === node);
  if (silence !== undefined) {
    const since = `${new Date(silence.sinceMs).toISOString().slice(0, 19)}Z`;
    if (silence.reason === 'Ended') return { node, kind: 'absent', text: `the agent of ${node} ended at ${since}` };
    if (silence.reason === 'NeverHeard' && report === undefined) {
      return { node, kind: 'absent', text: `${node} has no agent` };
    }
    const when = silence.reason === 'NeverHeard' ? '' : ` since ${since}`;
    return { node, kind: 'unknown', text: `the agent of ${node} has not been heard of${when}` };
  }
  if (report === undefined) return { node, kind: 'able', text: `${node} has not reported yet` };
  if ((report.state === 'Initialize' || report.state === 'Idle') && report.message !== undefined) {
    return { node, kind: 'unable', text: `${node}: ${report.message}` };
  }
  return { node, kind: 'able', text: `${node} is ${report.state ?? 'in an unknown state'}` };
}

/** The first of many texts, and how many there are beside. */
export function list(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts.slice(0, 3).join('; ')}; and ${texts.length - 3} more` : texts.join('; ');
}

export function byNode(a: { readonly node: string }, b: { readonly node: string }): number {
  return a.node < b.node ? -1 : 1;
}
