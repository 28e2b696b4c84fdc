/**
 * What keeps a session from being what was asked for, in words that name the remedy.
 */
import type { Close, Connection } from '../../../core/bgp/contract.js';
import { nextHopsOf } from '../../../core/bgp/next-hops.js';
import { establishedOf } from '../../../core/bgp/steps.js';
import { formatIp, ipFromBytes } from '../../../core/ip/address.js';
import { never } from '../../../core/time.js';
import type { LinuxError } from '../../../platform/linux/errno.js';
import type { PeerSettings, Problem } from './contract.js';
import type { Peer } from './state.js';

/** What is wrong with a session now; undefined when nothing is known to be. */
export function problemOf(peer: Peer): Problem | undefined {
  const established = establishedOf(peer.session);
  if (established) return incomplete(peer, established);
  if (peer.trouble) return peer.trouble;
  const { lastClose } = peer.session;
  // Of a connection that stood the kernel's words say less than when it ended.
  if (peer.failure && lastClose?.reason !== 'connection-lost') return unreachable(peer, peer.failure);
  return lastClose && ended(peer, lastClose);
}

/** The router of a session is this node itself. */
export function ownAddress(address: Uint8Array): Problem {
  return problem('OwnAddress', `${shown(address)} is an address of this node itself: name the router's`);
}

/** Two sessions would have the same router. */
export function sameRouter(other: string): Problem {
  return problem('DuplicatePeer', `this node already has a session with the same router, ${other}: remove one of them`);
}

/** The session is Established, but something of it is missing. */
function incomplete(peer: Peer, connection: Connection): Problem | undefined {
  return lacking(peer, connection) ?? unwatched(peer, connection);
}

function lacking({ settings }: Peer, connection: Connection): Problem | undefined {
  const { families } = connection.negotiated!;
  const untaken = settings.session.families.find((family) => !families.includes(family));
  if (untaken !== undefined) {
    return problem(
      'FamilyNotTaken',
      `the router does not take IPv${untaken} routes in this session: activate that address family for this neighbor on the router`,
    );
  }
  const hops = nextHopsOf(settings.session as Parameters<typeof nextHopsOf>[0], connection);
  const without = families.find((family) => !hops.has(family));
  if (without === undefined) return undefined;
  const other = without === 4 ? 6 : 4;
  const extended = without === 4 ? ', or let the router take extended next hops (RFC 8950)' : '';
  return problem(
    'NoNextHop',
    `IPv${without} routes have no next hop in a session over IPv${other}: give the NIC that has ${shown(connection.localAddress)} an IPv${without} address of the router's subnet, too${extended}; or leave IPv${without} out of afiSafis`,
  );
}

/** BFD is not what one of both sides wants. */
function unwatched({ settings, bfd }: Peer, { number }: Connection): Problem | undefined {
  if (!settings.bfd) {
    return bfd.askedUntil !== never
      ? problem(
          'BfdOnRouterOnly',
          'the router speaks BFD and this node does not: set bfd for this peer, or remove it on the router',
        )
      : undefined;
  }
  if (bfd.problem) return problem(`Bfd${bfd.problem.reason}`, bfd.problem.message);
  if (bfd.missed !== number) return undefined;
  return problem(
    'BfdMissing',
    `the router does not answer BFD, so its failures are noticed by the hold time only: set BFD for this neighbor on the router${asFarAs(settings)}`,
  );
}

/** Both sides must take the router to be as far away: they speak on different ports. */
function asFarAs({ bfdHops }: PeerSettings): string {
  if (bfdHops === 'many') return ', of many hops (RFC 5883, UDP 4784)';
  if (bfdHops === 'as-routed')
    return ', of one hop (UDP 3784) where it is on the link of this node, else of many (UDP 4784)';
  return '';
}

const byCode: Readonly<Record<string, readonly [reason: string, message: (peer: Peer) => string]>> = {
  ECONNREFUSED: [
    'ConnectionRefused',
    (peer) =>
      `${router(peer)} refuses the connection: is BGP running there, and is this node one of its neighbors? Its port may be another`,
  ],
  ENETUNREACH: ['NoRoute', (peer) => `this node has no route to ${router(peer)}: see \`ip route get\``],
  EHOSTUNREACH: [
    'HostUnreachable',
    (peer) => `${router(peer)} does not answer on its link, or is more than ${peer.settings.hops} hops away`,
  ],
  EADDRNOTAVAIL: [
    'SourceAddressMissing',
    ({ settings: { sourceAddress } }) =>
      `this node does not have the source address ${sourceAddress ? shown(sourceAddress) : 'that was asked for'}`,
  ],
  ENOPROTOOPT: [
    'PasswordUnsupported',
    () =>
      'the kernel cannot sign TCP packets (CONFIG_TCP_MD5SIG), and without a signature no session is begun: remove the password on both sides, or use another kernel',
  ],
  ENOMEM: ['PasswordUnsupported', () => 'the kernel takes no more TCP keys: raise net.core.optmem_max'],
  EPERM: ['NotPermitted', (peer) => `a firewall of this node does not let it connect to ${router(peer)}`],
};

