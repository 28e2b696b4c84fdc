/** What the status of a BgpPeer or BgpConf says of agents that nobody hears of is taken back: pure. */
import type { BgpConf, BgpConfStatus } from '../../api/bgp-conf.js';
import type { BgpPeer, BgpPeerNode, BgpPeerStatus } from '../../api/bgp-peer.js';
import type { Silence } from '../../api/silent-agents.js';

/** A part of the status as it is to be written, for a merge patch: null takes away. */
export interface AgedPeer {
  readonly nodes?: readonly BgpPeerNode[];
  readonly nodesPeerStatus?: Readonly<Record<string, object | null>>;
}

/**
 * What of the status is to be another; undefined: nothing.
 *
 * @param isNode whether there is a node of that name
 */
export function agedPeer(
  { status = {} }: Pick<BgpPeer, 'status'>,
  silence: (node: string) => Silence | undefined,
  isNode: (node: string) => boolean,
): AgedPeer | undefined {
  const nodes = status.nodes ?? [];
  const kept = nodes.flatMap((entry): BgpPeerNode[] => {
    const quiet = silence(entry.node);
    if (quiet === undefined) return [entry];
    if (!isNode(entry.node)) return [];
    return [entry.state === 'Lost' ? entry : { node: entry.node, state: 'Lost', since: rfc3339(quiet.sinceMs) }];
  });
  const changed = Object.entries(status.nodesPeerStatus ?? {}).flatMap(([node, entry]): [string, object | null][] => {
    if (entry === null || silence(node) === undefined) return [];
    if (!isNode(node)) return [[node, null]];
    const { peerState } = entry as NonNullable<NonNullable<BgpPeerStatus['nodesPeerStatus']>[string]>;
    return peerState?.sessionState === unknown
      ? []
      : [[node, { peerState: { sessionState: unknown }, timersState: null }]];
  });
  const sameNodes = kept.length === nodes.length && kept.every((each, at) => each === nodes[at]);
  if (sameNodes && changed.length === 0) return undefined;
  return {
    ...(sameNodes ? {} : { nodes: kept }),
    ...(changed.length === 0 ? {} : { nodesPeerStatus: Object.fromEntries(changed) }),
  };
}

/** What gobgp says of a session of which nothing is known. */
const unknown = 'UNKNOWN';

/** The nodes in the status of a BgpConf that there are no more. */
export function goneNodes(
  { status }: Pick<BgpConf, 'status'>,
  silence: (node: string) => Silence | undefined,
  isNode: (node: string) => boolean,
): readonly string[] {
  const entries: BgpConfStatus['nodesConfStatus'] = status?.nodesConfStatus ?? {};
  return Object.entries(entries ?? {}).flatMap(([node, entry]) =>
    entry !== null && !isNode(node) && silence(node) !== undefined ? [node] : [],
  );
}

function rfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
