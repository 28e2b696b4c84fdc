/**
 * Many addresses that come at once, as when this node takes over a thousand: each is answered for by a route before the NIC has it.
 *
 * For each address that the kernel puts on a NIC it walks the list of those that are there, twice: the last of a thousand take seven times as
 * long as the first. A route takes as long however many there are, and packets for the address are taken in from then on. The kernel drops it
 * with the address that it names as its source, which is the first of its batch, on the NIC and leased: so whatever becomes of this program,
 * the routes last no longer than that lease. Once all are answered for, each is put on the NIC, and its route is removed.
 */
import type { Micros } from '../../../../core/time.js';
import type { AnsweringEffect } from '../contract.js';
import { announceable } from './appear.js';
import { put } from './put.js';
import { batchSize, removeRoutes } from './remove.js';
import { type Holding, isWanted, type Leases } from './state.js';

/**
 * More than so many on one NIC are many: with fewer the walk costs less than routes. It is also what one group has at most, so those of a
 * virtual MAC, which no other interface may answer for, are never many.
 */
const many = 256;

/** Whether what is to be added next is worth it. */
export function areMany({ additions }: Leases): boolean {
  if (additions.length <= many) return false;
  let besides = 0;
  for (let at = 0; at < additions.length && besides <= many; at++)
    if (isBeside(additions[at]!, additions[0]!)) besides++;
  return besides > many;
}

/** Puts the first of the next batch on the NIC and makes routes for those beside it. */
export function putEarly(l: Leases, now: Micros): readonly AnsweringEffect[] {
  const batch = l.additions.splice(0, batchSize).filter(isWanted);
  const anchor = batch.find(isMissing);
  const waits = (holding: Holding) =>
    anchor !== undefined && holding !== anchor && isMissing(holding) && isBeside(holding, anchor);
  const waiting = batch.filter(waits);
  const refusals = put(
    l,
    batch.filter((holding) => !waits(holding)),
    now,
  );
  if (anchor?.held === true && waiting.length > 0) routeBeside(l, anchor, waiting);
  l.followers.push(...waiting);
  return [...refusals, ...announceable(batch.filter((holding) => holding.answers))];
}

/** Puts the next batch of those on the NIC that were answered for early, and removes their routes. */
export function follow(l: Leases, now: Micros): readonly AnsweringEffect[] {
  const batch = l.followers.splice(0, batchSize).filter(isWanted);
  const unheard = batch.filter((holding) => !holding.answers);
  const refusals = put(l, batch, now);
  removeRoutes(l, batch);
  return [...refusals, ...announceable(unheard.filter((holding) => holding.answers))];
}

/** What is refused waits for the NIC. */
function routeBeside(l: Leases, anchor: Holding, besides: readonly Holding[]): void {
  const failures = l.rtnetlink.putLocalRoutes(
    anchor,
    besides.map(({ address }) => address),
  );
  besides.forEach((holding, index) => {
    if (failures[index] !== undefined) return;
    holding.routed = true;
    holding.answers = true;
  });
}

function isMissing({ held, routed }: Holding): boolean {
  return !held && !routed;
}

/** Whether both are of IPv4 and for the same NIC. */
function isBeside(holding: Holding, other: Holding): boolean {
  return holding.address.length === 4 && other.address.length === 4 && holding.interfaceIndex === other.interfaceIndex;
}
