/** What is probably wrong with a session that does not come up, or is not what was asked for, with the remedy: pure. */

import type { PeerReport, PeerSettings } from '../engine/routing/contract.js';
import { bgpIdentifierText } from './identifier-text.js';
import type { PeerProblem } from './problem.js';

/** Codes of NOTIFICATIONs. Source: RFC 4271 4.5, RFC 4486. */
const badPeerAs = '2/2';
const badIdentifier = '2/3';
const connectionRejected = '6/5';
const collision = '6/7';

/** The thread's own word comes first: it has seen more. */
export function diagnosisOf(report: PeerReport, settings: PeerSettings): PeerProblem | undefined {
  if (report.problem !== undefined) return report.problem;
  if (report.state === 'Established') return undefined;
  const { lastClose } = report;
  if (lastClose === undefined || lastClose.in === 'Established') return undefined;
  const code = lastClose.code === undefined ? undefined : `${lastClose.code}/${lastClose.subcode ?? 0}`;
  if (lastClose.direction === 'received') return refusal(code, settings);
  if (lastClose.direction === 'sent') return objection(code, settings);
  if (lastClose.reason !== 'connect-failed') return undefined;
  const password =
    settings.password === undefined
      ? 'and whether it wants a password'
      : 'and whether it has the same password: with another one it does not answer at all';
  return {
    reason: 'NoConnection',
    message:
      `no TCP connection with the router at port ${settings.port}${lastClose.text === undefined ? '' : ` (${lastClose.text})`}: ` +
      `look whether it listens there, knows this node as a neighbour, ${password}`,
  };
}

/** What the router said right after our OPEN. */
function refusal(code: string | undefined, { session }: PeerSettings): PeerProblem | undefined {
  switch (code) {
    case badPeerAs:
      return {
        reason: 'AsRefused',
        message:
          `the router refuses AS ${session.localAs} (NOTIFICATION ${code}): it expects another from this address: correct its remote-as, or ` +
          'spec.as of the BgpConf; if another program (Calico, kube-router) speaks BGP from this node, one of the two must use another address',
      };
    case badIdentifier:
      return {
        reason: 'IdentifierRefused',
        message:
          `the router refuses the BGP identifier ${bgpIdentifierText(session.identifier)} (NOTIFICATION ${code}), probably because another ` +
          'speaker of the AS has it: take spec.routerId out of the BgpConf',
      };
    case connectionRejected:
    case collision:
      return {
        reason: 'AnotherSpeaker',
        message:
          `the router refuses a session from this address (NOTIFICATION ${code}): another program on this node (Calico, kube-router) probably ` +
          'has one with it already: end that, or give spec.sourceAddress another address; or the router does not know this node as a neighbour',
      };
    default:
      return undefined;
  }
}

/** What we said to the router's OPEN. */
function objection(code: string | undefined, { session }: PeerSettings): PeerProblem | undefined {
  if (code === badPeerAs)
    return {
      reason: 'WrongAs',
      message:
        `the router is not of AS ${session.peerAs === 'internal' ? session.localAs : session.peerAs}: correct spec.conf.peerAs, or write ` +
        'spec.conf.asType: external there in its place',
    };
  if (code === badIdentifier)
    return {
      reason: 'SameIdentifier',
      message:
        `the router has this node's BGP identifier ${bgpIdentifierText(session.identifier)}, or none: give one of the two another ` +
        '(spec.routerId of the BgpConf)',
    };
  return undefined;
}
