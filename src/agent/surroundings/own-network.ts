/**
 * The subnets that this node is in and the gateways of its routes, read from the kernel: no Service is to be given an address that one of
 * them needs.
 */
import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { type AgentNetwork, subnetOf } from '../../api/agent-lease.js';
import { addressBits, type IpAddress, ipFromBytes } from '../../core/ip/address.js';

/** How old what was read may be, in milliseconds: a node may have very many routes. */
const readEveryMs = 30_000;

/** Reads the calling thread's network namespace, at most twice a minute. */
export function createOwnNetwork(now: () => number, read: () => AgentNetwork = readOwnNetwork): () => AgentNetwork {
  let known: { readonly network: AgentNetwork; readonly at: number } | undefined;
  return () => {
    if (known === undefined || now() - known.at >= readEveryMs) known = { network: read(), at: now() };
    return known.network;
  };
}

export function readOwnNetwork(
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
  interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces,
): AgentNetwork {
  const textOf = (path: string) => {
    try {
      return read(path);
    } catch {
      return ''; // without that family
    }
  };
  const addresses = Object.values(interfaces())
    .flatMap((list) => list ?? [])
    .flatMap(({ internal, cidr }) => (internal || cidr === null ? [] : subnetOf(cidr)))
    // One that is all of its subnet may be a virtual address, ours or another's.
    .filter(({ address, prefixLength }) => prefixLength < addressBits(address.family) && !isLinkLocal(address));
  const gateways = [
    ...ipv4Gateways(textOf('/proc/self/net/route')),
    ...ipv6Gateways(textOf('/proc/self/net/ipv6_route')),
  ];
  return { addresses: distinct(addresses, ({ address }) => address), gateways: distinct(gateways, (each) => each) };
}

/** RTF_GATEWAY of linux/route.h: the next hop is a router. */
const viaGateway = 0x2;

/** Source: `fib_route_seq_show` of net/ipv4/fib_trie.c: addresses are numbers of the host's byte order, in hexadecimal. */
export function ipv4Gateways(table: string): readonly IpAddress[] {
  return table.split('\n').flatMap((line) => {
    const [, , gateway = '', flags = ''] = line.trim().split(/\s+/);
    if (!/^[0-9A-F]{8}$/i.test(gateway) || (Number.parseInt(flags, 16) & viaGateway) === 0) return [];
    return [ipFromBytes(Uint8Array.from(Buffer.from(gateway, 'hex')).reverse())];
  });
}

/** Source: `rt6_info_route` of net/ipv6/route.c. */
export function ipv6Gateways(table: string): readonly IpAddress[] {
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [gateway = '', flags = ''] = [fields[4], fields[8]];
    if (!/^[0-9a-f]{32}$/i.test(gateway) || (Number.parseInt(flags, 16) & viaGateway) === 0) return [];
    const address = ipFromBytes(Uint8Array.from(Buffer.from(gateway, 'hex')));
    return isLinkLocal(address) ? [] : [address];
  });
}

function isLinkLocal({ family, value }: IpAddress): boolean {
  return family === 4 ? value >> 16n === 0xa9fen : value >> 118n === 0x3fan;
}

function distinct<T>(list: readonly T[], address: (item: T) => IpAddress): readonly T[] {
  return [...new Map(list.map((item) => [`${address(item).family} ${address(item).value}`, item])).values()];
}
