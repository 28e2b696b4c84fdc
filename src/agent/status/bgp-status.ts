/**
 * What one node has to say in the statuses of BgpPeers, of the BgpConf and of VipGroups of protocol `bgp`: pure. Each is this node's own
 * part, whole, for server-side apply: what is missing from it is taken back.
 */
import type { BgpConfStatus } from '../../api/bgp-conf.js';
import type { BgpPeerNode, BgpPeerStatus } from '../../api/bgp-peer.js';
import { formatDuration } from '../../api/duration.js';
import type { VipGroupStatus } from '../../api/vip-group.js';
import { bgpIdentifierText } from '../bgp/identifier-text.js';
import type { LocalSpeaker } from '../bgp/local-speaker.js';
import type { GroupView, PeerView } from '../bgp/views.js';
import type { PeerReport } from '../engine/routing/contract.js';

/** How a node stands with a router. @param since ISO 8601: since when there is no session, where the thread says nothing of one */
export function peerNode({ local, planned, report, problem }: PeerView, node: string, since: string): BgpPeerNode {
  const localAs = planned.settings?.session.localAs ?? local?.as;
  return {
    node,
    state: report?.state ?? 'Idle',
    since: report === undefined ? since : isoTime(report.since),
    ...(localAs !== undefined && { localAs }),
    ...(report && reported(report)),
    ...(problem && { problem: { reason: problem.reason.slice(0, 64), message: problem.message.slice(0, 1024) } }),
  };
}

function reported(report: PeerReport): Partial<BgpPeerNode> {
  const { address, localAddress, identifier, negotiated, bfd, lastClose } = report;
  const isUp = report.state === 'Established';
  return {
    ...(address !== undefined && { address }),
    ...(localAddress !== undefined && { localAddress }),
    ...(identifier !== undefined && { routerId: bgpIdentifierText(identifier) }),
    ...(isUp && negotiated !== undefined && { negotiated: negotiatedOf(negotiated) }),
    prefixesSent: report.prefixesSent,
    establishedCount: report.establishedCount,
    ...(bfd && {
      bfd: {
        state: bfd.state,
        ...(bfd.interval !== undefined && { interval: formatDuration(bfd.interval) }),
        ...(bfd.detection !== undefined && { detection: formatDuration(bfd.detection) }),
      },
    }),
    ...(lastClose && { lastClose: closeOf(lastClose) }),
  };
}

function negotiatedOf(negotiated: NonNullable<PeerReport['negotiated']>): BgpPeerNode['negotiated'] {
  const { peerAs, external, holdTime, families, fourOctetAs, extendedNextHop, enhancedRouteRefresh, gracefulRestart } =
    negotiated;
  return {
    peerAs,
    external,
    holdTimeSeconds: holdTime,
    families: families.map((family) => (family === 4 ? ('IPv4' as const) : ('IPv6' as const))),
    fourOctetAs,
    extendedNextHop,
    enhancedRouteRefresh,
    gracefulRestart,
  };
}

function closeOf(close: NonNullable<PeerReport['lastClose']>): NonNullable<BgpPeerNode['lastClose']> {
  const { direction, reason, code, subcode, text, at } = close;
  return {
    direction,
    ...(reason !== undefined && { reason }),
    ...(code !== undefined && { code }),
    ...(subcode !== undefined && { subcode }),
    ...(text !== undefined && { text: printable(text) }),
    state: close.in,
    time: isoTime(at),
  };
}

/** A node's part of a BgpPeer's status: ours, and the same in OpenELB's words. */
export function peerStatus(view: PeerView, node: string, since: string): BgpPeerStatus {
  const entry = peerNode(view, node, since);
  return { nodes: [entry], nodesPeerStatus: { [node]: inWordsOfOpenElb(view, entry) } };
}

/** Source: OpenELB's status of a BgpPeer, which is gobgp's `Peer` as JSON. */
function inWordsOfOpenElb(
  { planned: { peer }, report }: PeerView,
  entry: BgpPeerNode,
): NonNullable<NonNullable<BgpPeerStatus['nodesPeerStatus']>[string]> {
  const { conf = {} } = peer.spec;
  const isUp = entry.state === 'Established';
  const peerAs = entry.negotiated?.peerAs ?? (conf.peerAs || undefined);
  const holdTime = entry.negotiated?.holdTimeSeconds;
  return {
    peerState: {
      sessionState: String(entry.state).toUpperCase(),
      adminState: conf.adminDown === true ? 'DOWN' : 'UP',
      ...(conf.neighborAddress
        ? { neighborAddress: conf.neighborAddress }
        : entry.address && { neighborAddress: entry.address }),
      ...(entry.localAs !== undefined && { localAs: entry.localAs }),
      ...(peerAs !== undefined && { peerAs }),
      ...(entry.routerId !== undefined && { routerId: entry.routerId }),
      ...(conf.description && { description: conf.description }),
      ...(report && { flops: Math.max(0, report.establishedCount - (isUp ? 1 : 0)) }),
    },
    timersState: {
      ...(isUp && entry.since !== undefined && { uptime: entry.since }),
      ...(!isUp && report && report.establishedCount > 0 && entry.since !== undefined && { downtime: entry.since }),
      ...(holdTime !== undefined && { negotiatedHoldTime: String(holdTime) }),
    },
  };
}

/** A node's part of the BgpConf's status. */
export function confStatus(local: LocalSpeaker, node: string): BgpConfStatus {
  return { nodesConfStatus: { [node]: { as: local.as, routerId: bgpIdentifierText(local.identifier) } } };
}

/** A node's part of the status of a group. @param since ISO 8601 */
export function groupStatus(view: GroupView, node: string, since: string): VipGroupStatus {
  const { state, routers, routersWanted, message, note } = view;
  const counted = note?.drainedConnections !== undefined && {
    drainedConnections: note.drainedConnections,
    drainedConnectionsAt: isoTime(note.countedAt),
  };
  return {
    members: [{ node, state, since, routers, routersWanted, ...(message !== undefined && { message }), ...counted }],
  };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** What the other side wrote is shown as one line. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ').slice(0, 256);
}
