/**
 * Addresses answered by the kernel because the NIC has them: `vip` mode.
 *
 * Each is leased: the kernel takes it away unless it is renewed, so that a killed, hung or starved agent cannot go on
 * answering. Linux looks at lifetimes at most once a second and rounds up by a quarter: a lease of 2 s ends 2.0 to 2.5 s
 * after its last renewal (measured, both families). An address that somebody else takes away comes back, at once the first
 * time and ever more slowly if it keeps happening.
 *
 * An IPv6 address is there at once but takes packets in only when a worker of the kernel has got round to it (addrconf_dad_work, also where
 * no duplicates are looked for), some milliseconds later. Announced before, it would draw packets that are dropped.
 */
import { type Micros, never } from '../../../core/time.js';
import type { AddressFailure, AddressRequest, Rtnetlink } from '../../../platform/linux/rtnetlink.js';
import { addressKey } from '../address-key.js';
import { type Answering, type AnsweringEffect, none } from './contract.js';
import { isLasting } from './lasting-refusal.js';

export const leaseSeconds = 2;
const renewalInterval: Micros = 500_000;
/** Addresses per batch: adverts that fall due wait for at most one batch, a millisecond or so. */
const batchSize = 64;
const renewalBatchSize = 256;
const firstBackoff: Micros = 100_000;
const longestBackoff: Micros = 10_000_000;
/** With the pauses between, 0.3 s. */
const refusalsToGiveUp = 3;
/** The longest wait for the kernel to say that a new address takes packets in. */
const unspoken: Micros = 100_000;
/** An address that stood this long is put back at once when it is lost. */
const settled: Micros = 30_000_000;

interface Holding {
  /** Who wants it there: more than one while an address is on its way from one group to another. Nobody any more: it goes. */
  readonly groups: Set<string>;
  readonly key: string;
  readonly interfaceIndex: number;
  readonly address: Uint8Array;
  readonly request: AddressRequest;
  /** The kernel has it. */
  held: boolean;
  /** It takes packets in. */
  answers: boolean;
  heldSince: Micros;
  backoff: Micros;
  retryAt: Micros;
  problem: string | undefined;
  /** Refusals in a row that will not pass by themselves. */
  refusals: number;
}

export interface OnNic extends Answering {
  /** The kernel reports that an address is in place. */
  appeared(interfaceIndex: number, address: Uint8Array): void;
  /** The kernel reports that an address is gone from an interface. */
  lost(interfaceIndex: number, address: Uint8Array, now: Micros): readonly AnsweringEffect[];
}

