/**
 * Where Services come and go all the time, an address that nobody has any more stays in its group for a moment: the next Service often gets
 * it, and each write of a group is read by all its members. Where few go, each goes at once.
 */
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { parseIp } from '../../core/ip/address.js';
import { maxAddresses } from '../../core/placement/draft.js';
import { createTokenBucket, type TokenBucket } from '../../platform/kubernetes/token-bucket.js';
import { familyOf } from '../objects/group.js';

/** How often addresses of an Eip that nobody has any more leave at once: five times, then once in ten seconds. */
const promptly = { perSecond: 0.1, burst: 5 };

/** For how long each of the others stays, in milliseconds: the next Services get the lowest that are free, so it is hardly wanted any more. */
const staysMs = 10_000;

/** Those that would go within this time go together at its end, in milliseconds: some of them are in one group. */
const togetherMs = 2_000;

/** What is known of the addresses of an Eip that nobody has and that are in a group still. */
interface Leaving {
  readonly promptly: TokenBucket;
  /** Of those that stay for the moment, when they have been for long enough: monotonic, in milliseconds. */
  readonly until: ReadonlyMap<string, number>;
}

/** By Eip. */
export type RemovalPace = Map<string, Leaving>;

/**
 * What the groups of an Eip are to be, with addresses that nobody has for as long as they may stay.
 *
 * @param now monotonic, in milliseconds
 * @returns `afterMs`: when to look again; undefined where nothing stays
 */
export function paceRemovals(
  pace: RemovalPace,
  eip: string,
  specs: ReadonlyMap<string, VipGroupSpec>,
  o: { readonly present: readonly VipGroup[]; readonly isFree: (address: string) => boolean; readonly now: number },
): { readonly specs: ReadonlyMap<string, VipGroupSpec>; readonly afterMs?: number } {
  const { now } = o;
  const later = Math.ceil((now + staysMs) / togetherMs) * togetherMs;
  const leaving = pace.get(eip) ?? { promptly: createTokenBucket(promptly), until: new Map<string, number>() };
  const until = new Map<string, number>();
  const decided = new Map<string, boolean>();
  let atOnce: boolean | undefined;
  const stays = (address: string) => {
    const known = leaving.until.get(address);
    if (known === undefined) atOnce ??= leaving.promptly.tryTake(now);
    const at = known ?? (atOnce ? now : later);
    if (at > now) until.set(address, at);
    return at > now;
  };
  const kept = deferRemovals(specs, o.present, (address) => {
    if (!o.isFree(address)) return false;
    if (!decided.has(address)) decided.set(address, stays(address));
    return decided.get(address)!;
  });
  if (decided.size + leaving.until.size > 0) pace.set(eip, { ...leaving, until });
  if (until.size === 0) return { specs: kept };
  // Of very many only few are different.
  return { specs: kept, afterMs: Math.min(...new Set(until.values())) - now };
}

/**
 * The specs as they are to be, with the addresses that may stay where they are.
 *
 * @param present the Eip's groups as they are
 * @param isFree whether an address is one of the pool, and no Service has it or is to lose it
 */
export function deferRemovals(
  specs: ReadonlyMap<string, VipGroupSpec>,
  present: readonly VipGroup[],
  isFree: (address: string) => boolean,
): ReadonlyMap<string, VipGroupSpec> {
  const placed = new Set([...specs.values()].flatMap(({ addresses }) => addresses));
  const kept = new Map(specs);
  for (const { metadata, spec } of present) {
    const wanted = specs.get(metadata.name);
    // A router that is told of an address which nobody has any more sends packets that nobody takes.
    if (wanted === undefined || wanted.protocol === 'bgp') continue;
    const room = maxAddresses[familyOf(wanted) ?? 4] - wanted.addresses.length;
    const staying = spec.addresses.filter((address) => !placed.has(address) && isFree(address)).slice(0, room);
    if (staying.length === 0) continue;
    const addresses = [...wanted.addresses, ...staying].sort(byValue);
    kept.set(metadata.name, { ...wanted, addresses, addressCount: addresses.length });
  }
  return kept;
}

function byValue(a: string, b: string): number {
  const [x, y] = [parseIp(a)?.value ?? 0n, parseIp(b)?.value ?? 0n];
  return x < y ? -1 : x > y ? 1 : 0;
}
