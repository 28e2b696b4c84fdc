/** Where the router of a BgpPeer is, and which address of ours speaks with it: pure. */
import type { BgpPeer } from '../../api/bgp-peer.js';
import { defaultGatewayFamily } from '../../api/bgp-peer-rules.js';
import { parseInterface } from '../../api/interface.js';
import { formatIp, type IpAddress, ipToBytes, parseIp } from '../../core/ip/address.js';
import { contains, parsePool } from '../../core/ip/range.js';
import { fitsPattern } from '../../core/nic-pattern.js';
import type { PeerLocation } from '../engine/routing/contract.js';
import type { OwnNics } from './own-nics.js';
import { type Found, found, refused } from './problem.js';

/** Of a BgpPeer without problems (`bgpPeerProblems`): what depends on this node. */
export function locate({ spec }: BgpPeer, nics: OwnNics): Found<PeerLocation> {
  const { neighborAddress: text = '', neighborInterface = '' } = spec.conf ?? {};
  const gateway = defaultGatewayFamily(text);
  if (gateway !== undefined) return found({ defaultGateway: gateway });
  const nic = neighborInterface === '' ? undefined : chooseNic(neighborInterface, nics);
  if (nic !== undefined && !nic.ok) return nic;
  const address = parseIp(text);
  if (address === undefined)
    return nic === undefined
      ? refused('NoAddress', 'spec.conf.neighborAddress is missing: give the address of the router')
      : found({ interface: nic.value });
  const own = nics.addresses.find((each) => same(each.address, address));
  if (own === undefined)
    return found({ address: ipToBytes(address), ...(nic !== undefined && { interface: nic.value }) });
  return refused(
    'OwnAddress',
    `spec.conf.neighborAddress ${formatIp(address)} is this node's own, on ${own.interface}: correct it; if the router runs on this node, ` +
      'leave the node out with spec.nodeSelector',
  );
}

/** The address of ours that `spec.sourceAddress` stands for; undefined when it is left to the kernel. */
export function sourceOf({ spec }: BgpPeer, nics: OwnNics): Found<Uint8Array | undefined> {
  const text = spec.sourceAddress ?? '';
  const parsed = parsePool(text);
  if (!parsed.ok) return found(undefined);
  const own = nics.addresses.filter(({ address }) => contains(parsed.ranges, address));
  const source = own.find(({ alone }) => !alone) ?? own[0];
  if (source !== undefined) return found(ipToBytes(source.address));
  return refused(
    'NoSourceAddress',
    `this node has no address in spec.sourceAddress ${text}: give it one, or write a CIDR block that its address is in`,
  );
}

/** Equal where two locations are one router. Those that are found later may turn out to be one all the same. */
export function locationKey(location: PeerLocation): string {
  if ('defaultGateway' in location) return `gateway ${location.defaultGateway}`;
  if (!('address' in location)) return `nic ${location.interface}`;
  const { address, interface: nic = '' } = location;
  const linkLocal = address.length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
  return `${address.join('.')}${linkLocal ? `%${nic}` : ''}`;
}

function chooseNic(text: string, { names }: OwnNics): Found<string> {
  const choice = parseInterface(text);
  if (choice.by === 'name') return found(choice.name);
  const patterns = choice.by === 'names' ? choice.patterns : [];
  const nic = patterns.flatMap((pattern) => names.filter((name) => fitsPattern(pattern, name)))[0];
  if (nic !== undefined) return found(nic);
  return refused(
    'NoInterface',
    `this node has none of the NICs ${text} (spec.conf.neighborInterface), but ${names.join(', ')}`,
  );
}

function same(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.value === b.value;
}
