import type { Family } from '../ip/address.js';
import { type Capability, capabilityOctets, codeOf } from '../wire/bgp/capabilities.js';
import { messageError } from '../wire/bgp/error-codes.js';
import { afiOf, familyOfNumbers, unicast } from '../wire/bgp/families.js';
import { asNumberOf, asTrans, type Open } from '../wire/bgp/open.js';
import type { Refusal } from './closing.js';
import type { GracefulRestart, Negotiated, PeerConfig, Session } from './contract.js';

/** The OPEN that we send. `R` is said until the first session of this process (RFC 4724 4.1); N never. */
export function ownOpen({ config, withheld, wasEstablished }: Session): Open {
  const { localAs, holdTime, identifier } = config;
  const capabilities = ownCapabilities(config, wasEstablished).filter((each) => !withheld.includes(codeOf(each)));
  return { type: 'open', as: localAs > 0xffff ? asTrans : localAs, holdTime, identifier, capabilities };
}

function ownCapabilities(config: PeerConfig, wasEstablished: boolean): readonly Capability[] {
  const { families, extendedNextHop, gracefulRestart, localAs } = config;
  const numbers = families.map((family) => ({ afi: afiOf(family), safi: unicast }));
  return [
    ...numbers.map((each): Capability => ({ type: 'multiprotocol', ...each })),
    { type: 'route-refresh' },
    ...(extendedNextHop && families.includes(4) ? [ipv4OverIpv6] : []),
    ...(gracefulRestart ? [restartCapability(gracefulRestart, numbers, wasEstablished)] : []),
    { type: 'four-octet-as', as: localAs },
    { type: 'enhanced-route-refresh' },
  ];
}

function restartCapability(
  { restartTime, restarted, forwarding }: GracefulRestart,
  families: readonly { readonly afi: number; readonly safi: number }[],
  wasEstablished: boolean,
): Capability {
  return {
    type: 'graceful-restart',
    restarted: restarted && !wasEstablished,
    notification: false,
    restartTime,
    families: families.map((each) => ({ ...each, forwarding: forwarding || wasEstablished })),
  };
}

const ipv4OverIpv6: Capability = {
  type: 'extended-next-hop',
  families: [{ afi: 1, safi: unicast, nextHopAfi: 2 }],
};

/**
 * Judges the peer's OPEN by what only the configuration knows (RFC 4271 6.2), and finds what both sides have in common.
 * A peer without a family of ours is told so and tried again all the same, though RFC 5492 3 would have it wait for an operator.
 *
 * @param own the OPEN that was sent on the same connection
 */
export function negotiate(config: PeerConfig, own: Open, peer: Open): Negotiated | Refusal {
  const peerAs = asNumberOf(peer);
  const external = peerAs !== config.localAs;
  if (!isExpected(config.peerAs, peerAs, external))
    return { ...messageError('peer-as'), text: `the peer is of AS ${peerAs}` };
  // RFC 6286 2.2: an identifier need only be unlike those of the same AS.
  if (!external && peer.identifier === config.identifier) {
    return { ...messageError('identifier'), text: 'the peer has the same identifier' };
  }
  // Without a Hold Time nobody would notice that the peer is gone: it takes a configuration that wants it so.
  if (peer.holdTime === 0 && config.holdTime !== 0) return messageError('hold-time');
  const families = familiesOf(own).filter((family) => familiesOf(peer).includes(family));
  if (families.length === 0) {
    const wanted = own.capabilities.filter(({ type }) => type === 'multiprotocol');
    return messageError('capability', Uint8Array.from(wanted.flatMap(capabilityOctets)));
  }
  const both = (type: Capability['type']) => has(own, type) && has(peer, type);
  return {
    peerAs,
    external,
    holdTime: Math.min(config.holdTime, peer.holdTime),
    families,
    fourOctetAs: both('four-octet-as'),
    extendedNextHop: takesIpv4OverIpv6(own) && takesIpv4OverIpv6(peer),
    enhancedRouteRefresh: both('enhanced-route-refresh'),
    gracefulRestart: both('graceful-restart'),
  };
}

function isExpected(expected: PeerConfig['peerAs'], as: number, external: boolean): boolean {
  if (expected === 'external') return external;
  if (expected === 'internal') return !external;
  return as === expected;
}

/** Without a word of families it is IPv4 unicast (RFC 4760 8). */
function familiesOf({ capabilities }: Open): readonly Family[] {
  const said = capabilities.filter((each) => each.type === 'multiprotocol');
  if (said.length === 0) return [4];
  return [...new Set(said.map(familyOfNumbers).filter((family) => family !== undefined))];
}

function has({ capabilities }: Open, type: Capability['type']): boolean {
  return capabilities.some((each) => each.type === type);
}

function takesIpv4OverIpv6({ capabilities }: Open): boolean {
  return capabilities.some(
    (each) =>
      each.type === 'extended-next-hop' &&
      each.families.some(({ afi, safi, nextHopAfi }) => afi === 1 && safi === unicast && nextHopAfi === 2),
  );
}

/**
 * Whether a new connection of a peer replaces one that is Established, because it has restarted (RFC 4724 5): it said of a family at
 * least that it may. The last such capability counts (RFC 4724 3).
 */
export function restartsWith({ capabilities }: Open): boolean {
  const last = capabilities.findLast((each) => each.type === 'graceful-restart');
  return last !== undefined && last.families.length > 0;
}
