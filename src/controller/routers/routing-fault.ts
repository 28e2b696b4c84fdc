/** Why no router can be told of addresses, as far as objects say: pure. */
import type { BgpConf } from '../../api/bgp-conf.js';
import { bgpConfName } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { problemsText } from '../../api/problem.js';
import type { Node } from '../objects/builtin-objects.js';
import { whyNoSession } from './session-nodes.js';

/** What there is of BGP objects. */
export interface Routing {
  /** The one that counts. */
  readonly conf: BgpConf | undefined;
  /** Names of others. */
  readonly otherConfs: readonly string[];
  readonly peers: readonly BgpPeer[];
}

export interface RoutingFault {
  readonly reason: 'NoBgpConf' | 'NoBgpPeer';
  /** With the remedy. */
  readonly message: string;
}

/**
 * @param nodes those that are to tell routers of something; none: whichever
 */
export function routingFault({ conf, otherConfs, peers }: Routing, nodes: readonly Node[]): RoutingFault | undefined {
  const live = (object: BgpConf | BgpPeer) => object.metadata.deletionTimestamp === undefined;
  if (conf === undefined || !live(conf)) {
    const there = otherConfs.length === 0 ? '' : `: ${otherConfs.slice(0, 3).join(', ')} has another name`;
    const message = `there is no BgpConf of the name ${bgpConfName}${there}: make one, with the AS number of the nodes in spec.as`;
    return { reason: 'NoBgpConf', message };
  }
  if ((conf.wrong ?? []).length > 0)
    return {
      reason: 'NoBgpConf',
      message: `BgpConf ${bgpConfName} is not in order: ${problemsText(conf.wrong ?? [])}`,
    };
  const present = peers.filter(live);
  if (present.length === 0) {
    const message = 'there is no BgpPeer: make one for each router, with its address in spec.conf.neighborAddress';
    return { reason: 'NoBgpPeer', message };
  }
  const right = present.filter(({ wrong = [] }) => wrong.length === 0);
  const [first] = present;
  if (right.length === 0)
    return {
      reason: 'NoBgpPeer',
      message: `BgpPeer ${first!.metadata.name} is not in order: ${problemsText(first!.wrong ?? [])}`,
    };
  const able = right.filter(({ spec }) => spec.conf?.adminDown !== true);
  if (able.length === 0) {
    const message = `BgpPeer ${right[0]!.metadata.name} has spec.conf.adminDown: take it off`;
    return { reason: 'NoBgpPeer', message };
  }
  if (nodes.length === 0 || nodes.some((node) => able.some((peer) => whyNoSession(peer, node) === undefined)))
    return undefined;
  const [peer, node] = [able[0]!, nodes[0]!];
  const message = `no BgpPeer is for a node that may announce the addresses: ${node.metadata.name} ${whyNoSession(peer, node)} (BgpPeer ${peer.metadata.name}): choose such nodes by spec.nodeSelector of a BgpPeer`;
  return { reason: 'NoBgpPeer', message };
}
