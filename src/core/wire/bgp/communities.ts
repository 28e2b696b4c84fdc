import { formatIp, parseIp } from '../../ip/address.js';

/** A standard community (RFC 1997): 32 bits, unsigned. */
export type Community = number;
/** An extended community (RFC 4360): 64 bits, unsigned. */
export type ExtendedCommunity = bigint;
/** A large community (RFC 8092): global administrator, then two parts; 32 bits each, unsigned. */
export type LargeCommunity = readonly [number, number, number];

/** Standard communities with a meaning that IANA has registered. */
export const wellKnownCommunities = {
  /** RFC 8326: this path is about to go; routers prefer any other. */
  'graceful-shutdown': 0xffff_0000,
  /** RFC 7611. */
  'accept-own': 0xffff_0001,
  /** RFC 9494. */
  'llgr-stale': 0xffff_0006,
  'no-llgr': 0xffff_0007,
  /** RFC 7999: traffic to it is to be dropped. */
  blackhole: 0xffff_029a,
  /** RFC 1997: not beyond this AS; to nobody; not beyond this confederation's member. */
  'no-export': 0xffff_ff01,
  'no-advertise': 0xffff_ff02,
  'no-export-subconfed': 0xffff_ff03,
  /** RFC 3765: not to bilateral peers. */
  'no-peer': 0xffff_ff04,
} as const satisfies Record<string, Community>;

const namesOfCommunities: ReadonlyMap<Community, string> = new Map(
  Object.entries(wellKnownCommunities).map(([name, value]) => [value, name]),
);

/** Reads `64512:100`, or a well-known name such as `no-export`, in any case; undefined for any other text. */
export function parseCommunity(text: string): Community | undefined {
  const known = new Map<string, Community>(Object.entries(wellKnownCommunities)).get(text.toLowerCase());
  if (known !== undefined) return known;
  const parts = decimals(text, [0xffff, 0xffff]);
  return parts && parts[0]! * 0x1_0000 + parts[1]!;
}

/** The well-known name, or `64512:100`. */
export function formatCommunity(community: Community): string {
  return namesOfCommunities.get(community) ?? `${community >>> 16}:${community & 0xffff}`;
}

/** Reads `64512:1:2`, three numbers of 32 bits; undefined for any other text. */
export function parseLargeCommunity(text: string): LargeCommunity | undefined {
  return decimals(text, [0xffff_ffff, 0xffff_ffff, 0xffff_ffff]) as LargeCommunity | undefined;
}

/** `64512:1:2`. */
export function formatLargeCommunity(community: LargeCommunity): string {
  return community.join(':');
}

/** Each of them once: neither sent nor taken twice (RFC 8092 3). */
export function distinctLargeCommunities(communities: readonly LargeCommunity[]): readonly LargeCommunity[] {
  return [...new Map(communities.map((each) => [formatLargeCommunity(each), each])).values()];
}

const subtypes = { rt: 0x02, soo: 0x03 } as const;
const namesOfSubtypes: ReadonlyMap<number, string> = new Map(
  Object.entries(subtypes).map(([name, code]) => [code, name]),
);
/** How the six octets of a value are divided (RFC 4360 3.1, 3.2; RFC 5668 2). */
const kinds = { as: 0x00, address: 0x01, fourOctetAs: 0x02 } as const;

/**
 * Reads a route target or a site of origin, `rt:64512:100`, `soo:192.0.2.1:100`, where AS numbers above 65535 and addresses
 * leave 16 bits for the last part; or any value as `0x` and 16 hexadecimal digits. Undefined for any other text.
 */
export function parseExtendedCommunity(text: string): ExtendedCommunity | undefined {
  if (/^0x[0-9a-f]{16}$/i.test(text)) return BigInt(text);
  const match = /^(rt|soo):([^:]+):(\d+)$/i.exec(text);
  if (!match) return undefined;
  const subtype = subtypes[match[1]!.toLowerCase() as keyof typeof subtypes];
  const address = parseIp(match[2]!);
  if (address?.family === 4) {
    const local = decimals(match[3]!, [0xffff]);
    return local && extended(kinds.address, subtype, address.value, 16n, BigInt(local[0]!));
  }
  const as = decimals(match[2]!, [0xffff_ffff])?.[0];
  if (as === undefined) return undefined;
  const local = decimals(match[3]!, [as > 0xffff ? 0xffff : 0xffff_ffff]);
  if (!local) return undefined;
  return as > 0xffff
    ? extended(kinds.fourOctetAs, subtype, BigInt(as), 16n, BigInt(local[0]!))
    : extended(kinds.as, subtype, BigInt(as), 32n, BigInt(local[0]!));
}

/** What {@link parseExtendedCommunity} reads. */
export function formatExtendedCommunity(community: ExtendedCommunity): string {
  const kind = Number(community >> 56n);
  const name = namesOfSubtypes.get(Number((community >> 48n) & 0xffn));
  const value = community & 0xffff_ffff_ffffn;
  const [head, local] = [value >> 16n, value & 0xffffn];
  if (name && kind === kinds.as) return `${name}:${value >> 32n}:${value & 0xffff_ffffn}`;
  if (name && kind === kinds.address) return `${name}:${formatIp({ family: 4, value: head })}:${local}`;
  if (name && kind === kinds.fourOctetAs && head > 0xffffn) return `${name}:${head}:${local}`;
  return `0x${community.toString(16).padStart(16, '0')}`;
}

function extended(kind: number, subtype: number, head: bigint, bits: bigint, local: bigint): ExtendedCommunity {
  return (BigInt(kind) << 56n) | (BigInt(subtype) << 48n) | (head << bits) | local;
}

/** Whole numbers divided by colons, each up to its bound. */
function decimals(text: string, most: readonly number[]): number[] | undefined {
  const parts = text.split(':');
  if (parts.length !== most.length) return undefined;
  const numbers = parts.map((part) => (/^(0|[1-9]\d{0,9})$/.test(part) ? Number(part) : Number.NaN));
  return numbers.every((number, i) => number <= most[i]!) ? numbers : undefined;
}
