/** What one member of a group says of itself, in words: pure. */
import type { Silence } from '../../api/silent-agents.js';
import type { VipGroup } from '../../api/vip-group.js';

export interface MemberStanding {
  readonly node: string;
  /**
   * `able`: takes part, or is about to. `unable`: says that it cannot. `absent`: no agent. `unknown`: silent, and may hold something.
   * `unheard`: a controller that led before found it silent, and this one does not know better yet.
   */
  readonly kind: 'able' | 'unable' | 'absent' | 'unknown' | 'unheard';
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
    // What was written of it first stays, whoever reads it: no controller knows when it listened for one that it never heard.
    const when = silence.reason !== 'NeverHeard' ? since : report?.state === 'Lost' ? report.since : undefined;
    return { node, kind: 'unknown', text: notHeardOf(node, when) };
  }
  // No agent says that of itself: one that is heard of again writes its entry anew.
  if (report?.state === 'Lost') return { node, kind: 'unheard', text: notHeardOf(node, report.since) };
  if (report === undefined) return { node, kind: 'able', text: `${node} has not reported yet` };
  if ((report.state === 'Initialize' || report.state === 'Idle') && report.message !== undefined) {
    return { node, kind: 'unable', text: `${node}: ${report.message}` };
  }
  return { node, kind: 'able', text: `${node} is ${report.state ?? 'in an unknown state'}` };
}

function notHeardOf(node: string, since: string | undefined): string {
  return `the agent of ${node} has not been heard of${since === undefined ? '' : ` since ${since}`}`;
}

/** The first of many texts, and how many there are beside. */
export function list(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts.slice(0, 3).join('; ')}; and ${texts.length - 3} more` : texts.join('; ');
}

export function byNode(a: { readonly node: string }, b: { readonly node: string }): number {
  return a.node < b.node ? -1 : 1;
}