function unreachable(peer: Peer, failure: LinuxError): Problem {
  const known = byCode[failure.code];
  if (known) return problem(known[0], known[1](peer));
  if (failure.code === 'ETIMEDOUT') return noAnswer(peer);
  return problem('ConnectionFailed', `the connection with ${router(peer)} failed: ${failure.message}`);
}

function noAnswer(peer: Peer): Problem {
  const password = peer.settings.password
    ? ': check that the password is the same on both sides, since the kernel drops what is signed otherwise'
    : ': check its address and port, firewalls, and whether it expects a password';
  const hops = peer.settings.ttlSecurity ? '. With ttlSecurity the router must send with TTL 255, too' : '';
  return problem('NoAnswer', `${router(peer)} does not answer${password}${hops}`);
}

function ended(peer: Peer, { direction, reason, text, code, subcode, in: state }: Close): Problem | undefined {
  const { session } = peer.settings;
  switch (reason) {
    case 'connect-failed':
      return noAnswer(peer);
    case 'peer-as':
      return direction === 'sent'
        ? problem(
            'WrongPeerAs',
            `${text ?? 'the peer is of another AS'}, not ${shownAs(session.peerAs)}: correct peerAs`,
          )
        : problem(
            'WrongLocalAs',
            `the router does not expect AS ${session.localAs} from this node: correct the AS here, or remote-as on the router`,
          );
    case 'identifier':
      return problem(
        'DuplicateIdentifier',
        `the router and this node have the same BGP identifier, ${shownIdentifier(session.identifier)}: give one of them another routerId`,
      );
    case 'hold-time':
      return problem(
        'HoldTimeRefused',
        direction === 'sent'
          ? 'the router wants no hold time, and its end would never be noticed: set one of 3 s or more for this neighbor on the router'
          : `the router does not take a hold time of ${session.holdTime} s: give another in timers.config.holdTime, or allow it on the router`,
      );
    case 'capability':
      return problem(
        'NoCommonFamily',
        'the router and this node have no address family in common: activate one on the router',
      );
    case 'connection-rejected':
    case 'connection-collision':
      // Once is what a router says that has not noticed yet that the session before has ended.
      if (peer.session.failures < 2) return undefined;
      return problem(
        'OtherSpeaker',
        'the router keeps no connection with this node. Another BGP speaker on it, such as Calico or kube-router, may already peer from this address: use another sourceAddress, or another peer of the router',
      );
    case 'administrative-shutdown':
    case 'deconfigured':
      return direction === 'received'
        ? problem('ShutDownByRouter', `an administrator of the router shut the session down${text ? `: ${text}` : ''}`)
        : undefined;
    case 'bfd-down':
      return problem(
        'BfdDown',
        'BFD says that the router and this node cannot reach each other: look at the link, and if it is well give longer intervals in bfd',
      );
    case 'hold-timer':
      return problem(
        'HoldTimerExpired',
        direction === 'sent'
          ? 'nothing was heard of the router for the hold time: see whether it lives, and whether large packets pass (`ping -M do -s 1472`)'
          : 'the router heard nothing of this node for the hold time: see whether large packets pass (`ping -M do -s 1472`)',
      );
    case 'connection-lost': {
      const early = state === 'OpenSent' || state === 'OpenConfirm';
      return early
        ? problem(
            'ClosedByRouter',
            `${router(peer)} closes connections of this node at once: is this node one of its neighbors?`,
          )
        : problem('ConnectionLost', `the connection with the router was lost${text ? `: ${text}` : ''}`);
    }
    case 'replaced':
      return undefined;
    default: {
      const who = direction === 'received' ? 'the router' : 'this node';
      return problem(
        'SessionEnded',
        `${who} ended the session: ${reason ?? `error ${code}/${subcode}`}${text ? `, ${text}` : ''}`,
      );
    }
  }
}

function problem(reason: string, message: string): Problem {
  return { reason, message };
}

function router({ at, settings }: Peer): string {
  return at ? `the router ${shown(at.address)} port ${at.port}` : `the router of ${settings.name}`;
}

function shownAs(as: PeerSettings['session']['peerAs']): string {
  if (as === 'external') return 'another one than ours';
  return as === 'internal' ? 'ours' : `AS ${as}`;
}

function shownIdentifier(identifier: number): string {
  return [24, 16, 8, 0].map((shift) => (identifier >>> shift) & 255).join('.');
}

function shown(address: Uint8Array): string {
  return formatIp(ipFromBytes(address));
}
