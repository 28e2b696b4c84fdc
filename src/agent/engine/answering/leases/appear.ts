/**
 * From when on addresses take packets in. An IPv6 address is there at once but takes packets in only when a worker of the kernel has got
 * round to it (addrconf_dad_work, also where no duplicates are looked for), some milliseconds later. Announced before, it would draw packets
 * that are dropped.
 */
import type { Micros } from '../../../../core/time.js';
import { type AnsweringEffect, none } from '../contract.js';
import { type Holding, isWanted, keyOf, type Leases } from './state.js';

/** The longest wait for the kernel to say that a new address takes packets in. */
const unspoken: Micros = 100_000;

/** The kernel reports that an address is in place. */
export function appeared(l: Leases, interfaceIndex: number, address: Uint8Array): void {
  const holding = l.holdings.get(keyOf(interfaceIndex, address));
  if (holding !== undefined && l.awaited.has(holding)) answer(l, holding);
}

/** Those that have come to answer, and those that the kernel must have forgotten to speak of. */
export function appear(l: Leases, now: Micros): readonly AnsweringEffect[] {
  for (const holding of l.awaited) {
    if (holding.heldSince + unspoken > now) break;
    answer(l, holding);
  }
  if (l.appearances.length === 0) return none;
  const batch = l.appearances.filter((holding) => holding.answers && isWanted(holding));
  l.appearances = [];
  return announceable(batch);
}

/** When the kernel must have forgotten the first of them; undefined when none is awaited. */
export function forgottenAt({ awaited }: Leases): Micros | undefined {
  for (const { heldSince } of awaited) return heldSince + unspoken;
  return undefined;
}

function answer(l: Leases, holding: Holding): void {
  l.awaited.delete(holding);
  holding.answers = true;
  l.appearances.push(holding);
}

/** That they answer now, by group. Written out for the sake of takeovers, as holdings are. */
export function announceable(batch: readonly Holding[]): readonly AnsweringEffect[] {
  const batches = new Map<string, Uint8Array[]>();
  for (let at = 0; at < batch.length; at++) {
    const { groups, address } = batch[at]!;
    for (let each = 0; each < groups.length; each++) {
      const same = batches.get(groups[each]!);
      if (same === undefined) batches.set(groups[each]!, [address]);
      else same.push(address);
    }
  }
  return Array.from(batches, ([group, addresses]) => ({ type: 'in-place' as const, group, addresses }));
}
