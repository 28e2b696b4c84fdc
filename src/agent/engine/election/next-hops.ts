/**
 * Which Ethernet addresses lead to the members of groups that speak by unicast.
 *
 * As for any packet of IP, it is that of the next router on the way, or else the member's own, as the kernel's table of neighbours has it. A
 * Backup says nothing by which anybody could learn it, so the kernel is made to ask, and to make sure of it from then on: also on Backups,
 * since one that takes over has no time for it. A member is a station: where one answers for its own address with the MAC of a virtual router
 * as well (keepalived's interfaces with such MACs do), that MAC is none, since whoever leads has it.
 */
import { type Micros, never } from '../../../core/time.js';
import { isVirtualRouterMac } from '../../../core/wire/mac.js';
import { equalOctets } from '../../../core/wire/octets.js';
import type { Rtnetlink } from '../../../platform/linux/rtnetlink.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import type { Member } from './member.js';

/** How old knowledge gets. The kernel itself asks again every half a minute or so, as it does where packets go. */
const lookEvery: Micros = 1_000_000;
/** An answer takes less than a millisecond on a LAN. Somebody who does not answer is looked for ever more rarely. */
const firstPause: Micros = 5_000;
/** Who comes back must be reached before it takes the silence for the leader's end; the kernel asks once a second at most. */
const longestPause: Micros = 250_000;
/** Hops per turn: adverts that fall due wait for at most about a millisecond. */
const hopsPerTurn = 16;

interface Hop {
  readonly interfaceIndex: number;
  readonly peer: Uint8Array;
  mac: Uint8Array | undefined;
  lookAt: Micros;
  /** How long it was waited for the last time while nothing was known. */
  pause: Micros;
}

export interface NextHops {
  /** These members are to be reached by this NIC, for as long as some group there has them; something may have changed about it. */
  want(interfaceIndex: number, peers: readonly Uint8Array[]): void;
  /** What is known by now. Groups that use it are told to forget their frames when it changes. */
  macTowards(interfaceIndex: number, peer: Uint8Array): Uint8Array | undefined;
  work(now: Micros): readonly never[];
  deadline(): Micros;
}

export function createNextHops(o: {
  readonly rtnetlink: Pick<Rtnetlink, 'routeTo' | 'neighborMac' | 'useNeighbor'>;
  readonly members: ReadonlyMap<string, Member>;
}): NextHops {
  const hops = new Map<string, Hop>();
  const keyOf = (interfaceIndex: number, peer: Uint8Array) => `${interfaceIndex} ${addressKey(peer)}`;

  function look(hop: Hop, now: Micros): void {
    const { interfaceIndex, peer } = hop;
    const gateway = isLinkLocal(peer) ? undefined : o.rtnetlink.routeTo(peer, interfaceIndex)?.gateway;
    const neighbor = { interfaceIndex, address: gateway ?? peer };
    const found = o.rtnetlink.neighborMac(neighbor);
    const mac = found !== undefined && gateway === undefined && isVirtualRouterMac(found) ? undefined : found;
    o.rtnetlink.useNeighbor(neighbor);
    hop.pause = mac === undefined ? Math.min(Math.max(hop.pause * 2, firstPause), longestPause) : 0;
    hop.lookAt = now + (mac === undefined ? hop.pause : lookEvery);
    if (mac === hop.mac || (mac !== undefined && hop.mac !== undefined && equalOctets(mac, hop.mac))) return;
    hop.mac = mac;
    for (const { phase } of usersOf(hop)) for (const frames of phase.binding?.frames.values() ?? []) frames.forget();
  }

  function usersOf({ interfaceIndex, peer }: Hop): readonly Member[] {
    return [...o.members.values()].filter(
      ({ config, phase }) =>
        config.transport === 'unicast' &&
        phase.binding?.nic.index === interfaceIndex &&
        config.peers.some((each) => equalOctets(each, peer)),
    );
  }

  return {
    want(interfaceIndex, peers) {
      for (const peer of peers) {
        const key = keyOf(interfaceIndex, peer);
        const known = hops.get(key);
        if (known === undefined) hops.set(key, { interfaceIndex, peer, mac: undefined, lookAt: 0, pause: 0 });
        else known.lookAt = 0;
      }
    },
    macTowards: (interfaceIndex, peer) => hops.get(keyOf(interfaceIndex, peer))?.mac,
    work(now) {
      let room = hopsPerTurn;
      for (const [key, hop] of hops) {
        if (hop.lookAt > now) continue;
        if (room-- === 0) break;
        if (usersOf(hop).length > 0) look(hop, now);
        else hops.delete(key);
      }
      return none;
    },
    deadline() {
      let at = never;
      for (const { lookAt } of hops.values()) at = Math.min(at, lookAt);
      return at;
    },
  };
}

/** Its way is the link itself, and no table of routes says so. */
function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
}
