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
import type { Answering, AnsweringResults } from './contract.js';
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
  group: string;
  readonly key: string;
  readonly interfaceIndex: number;
  readonly address: Uint8Array;
  readonly request: AddressRequest;
  wanted: boolean;
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
  lost(interfaceIndex: number, address: Uint8Array, now: Micros): void;
}

export function answerOnNic(
  rtnetlink: Pick<Rtnetlink, 'putAddresses' | 'renewAddresses' | 'removeAddresses'>,
  results: AnsweringResults,
): OnNic {
  const holdings = new Map<string, Holding>();
  const groups = new Map<string, Set<Holding>>();
  const retries = new Set<Holding>();
  /** Put, and in this order; they do not answer yet. */
  const awaited = new Set<Holding>();
  let appearances: Holding[] = [];
  let removals: Holding[] = [];
  let additions: Holding[] = [];
  let renewals: AddressRequest[] | undefined = [];
  let renewAt: Micros = never;
  let renewFrom = 0;

  function want(group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): void {
    const wanted = new Map(addresses.map((address) => [`${interfaceIndex} ${addressKey(address)}`, address]));
    for (const holding of groups.get(group) ?? []) if (!wanted.has(holding.key)) unwant(holding);
    for (const [key, address] of wanted) {
      const known = holdings.get(key);
      if (known?.group === group && known.wanted) continue;
      const holding = known ?? newHolding(key, group, interfaceIndex, address);
      adopt(holding, group);
      additions.push(holding);
    }
  }

  function adopt(holding: Holding, group: string): void {
    groups.get(holding.group)?.delete(holding);
    holding.group = group;
    holding.wanted = true;
    holding.retryAt = 0;
    holdings.set(holding.key, holding);
    const members = groups.get(group);
    if (members === undefined) groups.set(group, new Set([holding]));
    else members.add(holding);
  }

  function unwant(holding: Holding): void {
    if (!holding.wanted) return;
    holding.wanted = false;
    retries.delete(holding);
    if (holding.held) removals.push(holding);
    else forget(holding);
  }

  function forget(holding: Holding): void {
    holdings.delete(holding.key);
    const members = groups.get(holding.group);
    members?.delete(holding);
    if (members?.size === 0) groups.delete(holding.group);
  }

  /** What the kernel refuses to remove has gone already, or goes within the lease since nobody renews it. */
  function remove(): void {
    const batch = removals.slice(0, batchSize).filter((holding) => !holding.wanted && holding.held);
    removals = removals.slice(batchSize);
    for (const holding of batch) {
      holding.held = false;
      holding.answers = false;
      awaited.delete(holding);
      forget(holding);
    }
    renewals = undefined;
    if (batch.length > 0) rtnetlink.removeAddresses(batch.map((holding) => holding.request));
  }

  function add(now: Micros): void {
    const batch = additions.slice(0, batchSize).filter((holding) => holding.wanted);
    additions = additions.slice(batchSize);
    const missing = batch.filter((holding) => !holding.held);
    const failures = missing.length === 0 ? [] : rtnetlink.putAddresses(missing.map((holding) => holding.request));
    missing.forEach((holding, index) => {
      const failure = failures[index];
      if (failure === undefined) placed(holding, now);
      else failed(holding, failure, now);
    });
    tellOfRefusals(missing);
    announceable(batch.filter((holding) => holding.answers));
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

  function failed(holding: Holding, { code, message: problem }: AddressFailure, now: Micros): void {
    retryLater(holding, now);
    holding.refusals = isLasting(code) ? holding.refusals + 1 : 0;
    if (holding.problem === problem) return;
    holding.problem = problem;
    results.refused(holding.group, holding.address, problem);
  }

  function tellOfRefusals(missing: readonly Holding[]): void {
    for (const group of new Set(
      missing.filter(({ refusals }) => refusals >= refusalsToGiveUp).map((each) => each.group),
    )) {
      const wanted = [...(groups.get(group) ?? [])].filter((each) => each.wanted);
      const hopeless = wanted.every(({ held, refusals }) => !held && refusals >= refusalsToGiveUp);
      if (hopeless) results.allRefused(group, wanted[0]?.problem ?? '');
    }
  }

  function retryLater(holding: Holding, now: Micros): void {
    holding.backoff = Math.min(Math.max(holding.backoff * 2, firstBackoff), longestBackoff);
    holding.retryAt = now + holding.backoff;
    retries.add(holding);
  }

  /** Those that have come to answer, and those that the kernel must have forgotten to speak of. */
  function appear(now: Micros): void {
    for (const holding of awaited) {
      if (holding.heldSince + unspoken > now) break;
      answer(holding);
    }
    const batch = appearances.filter((holding) => holding.answers && holding.wanted);
    appearances = [];
    announceable(batch);
  }

  function answer(holding: Holding): void {
    awaited.delete(holding);
    holding.answers = true;
    appearances.push(holding);
  }

  function announceable(batch: readonly Holding[]): void {
    for (const first of new Map(
      batch.map((holding) => [`${holding.interfaceIndex} ${holding.group}`, holding]),
    ).values()) {
      const same = batch.filter((each) => each.group === first.group && each.interfaceIndex === first.interfaceIndex);
      results.inPlace(
        first.group,
        first.interfaceIndex,
        same.map((each) => each.address),
      );
    }
  }

  function renew(now: Micros): void {
    renewals ??= [...holdings.values()].filter((each) => each.held && each.wanted).map((each) => each.request);
    if (renewFrom < renewals.length) {
      rtnetlink.renewAddresses(renewals.slice(renewFrom, renewFrom + renewalBatchSize));
      renewFrom += renewalBatchSize;
    }
    if (renewFrom < renewals.length) return;
    renewFrom = 0;
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
      appear(now);
      if (removals.length > 0) return remove();
      if (renewAt <= now) return renew(now);
      retry(now);
      if (additions.length > 0) add(now);
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
      [...(groups.get(group) ?? [])].flatMap(({ wanted, answers, address, problem }) =>
        wanted && !answers && problem !== undefined ? [{ address, reason: problem }] : [],
      ),
    held: (group) =>
      [...(groups.get(group) ?? [])].filter((each) => each.answers && each.wanted).map((each) => each.address),
    appeared(interfaceIndex, address) {
      const holding = holdings.get(`${interfaceIndex} ${addressKey(address)}`);
      if (holding !== undefined && awaited.has(holding)) answer(holding);
    },
    lost(interfaceIndex, address, now) {
      const holding = holdings.get(`${interfaceIndex} ${addressKey(address)}`);
      if (holding === undefined || !holding.held || !holding.wanted) return;
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
      results.refused(holding.group, holding.address, 'it was removed from the interface by somebody else');
    },
  };
}

function newHolding(key: string, group: string, interfaceIndex: number, address: Uint8Array): Holding {
  const request = { interfaceIndex, address, lifetimeSeconds: leaseSeconds };
  const absent = { held: false, answers: false, heldSince: 0, problem: undefined };
  const fresh = { ...absent, wanted: true, backoff: 0, retryAt: 0, refusals: 0 };
  return { key, group, interfaceIndex, address, request, ...fresh };
}
