/** What is remembered of the addresses that the NIC has, or is to have: records, which the functions beside it work on. */
import { type Micros, never } from '../../../../core/time.js';
import type { AddressRequest, Rtnetlink } from '../../../../platform/linux/rtnetlink.js';
import { addressKey } from '../../address-key.js';
import type { AnsweringEffect } from '../contract.js';

export const leaseSeconds = 2;

export interface Holding {
  /** Who wants it there, each once: more than one while an address is on its way from one group to another. Nobody any more: it goes. */
  readonly groups: string[];
  readonly key: string;
  readonly interfaceIndex: number;
  readonly address: Uint8Array;
  readonly request: AddressRequest;
  /** The kernel has it. */
  held: boolean;
  /** A route takes packets in for it until the kernel has it on the NIC (early.ts). */
  routed: boolean;
  /** Packets for it are taken in. */
  answers: boolean;
  heldSince: Micros;
  backoff: Micros;
  retryAt: Micros;
  problem: string | undefined;
  /** Refusals in a row that will not pass by themselves. */
  refusals: number;
}

export interface Leases {
  readonly rtnetlink: Pick<
    Rtnetlink,
    'putAddresses' | 'renewAddresses' | 'removeAddresses' | 'putLocalRoutes' | 'removeLocalRoutes'
  >;
  /** By `keyOf`. */
  readonly holdings: Map<string, Holding>;
  readonly groups: Map<string, Set<Holding>>;
  readonly retries: Set<Holding>;
  /** Put, and in this order; they do not answer yet. */
  readonly awaited: Set<Holding>;
  /** Those that have come to answer, and are to be told of. */
  appearances: Holding[];
  readonly removals: Holding[];
  readonly additions: Holding[];
  /** To be put on the NIC once nothing else is to be added: those that are routed, and who came along with them. */
  readonly followers: Holding[];
  /** The same lists until holdings change: each is encoded once. */
  renewals: readonly (readonly AddressRequest[])[] | undefined;
  renewAt: Micros;
  nextRenewal: number;
}

export function newLeases(rtnetlink: Leases['rtnetlink']): Leases {
  return {
    rtnetlink,
    holdings: new Map(),
    groups: new Map(),
    retries: new Set(),
    awaited: new Set(),
    appearances: [],
    removals: [],
    additions: [],
    followers: [],
    renewals: [],
    renewAt: never,
    nextRenewal: 0,
  };
}

/** Written out field by field: a takeover makes a thousand of them, and spreads took a fifth of its time. */
export function newHolding(key: string, group: string, interfaceIndex: number, address: Uint8Array): Holding {
  return {
    groups: [group],
    key,
    interfaceIndex,
    address,
    request: { interfaceIndex, address, lifetimeSeconds: leaseSeconds },
    held: false,
    routed: false,
    answers: false,
    heldSince: 0,
    backoff: 0,
    retryAt: 0,
    problem: undefined,
    refusals: 0,
  };
}

export function keyOf(interfaceIndex: number, address: Uint8Array): string {
  return `${interfaceIndex} ${addressKey(address)}`;
}

export function isWanted({ groups }: Holding): boolean {
  return groups.length > 0;
}

/** The kernel has it no more. */
export function notHeld(l: Leases, holding: Holding): void {
  holding.held = false;
  holding.answers = false;
  l.awaited.delete(holding);
  l.renewals = undefined;
}

export function refused({ groups, address }: Holding, reason: string): readonly AnsweringEffect[] {
  return groups.map((group) => ({ type: 'refused', group, address, reason }));
}
