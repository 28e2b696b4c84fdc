/**
 * Where Services come fast in a large cluster, new addresses wait for each other, so that few groups are written for many of them: each
 * write is read by all members of the group. Those that come slowly, or to a cluster whose nodes are in every group, go at once. Nothing
 * else of a group waits: not what leaves it, nor who its members are.
 */
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { createTokenBucket, type TokenBucket } from '../../platform/kubernetes/token-bucket.js';
import { withAddresses } from './spec.js';

/** So many times in a row new addresses of an Eip go at once: a Service that comes alone finds one of them left. */
const atOnce = { perSecond: 0.5, burst: 10 };

/** After that, the least time between two times, in milliseconds. */
const gatherMs = 500;

/** By Eip, how new addresses have come to its groups. */
export type AdditionPace = Map<string, { readonly atOnce: TokenBucket; nextAt: number }>;

/**
 * What the groups of an Eip are to be, without new addresses while these wait.
 *
 * @param specs as they are to be
 * @param o.present every group, of whichever Eip: what is in one is not new
 * @param now monotonic, in milliseconds
 * @returns `afterMs`: when those that wait have their turn; undefined where none waits
 */
export function paceAdditions(
  pace: AdditionPace,
  eip: string,
  specs: ReadonlyMap<string, VipGroupSpec>,
  o: { readonly present: Iterable<VipGroup>; readonly now: number },
): { readonly specs: ReadonlyMap<string, VipGroupSpec>; readonly afterMs?: number } {
  const placed = new Set([...o.present].flatMap(({ spec }) => spec.addresses));
  const isNew = (address: string) => !placed.has(address);
  if (![...specs.values()].some(({ addresses }) => addresses.some(isNew))) return { specs };
  const own = pace.get(eip) ?? { atOnce: createTokenBucket(atOnce), nextAt: o.now };
  pace.set(eip, own);
  if (own.nextAt <= o.now) {
    own.nextAt = own.atOnce.tryTake(o.now) ? o.now : o.now + gatherMs;
    return { specs };
  }
  const without = ([name, spec]: [string, VipGroupSpec]): [string, VipGroupSpec] => {
    const left = spec.addresses.filter((address) => !isNew(address));
    return [name, left.length === spec.addresses.length ? spec : withAddresses(spec, left)];
  };
  return { specs: new Map([...specs].map(without)), afterMs: own.nextAt - o.now };
}
