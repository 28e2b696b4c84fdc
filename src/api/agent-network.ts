/**
 * What an agent says of its node's networks, in an annotation on its Lease: by it the controller knows which groups share a LAN, and which
 * addresses are nobody's to have. As JSON like `{"nics":{"eth0":["192.0.2.11/24"]},"gateways":["192.0.2.1"]}`.
 */
import { addressBits, formatIp, type IpAddress, parseIp } from '../core/ip/address.js';
import type { IpRange } from '../core/ip/range.js';

export const agentLeaseNetwork = 'openelb.io/network';

/** An address that a node has, with the length of its subnet's prefix: less than the address has bits. */
export interface NicAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

export interface AgentNetwork {
  /** By NIC. */
  readonly nics: ReadonlyMap<string, readonly NicAddress[]>;
  readonly gateways: readonly IpAddress[];
}

/** What is written, and believed, at most: of one node. */
const most = { nics: 64, addresses: 16, gateways: 16, characters: 16_384 };

/** The value of the annotation; the same for the same networks, in whichever order the kernel has them. */
export function formatNetwork({ nics, gateways }: AgentNetwork): string {
  const texts = [...nics]
    .map(([nic, list]) => [nic, sorted(list.map(nicAddressText)).slice(0, most.addresses)] as const)
    .filter(([, list]) => list.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({
    nics: Object.fromEntries(texts.slice(0, most.nics)),
    gateways: sorted(gateways.map(formatIp)).slice(0, most.gateways),
  });
}

/** What an agent has written; undefined for none, and for any other text: then nothing is known. What is no address in it is left out. */
export function parseNetwork(text: string | undefined): AgentNetwork | undefined {
  if (text === undefined || text.length > most.characters) return undefined;
  const { nics, gateways } = record(json(text)) ?? {};
  const byNic = record(nics);
  if (byNic === undefined) return undefined;
  return {
    nics: new Map(
      Object.entries(byNic)
        .slice(0, most.nics)
        .map(([nic, list]) => [nic, strings(list, most.addresses).flatMap((each) => parseNicAddress(each) ?? [])]),
    ),
    gateways: strings(gateways, most.gateways).flatMap((each) => parseIp(each) ?? []),
  };
}

/** Whether all that the node has is in it: what is more than is written is left out. */
export function isWhole({ nics }: AgentNetwork): boolean {
  return nics.size < most.nics && [...nics.values()].every((list) => list.length < most.addresses);
}

/** An address with its prefix length, as in 192.0.2.1/24; undefined for one that tells of no LAN: link-local, or one host. */
export function parseNicAddress(cidr: string): NicAddress | undefined {
  const [, base = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const address = parseIp(base);
  const prefixLength = Number(length);
  if (address === undefined || prefixLength === 0 || isLinkLocal(address)) return undefined;
  return prefixLength < addressBits(address.family) ? { address, prefixLength } : undefined;
}

/** Every address of the subnet. */
export function subnetOf({ address: { family, value }, prefixLength }: NicAddress): IpRange {
  const size = 1n << BigInt(addressBits(family) - prefixLength);
  const first = value - (value % size);
  return { family, first, last: first + size - 1n };
}

export function isLinkLocal({ family, value }: IpAddress): boolean {
  return family === 4 ? value >> 16n === 0xa9fen : value >> 118n === 0x3fan;
}

function nicAddressText({ address, prefixLength }: NicAddress): string {
  return `${formatIp(address)}/${prefixLength}`;
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function strings(list: unknown, limit: number): readonly string[] {
  return Array.isArray(list) ? list.slice(0, limit).filter((each) => typeof each === 'string') : [];
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
