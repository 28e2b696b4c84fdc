/**
 * Membership of many IPv6 multicast groups on one interface, told to the network by MLD: a snooping switch forwards neighbour
 * solicitations only to ports that asked for the solicited-node group.
 *
 * Owns: sockets that receive nothing. Joining by an IP socket also opens the NIC's own filter, which is all that the membership of
 * a packet socket does. A socket holds as many groups as net.core.optmem_max has room for (some 400 by default); beyond that
 * there is another one.
 *
 * Source: ipv6(7) IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP; ENOMEM: `ipv6_sock_mc_join` of net/ipv6/mcast.c.
 */
import { check, errnoOf } from './errno.js';
import { close, setsockopt, socket } from './sys.js';

const AF_INET6 = 10;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const IPPROTO_IPV6 = 41;
const IPV6_JOIN_GROUP = 20;
const IPV6_LEAVE_GROUP = 21;
const ENOMEM = errnoOf('ENOMEM');

export interface Ipv6Groups {
  /** Joins a group (16 bytes), or counts one more use of it. Throws a LinuxError: ENODEV, EAFNOSUPPORT (IPv6 is off), … */
  join(group: Uint8Array): void;
  /** Takes back one `join`; the last one leaves the group. */
  leave(group: Uint8Array): void;
  /** Leaves all. */
  close(): void;
}

/** No group yet. */
export function openIpv6Groups(interfaceIndex: number): Ipv6Groups {
  const sockets: number[] = [];
  const joined = new Map<string, { readonly fd: number; uses: number }>();

  function enter(group: Uint8Array): number {
    const object = `IPv6 group ${hex(group)} on interface ${interfaceIndex}`;
    const request = membershipRequest(interfaceIndex, group);
    for (const fd of sockets) {
      const result = setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, request);
      if (result === -ENOMEM) continue;
      check(result, 'join', object);
      return fd;
    }
    const fd = check(socket(AF_INET6, SOCK_DGRAM_CLOEXEC, 0), 'open a socket for', object);
    try {
      check(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, request), 'join', object);
    } catch (error) {
      close(fd);
      throw error;
    }
    sockets.unshift(fd);
    return fd;
  }

  return {
    join(group) {
      const known = joined.get(hex(group));
      if (known === undefined) joined.set(hex(group), { fd: enter(group), uses: 1 });
      else known.uses++;
    },
    leave(group) {
      const known = joined.get(hex(group));
      if (known === undefined || --known.uses > 0) return;
      joined.delete(hex(group));
      setsockopt(known.fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, membershipRequest(interfaceIndex, group)); // gone already is as good
    },
    close() {
      for (const fd of sockets.splice(0)) close(fd);
      joined.clear();
    },
  };
}

/** struct ipv6_mreq { group; unsigned interface }. */
function membershipRequest(interfaceIndex: number, group: Uint8Array): Uint8Array {
  if (group.byteLength !== 16) throw new RangeError(`an IPv6 group has 16 bytes, not ${group.byteLength}`);
  const request = new Uint8Array(20);
  request.set(group);
  new DataView(request.buffer).setUint32(16, interfaceIndex, true);
  return request;
}

function hex(group: Uint8Array): string {
  return Buffer.from(group).toString('hex');
}
