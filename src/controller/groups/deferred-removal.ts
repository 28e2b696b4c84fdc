/**
 * Where Services come and go all the time, an address that nobody has any more stays in its group for a moment: the next Service often gets
 * it, and each write of a group is read by all its members. Where few go, each goes at once.
 */
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { parseIp } from '../../core/ip/address.js';
import { maxAddresses } from '../../core/placement/draft.js';
import { createTokenBucket, type TokenBucket } from '../../platform/kubernetes/token-bucket.js';
import { familyOf } from '../objects/group.js';

/** How often groups of an Eip lose addresses that nobody has: five times at once, then every ten seconds. */
const removals = { perSecond: 0.1, burst: 5 };

/** How soon to look again whether they may, in milliseconds. */
const lookAgainMs = 1_000;

/** By Eip, how often its groups may lose addresses that nobody has. */
export type RemovalPace = Map<string, TokenBucket>;

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
  const stay = deferRemovals(specs, o.present, o.isFree);
  if (stay.count === 0) return { specs };
  const bucket = pace.get(eip) ?? createTokenBucket(removals);
  pace.set(eip, bucket);
  return bucket.tryTake(o.now) ? { specs } : { specs: stay.specs, afterMs: lookAgainMs };
}

export interface Deferral {
  readonly specs: ReadonlyMap<string, VipGroupSpec>;
  /** Addresses that stay for the moment. */
  readonly count: number;
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
): Deferral {
  const placed = new Set([...specs.values()].flatMap(({ addresses }) => addresses));
  const kept = new Map(specs);
  let count = 0;
  for (const { metadata, spec } of present) {
    const wanted = specs.get(metadata.name);
    // A router that is told of an address which nobody has any more sends packets that nobody takes.
    if (wanted === undefined || wanted.protocol === 'bgp') continue;
    const room = maxAddresses[familyOf(wanted) ?? 4] - wanted.addresses.length;
    const staying = spec.addresses.filter((address) => !placed.has(address) && isFree(address)).slice(0, room);
    if (staying.length === 0) continue;
    count += staying.length;
    const addresses = [...wanted.addresses, ...staying].sort(byValue);
    kept.set(metadata.name, { ...wanted, addresses, addressCount: addresses.length });
  }
  return { specs: kept, count };
}

function byValue(a: string, b: string): number {
  const [x, y] = [parseIp(a)?.value ?? 0n, parseIp(b)?.value ?? 0n];
  return x < y ? -1 : x > y ? 1 : 0;
}
