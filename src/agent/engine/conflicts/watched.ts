/** What is remembered of addresses that are led here, while other hosts may claim them (address-conflicts.ts). */
import type { Claim } from '../../../core/neighbor/claim.js';
import type { Probe } from '../../../core/neighbor/probe.js';
import { type Micros, never } from '../../../core/time.js';
import { equalOctets } from '../../../core/wire/octets.js';
import type { Member, Nic } from '../election/member.js';

/** An address of a group that leads here. */
export interface Watched {
  readonly member: Member;
  readonly address: Uint8Array;
  state: 'held' | 'probing' | 'taken' | 'own';
  /** Who has it, when it is not held for that. */
  by: string;
  retryAt: Micros;
  backoff: Micros;
  defendedAt: Micros;
  /** Another group that leads here has it, too. */
  shared: boolean;
}

/** What is listened for in ARP and neighbour discovery on a NIC. */
export interface Listener {
  readonly watched: Map<string, Watched>;
  /** MACs of members by the address that their adverts come from, as they answered. */
  readonly memberMacs: Map<string, Uint8Array>;
}

/** Addresses that were taken over and are still to be probed. */
export interface Check {
  readonly member: Member;
  rest: readonly Watched[];
  at: Micros;
  /** The members were asked for their MACs. */
  asked: boolean;
}

/** Addresses that are asked for together. */
export interface Probing {
  readonly nic: Nic;
  readonly addresses: readonly Watched[];
  probe: Probe;
  /** They are held meanwhile. */
  readonly check: boolean;
}

export function isOver({ probe }: Probing): boolean {
  return probe.deadline === never;
}

/** Sent by this node, or by a member: a router that leads, or led a moment ago. */
export function isOurs({ mac }: Claim, { phase: { binding } }: Member): boolean {
  if (binding === undefined) return true;
  if (equalOctets(mac, binding.nic.link.mac) || equalOctets(mac, binding.mac)) return true;
  for (const { peerMacs } of binding.nic.members.values()) {
    for (const peer of peerMacs.values()) if (equalOctets(peer, mac)) return true;
  }
  return false;
}
