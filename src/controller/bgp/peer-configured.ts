/** Whether a BgpPeer is one that nodes can have sessions by: the condition `Configured`. Pure. */
import type { BgpPeer } from '../../api/bgp-peer.js';
import { bgpPeerProblems } from '../../api/bgp-peer-rules.js';
import { problemsText } from '../../api/problem.js';
import { formatIp, parseIp } from '../../core/ip/address.js';
import type { Node } from '../objects/builtin-objects.js';
import { type Routing, routingFault } from '../routers/routing-fault.js';
import { sessionNodes, whyNoSession } from '../routers/session-nodes.js';

export interface Verdict {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** @param chosen the nodes that are to have a session (`sessionNodes`) */
export function configured(
  peer: BgpPeer,
  chosen: readonly string[],
  { routing, nodes }: { readonly routing: Routing; readonly nodes: readonly Node[] },
): Verdict {
  const wrong = [...(peer.wrong ?? []), ...unknownNames(peer, routing)];
  if (wrong.length > 0) return no('InvalidSpec', problemsText(wrong));
  const fault = routingFault({ ...routing, peers: [peer] }, []);
  if (fault?.reason === 'NoBgpConf') return no(fault.reason, fault.message);
  if (peer.spec.conf?.adminDown === true) {
    return no('AdminDown', 'spec.conf.adminDown is true, so there is no session: take it out to have one');
  }
  if (chosen.length === 0) return no('NoNodeSelected', noNode(peer, nodes));
  const own = ownAddress(peer, chosen, nodes);
  if (own !== undefined) return no('OwnAddress', own);
  const twin = twinOf(peer, chosen, { routing, nodes });
  if (twin !== undefined) return no('SameRouter', twin);
  const count = chosen.length === 1 ? '1 node is' : `${chosen.length} nodes are`;
  return { status: 'True', reason: 'Valid', message: `${count} to have a session` };
}

function no(reason: string, message: string): Verdict {
  return { status: 'False', reason, message };
}

/** Names of communities are in the BgpConf. */
function unknownNames(peer: BgpPeer, { conf }: Routing) {
  if ((peer.wrong ?? []).length > 0 || conf === undefined) return [];
  return bgpPeerProblems(peer, conf.spec.communityAliases ?? {});
}

function noNode(peer: BgpPeer, nodes: readonly Node[]): string {
  if (nodes.length === 0) return 'the cluster has no node';
  const reasons = nodes.slice(0, 3).map((node) => `${node.metadata.name} ${whyNoSession(peer, node)}`);
  const more = nodes.length > 3 ? ` and ${nodes.length - 3} more are left out` : '';
  return `no node is to have a session: ${reasons.join(', ')}${more}: choose nodes by spec.nodeSelector`;
}

function ownAddress({ spec }: BgpPeer, chosen: readonly string[], nodes: readonly Node[]): string | undefined {
  const address = parseIp(spec.conf?.neighborAddress ?? '');
  if (address === undefined) return undefined;
  const text = formatIp(address);
  const owner = nodes.find(
    ({ metadata, status }) =>
      chosen.includes(metadata.name) && status?.addresses?.some((each) => canonical(each.address) === text) === true,
  );
  return (
    owner &&
    `spec.conf.neighborAddress: ${text} is an address of node ${owner.metadata.name}, which is not its own router: give the address of the router, or leave that node out by spec.nodeSelector`
  );
}

function canonical(text: string): string {
  const address = parseIp(text);
  return address === undefined ? text : formatIp(address);
}

/** The one that was there first keeps its router. */
function twinOf(
  peer: BgpPeer,
  chosen: readonly string[],
  { routing, nodes }: { readonly routing: Routing; readonly nodes: readonly Node[] },
): string | undefined {
  const place = placeOf(peer);
  for (const other of routing.peers) {
    if (!isSenior(other, peer) || (other.wrong ?? []).length > 0 || placeOf(other) !== place) continue;
    const theirs = new Set(sessionNodes(other, nodes));
    const shared = chosen.find((node) => theirs.has(node));
    if (shared === undefined) continue;
    return `BgpPeer ${other.metadata.name} is at the same address for node ${shared}, and one router has one session with a node: delete one of them, or have their spec.nodeSelector choose different nodes`;
  }
  return undefined;
}

function placeOf({ spec: { conf = {} } }: BgpPeer): string {
  return `${canonical(conf.neighborAddress ?? '')} ${conf.neighborInterface ?? ''}`;
}

function isSenior({ metadata: a }: BgpPeer, { metadata: b }: BgpPeer): boolean {
  if (a.name === b.name || a.deletionTimestamp !== undefined) return false;
  const [x, y] = [a.creationTimestamp ?? '', b.creationTimestamp ?? ''];
  return x === y ? a.name < b.name : x < y;
}
