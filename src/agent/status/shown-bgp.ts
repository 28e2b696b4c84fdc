/** What the agent says of its BGP sessions to whoever asks on its host. */
import type { BgpPeerNode } from '../../api/bgp-peer.js';
import { bgpIdentifierText } from '../bgp/identifier-text.js';
import type { BgpManager } from '../bgp/manager.js';
import type { GroupView } from '../bgp/views.js';
import { isoTime, peerNode } from './bgp-status.js';

export interface ShownBgp {
  readonly bgp: {
    readonly as?: number;
    readonly routerId?: string;
    readonly peers: readonly ({ readonly peer: string } & Partial<BgpPeerNode>)[];
    readonly groups: readonly ({ readonly group: string } & Omit<GroupView, 'message'> & {
        readonly message?: string;
      })[];
  };
}

/** Undefined where there is no BgpPeer for this node, and nothing to announce by BGP. */
export function shownBgp(bgp: BgpManager, node: string): ShownBgp | undefined {
  const local = bgp.local();
  const peers = bgp.peers().map((view) => {
    const { node: _, ...entry } = peerNode(view, node, isoTime(Date.now()));
    return { peer: view.name, ...entry };
  });
  const groups = [...bgp.groupNames()].flatMap((group) => {
    const view = bgp.group(group);
    if (view === undefined) return [];
    const { message, ...rest } = view;
    return [{ group, ...rest, ...(message !== undefined && { message }) }];
  });
  if (peers.length === 0 && groups.length === 0) return undefined;
  return { bgp: { ...(local && { as: local.as, routerId: bgpIdentifierText(local.identifier) }), peers, groups } };
}
