/**
 * Joining the VRRP group the way switches notice.
 *
 * Owns: a socket that receives nothing. A packet socket's membership opens the NIC's own filter but tells the network
 * nothing; only the join of an IP socket makes the kernel send IGMP or MLD reports, without which a snooping switch
 * stops forwarding adverts to this port. The kernel repeats the reports when queried and after a link comes back.
 *
 * It is a raw socket of protocol 112: where none is open, the kernel answers each unicast advert with an ICMP error.
 *
 * Source: ip(7) IP_ADD_MEMBERSHIP, ipv6(7) IPV6_JOIN_GROUP (linux/in6.h calls it IPV6_ADD_MEMBERSHIP); groups: RFC 9568
 * section 5.1.1.2 (224.0.0.18) and 5.1.2.2 (ff02::12).
 */
import type { Family } from '../../core/ip/address.js';
import { check } from './errno.js';
import { attachFilter, close, setsockopt, socket } from './sys.js';

const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IPPROTO_VRRP = 112;
const IP_ADD_MEMBERSHIP = 35;
const IPV6_JOIN_GROUP = 20;
/** A struct sock_filter: `ret #0`. */
const dropAll = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0);

/** Joins on one interface until close(). Throws a LinuxError: ENODEV, EAFNOSUPPORT (IPv6 is off), … */
export function joinVrrpGroup(interfaceIndex: number, family: Family): { close(): void } {
  const object = `the IPv${family} VRRP group on interface ${interfaceIndex}`;
  const domain = family === 4 ? AF_INET : AF_INET6;
  const fd = check(socket(domain, SOCK_RAW_CLOEXEC, IPPROTO_VRRP), 'open a socket for', object);
  try {
    check(attachFilter(fd, dropAll), 'attach the filter of', object);
    const joined =
      family === 4
        ? setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, ipv4Request(interfaceIndex))
        : setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, ipv6Request(interfaceIndex));
    check(joined, 'join', object);
  } catch (error) {
    close(fd);
    throw error;
  }
  return { close: () => void close(fd) };
}

/** struct ip_mreqn { group; local address (unset); int interface }. */
function ipv4Request(interfaceIndex: number): Uint8Array {
  const request = new Uint8Array(12);
  request.set([224, 0, 0, 18], 0);
  new DataView(request.buffer).setInt32(8, interfaceIndex, true);
  return request;
}

/** struct ipv6_mreq { group; unsigned interface }. */
function ipv6Request(interfaceIndex: number): Uint8Array {
  const request = new Uint8Array(20);
  request.set([0xff, 0x02], 0);
  request[15] = 0x12;
  new DataView(request.buffer).setUint32(16, interfaceIndex, true);
  return request;
}
