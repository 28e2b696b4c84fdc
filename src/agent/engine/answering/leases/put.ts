/** Puts addresses on NICs, and puts those back that somebody took away; what the kernel refuses is tried again, ever more slowly. */
import { type Micros, never } from '../../../../core/time.js';
import type { AddressFailure } from '../../../../platform/linux/rtnetlink.js';
import { type AnsweringEffect, none } from '../contract.js';
import { isLasting } from '../lasting-refusal.js';
import { announceable } from './appear.js';
import { batchSize } from './remove.js';
import { renewalInterval } from './renew.js';
import { type Holding, isWanted, keyOf, type Leases, notHeld, refused } from './state.js';

const firstBackoff: Micros = 100_000;
const longestBackoff: Micros = 10_000_000;
/** With the pauses between, 0.3 s. */
const refusalsToGiveUp = 3;
/** An address that stood this long is put back at once when it is lost. */
const settled: Micros = 30_000_000;

/** Puts the next batch of what is to be added. */
export function putNext(l: Leases, now: Micros): readonly AnsweringEffect[] {
  const batch = l.additions.splice(0, batchSize).filter(isWanted);
  return [...put(l, batch, now), ...announceable(batch.filter((holding) => holding.answers))];
}

/** Puts those on the NIC that it has not. */
export function put(l: Leases, batch: readonly Holding[], now: Micros): readonly AnsweringEffect[] {
  const missing = batch.filter((holding) => !holding.held);
  if (missing.length === 0) return none;
  const failures = l.rtnetlink.putAddresses(missing.map((holding) => holding.request));
  const refusals = missing.flatMap((holding, index) => {
    const failure = failures[index];
    if (failure !== undefined) return failed(l, holding, failure, now);
    placed(l, holding, now);
    return none;
  });
  return [...refusals, ...hopeless(l, missing)];
}

function placed(l: Leases, holding: Holding, now: Micros): void {
  holding.held = true;
  holding.heldSince = now;
  holding.answers = holding.address.length === 4;
  if (!holding.answers) l.awaited.add(holding);
  holding.problem = undefined;
  holding.refusals = 0;
  l.renewals = undefined;
  if (l.renewAt === never) l.renewAt = now + renewalInterval;
}

function failed(l: Leases, holding: Holding, failure: AddressFailure, now: Micros): readonly AnsweringEffect[] {
  const { code, message: problem } = failure;
  retryLater(l, holding, now);
  holding.refusals = isLasting(code) ? holding.refusals + 1 : 0;
  if (holding.problem === problem) return none;
  holding.problem = problem;
  return refused(holding, problem);
}

/** Groups of which not one address is in place. */
function hopeless(l: Leases, missing: readonly Holding[]): readonly AnsweringEffect[] {
  const again = missing.filter(({ refusals }) => refusals >= refusalsToGiveUp);
  return [...new Set(again.flatMap((each) => each.groups))].flatMap((group) => {
    const wanted = [...(l.groups.get(group) ?? [])];
    if (wanted.some(({ held, refusals }) => held || refusals < refusalsToGiveUp)) return none;
    return { type: 'all-refused' as const, group, reason: wanted[0]?.problem ?? '' };
  });
}

function retryLater(l: Leases, holding: Holding, now: Micros): void {
  holding.backoff = Math.min(Math.max(holding.backoff * 2, firstBackoff), longestBackoff);
  holding.retryAt = now + holding.backoff;
  l.retries.add(holding);
}

/** Queues those whose pause is over. */
export function retry(l: Leases, now: Micros): void {
  for (const holding of l.retries) {
    if (holding.retryAt > now) continue;
    l.retries.delete(holding);
    l.additions.push(holding);
  }
}

/** The kernel reports that an address is gone from an interface. */
export function lost(l: Leases, interfaceIndex: number, address: Uint8Array, now: Micros): readonly AnsweringEffect[] {
  const holding = l.holdings.get(keyOf(interfaceIndex, address));
  if (holding === undefined || !holding.held || !isWanted(holding)) return none;
  notHeld(l, holding);
  if (now - holding.heldSince >= settled) {
    holding.backoff = 0;
    l.additions.push(holding);
  } else {
    retryLater(l, holding, now);
  }
  return refused(holding, 'it was removed from the interface by somebody else');
}
