/**
 * Annotation on an agent's Lease: the subnets of the node's NICs, as JSON like `{"eth0":["192.0.2.0/24","2001:db8::/64"]}`. By them the
 * controller knows which groups share a LAN.
 */
import { addressBits, formatIp, parseIp } from '../core/ip/address.js';
import type { IpRange } from '../core/ip/range.js';
import { parsePool } from '../core/ip/range.js';

export const agentLeaseNetworks = 'openelb.io/networks';

/** Subnets by NIC. */
export type Networks = ReadonlyMap<string, readonly IpRange[]>;

/** What is written, and believed, at most: of one node. */
const most = { nics: 64, subnets: 16, characters: 16_384 };

/** The subnet of an address with its prefix length, as in 192.0.2.1/24; undefined for one that tells of no LAN: link-local, or one host. */
export function subnetOf(cidr: string): string | undefined {
  const [text = '', length = ''] = cidr.split('/');
  const address = parseIp(text);
  const bits = Number(length);
  if (address === undefined || !/^\d{1,3}$/.test(length) || bits === 0) return undefined;
  const width = addressBits(address.family);
  if (bits >= width || isLinkLocal(address.family, address.value)) return undefined;
  const hostBits = BigInt(width - bits);
  return `${formatIp({ family: address.family, value: (address.value >> hostBits) << hostBits })}/${bits}`;
}

function isLinkLocal(family: 4 | 6, value: bigint): boolean {
  return family === 4 ? value >> 16n === 0xa9fen : value >> 118n === 0x3fan;
}

/** The text of the annotation; the same for the same subnets, in whichever order they are given. */
export function formatNetworks(subnets: Readonly<Record<string, readonly string[]>>): string {
  const entries = Object.entries(subnets)
    .map(([nic, list]) => [nic, [...new Set(list)].sort().slice(0, most.subnets)] as const)
    .filter(([, list]) => list.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries.slice(0, most.nics)));
}

/** What an agent has written; undefined for none, and for any other text: then nothing is known. */
export function parseNetworks(text: string | undefined): Networks | undefined {
  if (text === undefined || text.length > most.characters) return undefined;
  const value = json(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const networks = new Map<string, readonly IpRange[]>();
  for (const [nic, list] of Object.entries(value).slice(0, most.nics)) {
    if (!Array.isArray(list)) return undefined;
    const ranges = list.slice(0, most.subnets).flatMap((each) => {
      const subnet = typeof each === 'string' ? subnetOf(each) : undefined;
      const parsed = subnet === undefined ? undefined : parsePool(subnet);
      return parsed?.ok === true ? parsed.ranges : [];
    });
    networks.set(nic, ranges);
  }
  return networks;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
