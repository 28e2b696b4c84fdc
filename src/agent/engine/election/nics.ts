/**
 * The NICs that groups live on: one packet socket each, shared by all groups on it.
 */
import type { Family } from '../../../core/ip/address.js';
import { multicastMac } from '../../../core/wire/mac.js';
import { vrrpGroup } from '../../../core/wire/vrrp.js';
import type { Link } from '../../../platform/linux/rtnetlink.js';
import type { Kernel } from '../kernel.js';
import type { Member, Nic } from './member.js';

export interface Nics {
  get(index: number): Nic | undefined;
  all(): Iterable<Nic>;
  /** Binds a group to an interface, opening the socket for the first. Throws a LinuxError. */
  enter(link: Link, member: Member): Nic;
  /** The group's IDs are others now. */
  renumbered(nic: Nic, member: Member): void;
  /** Closes the socket behind the last one. */
  leave(nic: Nic, member: Member): void;
}

/** One number for what tells virtual routers on one link apart: family and VRID. */
export function routerKey(family: Family, virtualRouterId: number): number {
  return family * 256 + virtualRouterId;
}

export function createNics(kernel: Kernel): Nics {
  const nics = new Map<number, Nic>();

  function open(link: Link): Nic {
    const socket = kernel.openPacketSocket({ interfaceIndex: link.index, filter: 'vrrp', multicast: [] });
    const nic: Nic = {
      index: link.index,
      link,
      socket,
      members: new Map(),
      readable: false,
      memberships: new Map(),
      formers: new Map(),
    };
    kernel.poller.add(socket.fd, () => {
      nic.readable = true;
    });
    nics.set(link.index, nic);
    return nic;
  }

  function closeIfEmpty(nic: Nic): void {
    if (nic.members.size > 0) return;
    kernel.poller.remove(nic.socket.fd);
    for (const membership of nic.memberships.values()) membership.close();
    kernel.discard(nic.socket);
    nics.delete(nic.index);
  }

  /** Twice: at the NIC's filter for our socket, and by IGMP or MLD for the switches. */
  function join(nic: Nic, family: Family): void {
    if (nic.memberships.has(family)) return;
    nic.memberships.set(family, kernel.joinVrrpGroup(nic.index, family));
    nic.socket.join(multicastMac(vrrpGroup(family)));
  }

  function part(nic: Nic, family: Family): void {
    if ([...nic.members.values()].some((member) => member.config.family === family)) return;
    nic.memberships.get(family)?.close();
    nic.memberships.delete(family);
    nic.socket.leave(multicastMac(vrrpGroup(family)));
  }

  function forget(nic: Nic, member: Member): void {
    for (const map of [nic.members, nic.formers]) {
      for (const [key, each] of map) if (each === member) map.delete(key);
    }
  }

  function register(nic: Nic, member: Member): void {
    const { family, virtualRouterId } = member.config;
    nic.members.set(routerKey(family, virtualRouterId), member);
    for (const id of member.formerIds.keys()) {
      const key = routerKey(family, id);
      if (!nic.formers.has(key)) nic.formers.set(key, member);
    }
  }

  return {
    get: (index) => nics.get(index),
    all: () => nics.values(),
    enter(link, member) {
      const nic = nics.get(link.index) ?? open(link);
      try {
        join(nic, member.config.family);
      } catch (error) {
        closeIfEmpty(nic);
        throw error;
      }
      register(nic, member);
      return nic;
    },
    renumbered(nic, member) {
      forget(nic, member);
      register(nic, member);
    },
    leave(nic, member) {
      forget(nic, member);
      part(nic, member.config.family);
      closeIfEmpty(nic);
    },
  };
}
