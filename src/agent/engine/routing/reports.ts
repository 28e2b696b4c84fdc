import { establishedOf } from '../../../core/bgp/steps.js';
import { formatIp, ipFromBytes } from '../../../core/ip/address.js';
import type { Micros } from '../../../core/time.js';
import { never } from '../../../core/time.js';
import type { PeerReport } from './contract.js';
import { problemOf } from './problems.js';
import { prefixesSent, shownRouter } from './session-driver.js';
import type { Peer, Speaker } from './state.js';

/** How often a change of nothing but a number is reported at most. */
const countInterval: Micros = 1_000_000;

/** When to call `reportDue` for a peer. */
export function reportDeadline(peer: Peer): Micros {
  if (peer.reportDue) return -never;
  return prefixesSent(peer) === peer.reportedCount ? never : peer.reportedAt + countInterval;
}

/** Reports how a session stands if that has changed. */
export function reportIfDue(speaker: Speaker, peer: Peer, now: Micros): void {
  if (now < reportDeadline(peer)) return;
  peer.reportDue = false;
  peer.reportedCount = prefixesSent(peer);
  peer.reportedAt = now;
  speaker.emit({ type: 'peer', report: reportOf(speaker, peer, now) });
}

function reportOf({ world }: Speaker, peer: Peer, now: Micros): PeerReport {
  const { session, name, since, establishedCount } = peer;
  const established = establishedOf(session);
  const address = shownRouter(peer);
  const local = session.connections.find(({ localAddress }) => localAddress.length > 0)?.localAddress;
  const { lastClose } = session;
  const problem = problemOf(peer);
  return {
    peer: name,
    state: session.state,
    since,
    ...(address !== undefined && { address }),
    ...(local && { localAddress: formatIp(ipFromBytes(local)) }),
    ...(established && { negotiated: established.negotiated!, identifier: established.peerOpen!.identifier }),
    prefixesSent: peer.reportedCount,
    establishedCount,
    ...(peer.settings.bfd && { bfd: { state: peer.bfd.state, ...peer.bfd.agreed } }),
    ...(lastClose && { lastClose: { ...lastClose, at: Math.round(world.utc() - (now - lastClose.at) / 1000) } }),
    ...(problem && { problem }),
  };
}