export function answerOnNic(rtnetlink: Pick<Rtnetlink, 'putAddresses' | 'renewAddresses' | 'removeAddresses'>): OnNic {
  const holdings = new Map<string, Holding>();
  const groups = new Map<string, Set<Holding>>();
  const retries = new Set<Holding>();
  /** Put, and in this order; they do not answer yet. */
  const awaited = new Set<Holding>();
  let appearances: Holding[] = [];
  let removals: Holding[] = [];
  let additions: Holding[] = [];
  /** The same lists until holdings change: each is encoded once. */
  let renewals: readonly (readonly AddressRequest[])[] | undefined = [];
  let renewAt: Micros = never;
  let nextRenewal = 0;

  function want(group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): readonly AnsweringEffect[] {
    const wanted = new Map(addresses.map((address) => [`${interfaceIndex} ${addressKey(address)}`, address]));
    for (const holding of groups.get(group) ?? []) if (!wanted.has(holding.key)) unwant(holding, group);
    for (const [key, address] of wanted) {
      const known = holdings.get(key);
      if (known?.groups.has(group)) continue;
      const holding = known ?? newHolding(key, interfaceIndex, address);
      adopt(holding, group);
      additions.push(holding);
    }
    return none;
  }

  function adopt(holding: Holding, group: string): void {
    holding.groups.add(group);
    holding.retryAt = 0;
    holdings.set(holding.key, holding);
    const members = groups.get(group);
    if (members === undefined) groups.set(group, new Set([holding]));
    else members.add(holding);
  }

  function unwant(holding: Holding, group: string): void {
    holding.groups.delete(group);
    const members = groups.get(group);
    members?.delete(holding);
    if (members?.size === 0) groups.delete(group);
    if (isWanted(holding)) return;
    retries.delete(holding);
    if (holding.held) removals.push(holding);
    else holdings.delete(holding.key);
  }

  /** What the kernel refuses to remove has gone already, or goes within the lease since nobody renews it. */
  function remove(): void {
    const batch = removals.slice(0, batchSize).filter((holding) => !isWanted(holding) && holding.held);
    removals = removals.slice(batchSize);
    for (const holding of batch) {
      holding.held = false;
      holding.answers = false;
      awaited.delete(holding);
      holdings.delete(holding.key);
    }
    renewals = undefined;
    if (batch.length > 0) rtnetlink.removeAddresses(batch.map((holding) => holding.request));
  }

  function add(now: Micros): readonly AnsweringEffect[] {
    const batch = additions.slice(0, batchSize).filter(isWanted);
    additions = additions.slice(batchSize);
    const missing = batch.filter((holding) => !holding.held);
    const failures = missing.length === 0 ? [] : rtnetlink.putAddresses(missing.map((holding) => holding.request));
    const refusals = missing.flatMap((holding, index) => {
      const failure = failures[index];
      if (failure !== undefined) return failed(holding, failure, now);
      placed(holding, now);
      return none;
    });
    return [...refusals, ...hopeless(missing), ...announceable(batch.filter((holding) => holding.answers))];
  }

  function placed(holding: Holding, now: Micros): void {
    holding.held = true;
    holding.heldSince = now;
    holding.answers = holding.address.length === 4;
    if (!holding.answers) awaited.add(holding);
    holding.problem = undefined;
    holding.refusals = 0;
    renewals = undefined;
    if (renewAt === never) renewAt = now + renewalInterval;
  }

  function failed(holding: Holding, failure: AddressFailure, now: Micros): readonly AnsweringEffect[] {
    const { code, message: problem } = failure;
    retryLater(holding, now);
    holding.refusals = isLasting(code) ? holding.refusals + 1 : 0;
    if (holding.problem === problem) return none;
    holding.problem = problem;
    return refused(holding, problem);
  }

  function hopeless(missing: readonly Holding[]): readonly AnsweringEffect[] {
    const again = missing.filter(({ refusals }) => refusals >= refusalsToGiveUp);
    return [...new Set(again.flatMap((each) => [...each.groups]))].flatMap((group) => {
      const wanted = [...(groups.get(group) ?? [])];
      if (wanted.some(({ held, refusals }) => held || refusals < refusalsToGiveUp)) return none;
      return { type: 'all-refused' as const, group, reason: wanted[0]?.problem ?? '' };
    });
  }

  function retryLater(holding: Holding, now: Micros): void {
    holding.backoff = Math.min(Math.max(holding.backoff * 2, firstBackoff), longestBackoff);
    holding.retryAt = now + holding.backoff;
    retries.add(holding);
  }

  /** Those that have come to answer, and those that the kernel must have forgotten to speak of. */
  function appear(now: Micros): readonly AnsweringEffect[] {
    for (const holding of awaited) {
      if (holding.heldSince + unspoken > now) break;
      answer(holding);
    }
    if (appearances.length === 0) return none;
    const batch = appearances.filter((holding) => holding.answers && isWanted(holding));
    appearances = [];
    return announceable(batch);
  }

  function answer(holding: Holding): void {
    awaited.delete(holding);
    holding.answers = true;
    appearances.push(holding);
  }

  function announceable(batch: readonly Holding[]): readonly AnsweringEffect[] {
    const batches = new Map<string, Holding[]>();
    for (const holding of batch) {
      for (const group of holding.groups) {
        const same = batches.get(group);
        if (same === undefined) batches.set(group, [holding]);
        else same.push(holding);
      }
    }
    return [...batches].map(([group, same]) => ({
      type: 'in-place' as const,
      group,
      addresses: same.map((each) => each.address),
    }));
  }

  function renew(now: Micros): void {
    renewals ??= chunks(
      [...holdings.values()].filter((each) => each.held && isWanted(each)).map((each) => each.request),
    );
    const batch = renewals[nextRenewal];
    if (batch !== undefined) rtnetlink.renewAddresses(batch);
    nextRenewal++;
    if (nextRenewal < renewals.length) return;
    nextRenewal = 0;
    renewAt = renewals.length === 0 ? never : now + renewalInterval;
  }

  function retry(now: Micros): void {
    for (const holding of retries) {
      if (holding.retryAt > now) continue;
      retries.delete(holding);
      additions.push(holding);
    }
  }

  return {
    want,
    removing: () => removals.length > 0,
    work(now) {
      const appeared = appear(now);
      if (removals.length > 0) remove();
      else if (renewAt <= now) renew(now);
      else {
        retry(now);
        if (additions.length > 0) return [...appeared, ...add(now)];
      }
      return appeared;
    },
    deadline() {
      if (removals.length > 0 || additions.length > 0 || appearances.length > 0) return 0;
      let at = renewAt;
      for (const { heldSince } of awaited) {
        at = Math.min(at, heldSince + unspoken);
        break;
      }
      for (const holding of retries) at = Math.min(at, holding.retryAt);
      return at;
    },
    refused: (group) =>
      [...(groups.get(group) ?? [])].flatMap(({ answers, address, problem }) =>
        !answers && problem !== undefined ? [{ address, reason: problem }] : [],
      ),
    held: (group) => [...(groups.get(group) ?? [])].filter((each) => each.answers).map((each) => each.address),
    appeared(interfaceIndex, address) {
      const holding = holdings.get(`${interfaceIndex} ${addressKey(address)}`);
      if (holding !== undefined && awaited.has(holding)) answer(holding);
    },
    lost(interfaceIndex, address, now) {
      const holding = holdings.get(`${interfaceIndex} ${addressKey(address)}`);
      if (holding === undefined || !holding.held || !isWanted(holding)) return none;
      holding.held = false;
      holding.answers = false;
      awaited.delete(holding);
      renewals = undefined;
      if (now - holding.heldSince >= settled) {
        holding.backoff = 0;
        additions.push(holding);
      } else {
        retryLater(holding, now);
      }
      return refused(holding, 'it was removed from the interface by somebody else');
    },
  };
}

function refused({ groups, address }: Holding, reason: string): readonly AnsweringEffect[] {
  return [...groups].map((group) => ({ type: 'refused', group, address, reason }));
}

function chunks(requests: readonly AddressRequest[]): readonly (readonly AddressRequest[])[] {
  const made: (readonly AddressRequest[])[] = [];
  for (let from = 0; from < requests.length; from += renewalBatchSize)
    made.push(requests.slice(from, from + renewalBatchSize));
  return made;
}

function isWanted({ groups }: Holding): boolean {
  return groups.size > 0;
}

function newHolding(key: string, interfaceIndex: number, address: Uint8Array): Holding {
  const request = { interfaceIndex, address, lifetimeSeconds: leaseSeconds };
  const absent = { held: false, answers: false, heldSince: 0, problem: undefined };
  const fresh = { ...absent, backoff: 0, retryAt: 0, refusals: 0 };
  return { key, groups: new Set(), interfaceIndex, address, request, ...fresh };
}
