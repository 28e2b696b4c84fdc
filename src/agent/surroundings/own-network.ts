/**
 * The subnets that this node is in and the gateways of its routes, read from the kernel: no Service is to be given an address that one of
 * them needs.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type AgentNetwork, isLinkLocal, type NicAddress, parseNicAddress } from '../../api/agent-network.js';
import { type IpAddress, ipFromBytes } from '../../core/ip/address.js';

/** How old what was read of routes may be, in milliseconds: a node may have very many. */
const routesEveryMs = 30_000;

type Interfaces = Readonly<
  Record<string, readonly { readonly internal: boolean; readonly cidr: string | null }[] | undefined>
>;

export interface Readers {
  readonly file?: (path: string) => string;
  readonly interfaces?: () => Interfaces;
}

/**
 * Reads the calling thread's network namespace each time it is asked, its routes at most twice a minute. What a NIC had is said on while it
 * has nothing: the LAN that it will be on again is the same, and the groups on it keep their IDs.
 */
export function createOwnNetwork(now: () => number, readers: Readers = {}): () => AgentNetwork {
  const { file = (path) => readFileSync(path, 'utf8'), interfaces = networkInterfaces } = readers;
  const nics = new Map<string, readonly NicAddress[]>();
  let routes: { readonly gateways: readonly IpAddress[]; readonly at: number } | undefined;
  return () => {
    for (const [nic, list = []] of Object.entries(interfaces())) {
      // One that is all of its subnet may be a virtual address, ours or another's; it tells of no LAN.
      const found = list.flatMap(({ internal, cidr }) => (internal ? [] : (parseNicAddress(cidr ?? '') ?? [])));
      if (found.length > 0) nics.set(nic, found);
    }
    if (routes === undefined || now() - routes.at >= routesEveryMs)
      routes = { gateways: readGateways(file), at: now() };
    return { nics, gateways: routes.gateways };
  };
}

function readGateways(file: (path: string) => string): readonly IpAddress[] {
  const textOf = (path: string) => {
    try {
      return file(path);
    } catch {
      return ''; // without that family
    }
  };
  const all = [...ipv4Gateways(textOf('/proc/self/net/route')), ...ipv6Gateways(textOf('/proc/self/net/ipv6_route'))];
  return [...new Map(all.map((each) => [`${each.family} ${each.value}`, each])).values()];
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
