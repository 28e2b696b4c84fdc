import type { Host } from '../lab/host.js';
import type { Lab } from '../lab/lab.js';
import type { RouterKind } from '../lab/routers/router.js';
import type { NeighborSettings } from '../lab/routers/settings.js';

/** One setting of a session between a speaker of ours and a router, and what must come of it. */
export interface BgpCase {
  /** As in the table of docs/interop.md. */
  readonly name: string;
  /** How the router is told of the speaker. */
  readonly router?: Partial<NeighborSettings>;
  /** How our speaker is told of the router: fields of `PeerSettings`. */
  readonly peer?: { readonly session?: object; readonly [field: string]: unknown };
  /** Fields of `Speaker`. */
  readonly listen?: { readonly listenPort: number };
  /** Whether the speaker has an engine, which BFD takes. */
  readonly bfd?: boolean;
  /** Whether BFD comes up as well. */
  readonly watched?: boolean;
  /** What it has to say of a session that stands, by the reason of a problem. */
  readonly says?: string;
  /** Whether the session is over IPv6. */
  readonly over6?: boolean;
  /** Routers that cannot do this, and why. */
  readonly not?: Partial<Readonly<Record<RouterKind, string>>>;
  /** Routers that take IPv4 routes with an IPv4 next hop only, and why. */
  readonly without8950?: Partial<Readonly<Record<RouterKind, string>>>;
  /** What our speaker says of the end of the connection, when no session must come up. */
  readonly fails?: { readonly direction?: string; readonly reason?: string; readonly problem?: RegExp };
}

const ourAs = 65_001;
/** Without a space, which FRR's configuration takes for the end of a password. */
const password = 'a-secret-of-22-octets!';

const withoutBfd = { gobgp: 'this version has no BFD', openbgpd: 'this version has no BFD' };
const bfdTiming = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMult: 3 };

/** Settings of which each must lead to a session, and the routes through it. */
export const workingCases: readonly BgpCase[] = [
  { name: 'IPv4 and IPv6 routes over IPv4' },
  {
    name: 'IPv4 and IPv6 routes over IPv6',
    over6: true,
    router: { extendedNextHop: true },
    peer: { session: { extendedNextHop: true } },
    without8950: { openbgpd: 'it does not know RFC 8950' },
  },
  { name: 'the router passive', router: { passive: true } },
  {
    name: 'our speaker passive',
    peer: { session: { passive: true } },
    listen: { listenPort: 179 },
    not: { openbgpd: 'it tries again only after more than a minute when it was refused once' },
  },
  { name: 'both active, with a listener here', listen: { listenPort: 179 } },
  { name: 'TCP-MD5', router: { password }, peer: { password: `secret:${password}` } },
  { name: 'GTSM', router: { ttlSecurity: true }, peer: { ttlSecurity: true } },
  { name: "any AS of the router's", peer: { session: { peerAs: 'external' } } },
  { name: 'AS numbers of 32 bits', router: { as: 4_200_000_001 }, peer: { session: { localAs: 4_200_000_001 } } },
  { name: 'the same AS', router: { as: 65_000 }, peer: { session: { localAs: 65_000, peerAs: 'internal' } } },
  {
    name: 'the same AS, with BFD',
    router: { as: 65_000, bfd: { intervalMs: 300, multiplier: 3 } },
    peer: { session: { localAs: 65_000, peerAs: 'internal' }, hops: 255, bfd: bfdTiming, bfdHops: 'as-routed' },
    bfd: true,
    watched: true,
    not: withoutBfd,
  },
  { name: 'hold time of 3 s', peer: { session: { holdTime: 3 } } },
  {
    name: 'BFD on the router only',
    router: { bfd: { intervalMs: 300, multiplier: 3 } },
    bfd: true,
    says: 'BfdOnRouterOnly',
    not: withoutBfd,
  },
  {
    name: 'BFD here only',
    peer: { bfd: bfdTiming },
    bfd: true,
    says: 'BfdMissing',
  },
];

/** Settings of which none may lead to a session, and what our speaker says of it. */
export const failingCases: readonly BgpCase[] = [
  {
    name: 'another password',
    router: { password },
    peer: { password: 'secret:another one' },
    fails: { problem: /password/i },
  },
  { name: 'a password on the router only', router: { password }, fails: {} },
  { name: 'a password here only', peer: { password: `secret:${password}` }, fails: { problem: /password/i } },
  {
    name: 'the router expects another AS',
    router: { as: 65_009 },
    fails: { direction: 'received', reason: 'peer-as' },
  },
  {
    name: 'our speaker expects another AS',
    peer: { session: { peerAs: 65_009 } },
    fails: { direction: 'sent', reason: 'peer-as' },
  },
];

/** How a router is told of a speaker in a case. */
export function neighborOf({ router, over6 }: BgpCase, node: { address: string; address6: string }): NeighborSettings {
  return { at: { address: over6 ? node.address6 : node.address }, as: ourAs, ...router };
}

/**
 * A host like a node of a cluster: it forwards, and so takes no address of its own from router advertisements, which FRR sends wherever it
 * has a neighbour with extended next hops.
 */
export async function addNode(lab: Lab, name: string, number: number): Promise<Host> {
  const host = await lab.addHost(name, number);
  await host.run('sysctl', ['-qw', 'net.ipv6.conf.all.forwarding=1', 'net.ipv6.conf.eth0.accept_ra=0']);
  return host;
}
