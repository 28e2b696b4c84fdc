/**
 * What the kernel of this node has of addresses, read from /proc and /sys: cheap enough to be looked at all the time, and it tells of
 * interfaces that are down, as kube-ipvs0 always is.
 */
import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { addressBits, type Family, type IpAddress, parseIp } from '../../core/ip/address.js';

export type Interfaces = Readonly<
  Record<string, readonly { readonly address: string; readonly cidr: string | null }[]>
>;

/** `network` without its `hostBits` lowest bits. */
export interface Subnet {
  readonly family: Family;
  readonly network: bigint;
  readonly hostBits: bigint;
}

export interface LocalNetwork {
  /** Every IPv4 address that the kernel holds for its own, on whichever interface. */
  readonly ipv4: ReadonlySet<string>;
  /** Addresses of the interfaces that are up, by interface; `cidr` like 192.0.2.1/24. */
  readonly interfaces: Interfaces;
  /** The subnets that these addresses are in, by interface. */
  readonly subnets: ReadonlyMap<string, readonly Subnet[]>;
  hasInterface(name: string): boolean;
  /** Whether an interface is one without ARP and neighbour discovery: `ip link set NAME arp off`. */
  hasArpOff(name: string): boolean;
  /** What counts of net.ipv4.conf.*.SETTING for an interface: the greater of its own and that of `all`, which alone counts without one. */
  setting(name: 'arp_ignore' | 'arp_announce', interfaceName: string | undefined): number;
}

/** IFF_NOARP of linux/if.h. */
const noArp = 0x80;

/** Reads the calling thread's network namespace, each file once: many groups ask for the same. */
export function readLocalNetwork(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): LocalNetwork {
  const texts = new Map<string, string>();
  const textOf = (path: string) => {
    const text = texts.get(path) ?? textAt(path);
    texts.set(path, text);
    return text;
  };
  const textAt = (path: string) => {
    try {
      return read(path);
    } catch {
      return ''; // no such setting, or no IPv4
    }
  };
  const devices = textOf('/proc/self/net/dev');
  const interfaces = networkInterfaces() as Readonly<Record<string, NetworkInterfaceInfo[]>>;
  return {
    ipv4: localIpv4(textOf('/proc/self/net/fib_trie')),
    interfaces,
    subnets: subnetsOf(interfaces),
    hasInterface: (name) => devices.split('\n').some((line) => line.trimStart().startsWith(`${name}:`)),
    hasArpOff: (name) => (Number(textOf(`/sys/class/net/${name}/flags`)) & noArp) !== 0,
    setting(name, of) {
      const value = (whose: string) => Number(textOf(`/proc/sys/net/ipv4/conf/${whose}/${name}`)) || 0;
      return Math.max(value('all'), of === undefined ? 0 : value(of));
    },
  };
}

/** One address that is all of its subnet, as a virtual address is, makes none; a leader has thousands of them. */
export function subnetsOf(interfaces: Interfaces): ReadonlyMap<string, readonly Subnet[]> {
  return new Map(
    Object.entries(interfaces).map(([nic, list]) => [nic, list.flatMap(({ cidr }) => subnetOf(cidr ?? '') ?? [])]),
  );
}

function subnetOf(cidr: string): Subnet | undefined {
  if (/:.*\/128$|^[^:]*\/32$/.test(cidr)) return undefined;
  const [base = '', length = ''] = cidr.split('/');
  const address = parseIp(base);
  if (address === undefined) return undefined;
  const hostBits = BigInt(addressBits(address.family) - Number(length));
  return { family: address.family, network: address.value >> hostBits, hostBits };
}

export function isWithin({ family, value }: IpAddress, subnet: Subnet): boolean {
  return family === subnet.family && value >> subnet.hostBits === subnet.network;
}

/** The addresses whose route is `/32 host LOCAL` in /proc/net/fib_trie. */
export function localIpv4(trie: string): ReadonlySet<string> {
  const found = new Set<string>();
  let leaf = '';
  for (const line of trie.split('\n')) {
    const address = /\|-- (\S+)/.exec(line)?.[1];
    if (address !== undefined) leaf = address;
    else if (line.includes('/32 host LOCAL')) found.add(leaf);
  }
  return found;
}
