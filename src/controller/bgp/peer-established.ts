/** With how many nodes a router has a session: the condition `Established`, and what `kubectl get bgppeers` shows. Pure. */
import type { BgpPeer, BgpPeerNode } from '../../api/bgp-peer.js';
import type { Silence } from '../../api/silent-agents.js';
import type { Verdict } from './peer-configured.js';

export interface Sessions {
  /** Sorted. */
  readonly established: readonly string[];
  /** Those that are to have a session, and those that have one all the same; sorted. */
  readonly wanted: readonly string[];
}

/** @param chosen the nodes that are to have a session (`sessionNodes`) */
export function sessionsOf(
  { status }: Pick<BgpPeer, 'status'>,
  chosen: readonly string[],
  silence: (node: string) => Silence | undefined,
): Sessions {
  const established = (status?.nodes ?? [])
    .filter(({ node, state }) => state === 'Established' && silence(node) === undefined)
    .map(({ node }) => node)
    .sort();
  return { established, wanted: [...new Set([...chosen, ...established])].sort() };
}

/** `2/3`. */
export function establishedText({ established, wanted }: Sessions): string {
  return `${established.length}/${wanted.length}`;
}

/** @param configured the condition of that name */
export function establishedVerdict(
  { status }: Pick<BgpPeer, 'status'>,
  { established, wanted }: Sessions,
  configured: Verdict,
  silence: (node: string) => Silence | undefined,
): Verdict {
  if (established.length === 0 && configured.status !== 'True') return configured;
  const count = `${established.length} of ${wanted.length} node${wanted.length === 1 ? '' : 's'}`;
  const missing = wanted.filter((node) => !established.includes(node));
  if (missing.length === 0) return { status: 'True', ...allEstablished(status, established, count) };
  const entries = missing.map((node) =>
    stateOf(
      node,
      status?.nodes?.find((each) => each.node === node),
      silence(node),
    ),
  );
  const [first] = entries;
  const texts = entries.slice(0, 3).map(({ text }) => text);
  const more = entries.length > 3 ? `; and ${entries.length - 3} more` : '';
  const message = `${count} have a session: ${texts.join('; ')}${more}`;
  if (entries.every(({ reason }) => reason === 'AgentSilent'))
    return { status: established.length > 0 ? 'False' : 'Unknown', reason: 'AgentSilent', message };
  const common = entries.every(({ reason }) => reason === first!.reason) ? first!.reason : undefined;
  const reason = common ?? (established.length > 0 ? 'SomeEstablished' : 'NoneEstablished');
  return { status: 'False', reason, message };
}

/** All have a session; of some it may not be the one that was asked for. */
function allEstablished(
  status: BgpPeer['status'],
  established: readonly string[],
  count: string,
): Pick<Verdict, 'reason' | 'message'> {
  const flawed = (status?.nodes ?? []).filter(({ node, problem }) => problem && established.includes(node));
  const [first] = flawed;
  if (first === undefined) return { reason: 'AllEstablished', message: `${count} have a session` };
  const { reason, message } = first.problem!;
  const isCommon = flawed.every(({ problem }) => problem!.reason === reason);
  const others = flawed.length === 1 ? '' : ` (and ${flawed.length - 1} more)`;
  return {
    reason: isCommon ? reason : 'AllEstablished',
    message: `${count} have a session; ${first.node}${others}: ${message}`,
  };
}

function stateOf(node: string, entry: BgpPeerNode | undefined, silence: Silence | undefined) {
  if (silence !== undefined) {
    const text =
      silence.reason === 'NeverHeard'
        ? `${node} has no agent: see whether the DaemonSet runs there`
        : `the agent of ${node} is not heard of: see whether it runs and reaches the API server`;
    return { reason: 'AgentSilent', text };
  }
  const { problem } = entry ?? {};
  if (problem) return { reason: problem.reason, text: `${node}: ${problem.message}` };
  return { reason: undefined, text: `${node}${entry === undefined ? ' has not reported yet' : closeText(entry)}` };
}

/** Nothing of it changes while a node tries again and again. */
export function closeText({ lastClose }: BgpPeerNode): string {
  if (!lastClose) return ' has no session yet';
  const { direction, reason, code, subcode, text } = lastClose;
  const by = {
    sent: 'we ended the last one',
    received: 'the router ended the last one',
    lost: 'the last one was lost',
  };
  const codes = code === undefined ? '' : ` (${code}/${subcode ?? 0})`;
  const words = text === undefined || text === '' ? '' : `, saying "${text}"`;
  return `: ${by[direction]}${reason === undefined ? '' : `: ${reason}`}${codes}${words}`;
}
