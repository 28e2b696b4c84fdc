/** The sessions with BGP routers, and whether BFD finds them alive: pure. */
import type { BgpPeer, BgpPeerNode } from '../api/bgp-peer.js';
import type { Painted } from '../cli/paint.js';
import { table } from '../cli/table.js';
import { since } from './age.js';
import { heardText, paintOf, type View } from './view.js';

/** One line for each session of the cluster, by BgpPeer and node; nothing where there are none. */
export function sessionTable(peers: readonly BgpPeer[], view: View): string {
  const rows = peers
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap(({ metadata, status }) =>
      (status?.nodes ?? [])
        .toSorted((a, b) => (a.node < b.node ? -1 : 1))
        .map((entry) => [
          metadata.name,
          entry.node,
          ...sessionCells(entry, view.nowMs),
          heardText([entry.node], view),
          problemOf(entry),
        ]),
    );
  return rows.length === 0 ? '' : table(['PEER', 'NODE', ...sessionHead, 'HEARD', 'PROBLEM'], rows, paintOf(view));
}

export const sessionHead = ['STATE', 'SINCE', 'ROUTER', 'AS', 'PREFIXES', 'BFD'];

export function sessionCells(entry: Partial<BgpPeerNode>, nowMs: number): readonly Painted[] {
  const { state = '-', bfd } = entry;
  return [
    { text: state, tone: state === 'Established' ? 'good' : state === 'Lost' ? 'warning' : 'bad' },
    since(entry.since, nowMs),
    entry.address ?? '-',
    String(entry.negotiated?.peerAs ?? '-'),
    String(entry.prefixesSent ?? '-'),
    bfd?.state === undefined ? '-' : { text: bfd.state, tone: bfd.state === 'Up' ? 'good' : 'bad' },
  ];
}

export function problemOf({ problem }: Partial<BgpPeerNode>): Painted {
  return problem ? { text: `${problem.reason}: ${problem.message}`, tone: 'bad' } : '';
}
