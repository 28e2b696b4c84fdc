/**
 * A classic BPF program for the rtnetlink event socket: drops the announcements of our own leases being renewed, and of IPv4 ones being
 * made.
 *
 * Their removal passes: an address that somebody else takes away must come back. So does that of a new IPv6 address, which the kernel
 * makes only when packets for it are taken in: some milliseconds after the request. On a kernel without IFA_PROTO nothing is dropped, and
 * the reader ignores what it knows.
 *
 * Source: linux/filter.h, Documentation/networking/filter.rst: SKF_AD_NLATTR looks for attribute X from offset A on and leaves
 * its offset in A, or 0. BPF reads numbers as big-endian, netlink writes them in host order (little-endian here).
 */
import { ourAddressProtocol } from './address-message.js';

const AF_INET6 = 10;
const IFA_CACHEINFO = 6; // struct ifa_cacheinfo { u32 preferred, valid, created, updated }
const IFA_PROTO = 11;
const RTM_NEWADDR_SWAPPED = 20 << 8;
const familyOffset = 16; // struct nlmsghdr
const attributesOffset = familyOffset + 8; // struct ifaddrmsg
const SKF_AD_NLATTR = 0xfffff000 + 12;

/** [code, jump if true, jump if false, k] */
const program: readonly (readonly [number, number, number, number])[] = [
  [0x28, 0, 0, 4], // ldh [4]: nlmsg_type
  [0x15, 0, 18, RTM_NEWADDR_SWAPPED], // not a new address: take
  [0x01, 0, 0, IFA_PROTO], // ldx #11
  [0x00, 0, 0, attributesOffset], // ld #24
  [0x20, 0, 0, SKF_AD_NLATTR], // ld [nla]
  [0x15, 14, 0, 0], // no such attribute: take
  [0x07, 0, 0, 0], // tax
  [0x50, 0, 0, 4], // ldb [x + 4]: its payload
  [0x15, 0, 11, ourAddressProtocol], // not ours: take
  [0x30, 0, 0, familyOffset], // ldb [16]
  [0x15, 0, 10, AF_INET6], // IPv4: drop
  [0x01, 0, 0, IFA_CACHEINFO], // ldx #6
  [0x00, 0, 0, attributesOffset], // ld #24
  [0x20, 0, 0, SKF_AD_NLATTR], // ld [nla]
  [0x07, 0, 0, 0], // tax
  [0x40, 0, 0, 4 + 8], // ld [x + 12]: created
  [0x02, 0, 0, 0], // st M[0]
  [0x40, 0, 0, 4 + 12], // ld [x + 16]: updated
  [0x61, 0, 0, 0], // ldx M[0]
  [0x1d, 0, 1, 0], // updated since it was created: drop
  [0x06, 0, 0, 0xffffffff], // take: ret all
  [0x06, 0, 0, 0], // drop: ret nothing
];

/** The program as an array of struct sock_filter, for attachFilter(). */
export function leaseRenewalFilterProgram(): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, yes, no, k], at) => {
    bytes.setUint16(at * 8, code, true);
    bytes.setUint8(at * 8 + 2, yes);
    bytes.setUint8(at * 8 + 3, no);
    bytes.setUint32(at * 8 + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}
