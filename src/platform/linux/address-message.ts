/**
 * RTM_NEWADDR and RTM_DELADDR: a leased VIP as a message, a message as an address.
 *
 * Owns: what a VIP looks like on a NIC. A full-length prefix without a prefix route (it must not change routing), deprecated
 * (preferred lifetime 0: never chosen as a source address), without duplicate address detection (it would be tentative, and
 * silent, for a second), valid for a short time (a killed or hung agent loses it by the kernel's hand), and marked as ours.
 * Source: rtnetlink(7), linux/if_addr.h, RFC 4862 section 5.5.4 (deprecated).
 */
import { formatAddress, parseAddress } from 'netlink/dist/rt/gen_structs.js';
import {
  type Attributes,
  attributeHeaderLength,
  decodeAttributes,
  encodeMessage,
  encodeU32,
  flag,
  headerLength,
  messageType,
  type NetlinkMessage,
} from './netlink-codec.js';

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;
const AF_INET = 2;
const AF_INET6 = 10;
const fixedLength = 8; // struct ifaddrmsg
const forever = 0xffffffff;

/**
 * The value of IFA_PROTO by which our addresses are known (`ip address show proto 112`): the IP protocol number of VRRP. The
 * kernel keeps it since Linux 5.18 and uses 1 to 3 itself; keepalived uses 18.
 */
export const ourAddressProtocol = 112;

/** IFA_F_* of linux/if_addr.h, the ones somebody asks about. */
export const addressFlag = {
  secondary: 0x01,
  noDad: 0x02,
  dadFailed: 0x08,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  noPrefixRoute: 0x200,
} as const;

/** A VIP to hold. `address` has 4 or 16 bytes in network order; `lifetimeSeconds` is a positive integer. */
export interface AddressRequest {
  readonly interfaceIndex: number;
  readonly address: Uint8Array;
  readonly lifetimeSeconds: number;
}

/** An address on an interface. */
export interface InterfaceAddress {
  readonly interfaceIndex: number;
  readonly address: Uint8Array;
  readonly prefixLength: number;
  /** RT_SCOPE_*: 0 global, 253 link, 254 host. */
  readonly scope: number;
  /** Bits of addressFlag, and others. */
  readonly flags: number;
  /** Put there by this program (any life of it). */
  readonly ours: boolean;
  /** Seconds the address stays unless renewed; Infinity for a permanent one. */
  readonly lifetimeSeconds: number;
}

/** Encodes the request that adds an address or, when it is there already, renews its lifetime. */
export function encodePutAddress(request: AddressRequest): Uint8Array {
  const { address, lifetimeSeconds } = request;
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds >= forever)
    throw new RangeError(`address lifetime: ${lifetimeSeconds} s is not a whole number of seconds above 0`);
  const flags = addressFlag.noPrefixRoute | (address.byteLength === 16 ? addressFlag.noDad : 0);
  const cacheInfo = new Uint8Array(Uint32Array.of(0, lifetimeSeconds, 0, 0).buffer); // preferred, valid, two timestamps
  return encodeMessage({
    type: messageType.newAddress,
    flags: flag.create | flag.replace,
    fixed: fixedPart(request),
    attributes(out) {
      out.push(IFA_LOCAL, address);
      out.push(IFA_ADDRESS, address);
      out.push(IFA_FLAGS, encodeU32(flags));
      out.push(IFA_CACHEINFO, cacheInfo);
      out.push(IFA_PROTO, Uint8Array.of(ourAddressProtocol));
    },
  });
}

/**
 * Makes of an encoded put, which begins at `at`, one for another address with the same length and lifetime. Taking over a thousand addresses is
 * the one moment at which encoding counts, and this costs a small part of encodePutAddress().
 */
export function readdressPut(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  { address, interfaceIndex }: AddressRequest,
): void {
  view.setUint32(at + headerLength + 4, interfaceIndex, true);
  const local = at + headerLength + fixedLength + attributeHeaderLength;
  bytes.set(address, local);
  bytes.set(address, local + address.byteLength + attributeHeaderLength);
}

/** Encodes the removal of exactly this address with its full-length prefix. */
export function encodeRemoveAddress(request: Pick<AddressRequest, 'interfaceIndex' | 'address'>): Uint8Array {
  return encodeMessage({
    type: messageType.delAddress,
    flags: 0,
    fixed: fixedPart(request),
    attributes(out) {
      out.push(IFA_LOCAL, request.address);
      out.push(IFA_ADDRESS, request.address); // or IPv4 may take away another address with the same local part
    },
  });
}

/** Encodes the request for all addresses, or those of one interface. */
export function encodeListAddresses(interfaceIndex: number | undefined): Uint8Array {
  return encodeMessage({
    type: messageType.getAddress,
    flags: flag.dump,
    fixed: formatAddress(interfaceIndex === undefined ? {} : { index: interfaceIndex }),
  });
}

/**
 * Decodes an RTM_NEWADDR or RTM_DELADDR message; undefined for a family other than IPv4 and IPv6.
 * `marksKept` says whether this kernel keeps IFA_PROTO; where it does not, an address counts as ours when it looks the way
 * only ours do: full-length, deprecated, without prefix route, and with an end.
 */
export function decodeAddress(message: NetlinkMessage, marksKept: boolean): InterfaceAddress | undefined {
  const fixed = parseAddress(message.data.subarray(0, fixedLength));
  if (fixed.family !== AF_INET && fixed.family !== AF_INET6) return undefined;
  const attributes = decodeAttributes(message.data, fixedLength);
  const address = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (address === undefined) return undefined;
  const flags = attributes.get(IFA_FLAGS)?.readUInt32LE(0) ?? message.data[2]!; // 32 bits, of which the header has 8
  const lifetimeSeconds = lifetimeOf(attributes);
  const prefixLength = fixed.prefixlen ?? 0;
  const protocol = attributes.get(IFA_PROTO)?.[0];
  const leaseFlags = addressFlag.deprecated | addressFlag.noPrefixRoute;
  const looksLeased =
    (flags & leaseFlags) === leaseFlags &&
    lifetimeSeconds !== Number.POSITIVE_INFINITY &&
    prefixLength === address.byteLength * 8;
  return {
    interfaceIndex: fixed.index ?? 0,
    address: Uint8Array.from(address),
    prefixLength,
    scope: fixed.scope ?? 0,
    flags,
    ours: protocol === undefined && !marksKept ? looksLeased : protocol === ourAddressProtocol,
    lifetimeSeconds,
  };
}

/** Whether a kernel of this release (`os.release()`) keeps IFA_PROTO: 5.18 and later. */
export function keepsAddressProtocol(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return major > 5 || (major === 5 && minor >= 18);
}

function fixedPart(request: Pick<AddressRequest, 'interfaceIndex' | 'address'>): Uint8Array {
  const { address, interfaceIndex } = request;
  if (address.byteLength !== 4 && address.byteLength !== 16)
    throw new RangeError(`an IP address has 4 or 16 bytes, not ${address.byteLength}`);
  const family = address.byteLength === 4 ? AF_INET : AF_INET6;
  return formatAddress({ family, prefixlen: address.byteLength * 8, index: interfaceIndex, scope: 0 });
}

function lifetimeOf(attributes: Attributes): number {
  const valid = attributes.get(IFA_CACHEINFO)?.readUInt32LE(4) ?? forever;
  return valid === forever ? Number.POSITIVE_INFINITY : valid;
}
