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

/** How new addresses have come to the groups of an Eip. */
interface Additions {
  readonly atOnce: TokenBucket;
  /** When new ones have their next turn: monotonic, in milliseconds. */
  nextAt: number;
  /** What its groups were to have last. Whatever became of the writes, it does not wait once more. */
  had: ReadonlySet<string>;
}

/** By Eip. */
export type AdditionPace = Map<string, Additions>;

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
  const own = pace.get(eip) ?? { atOnce: createTokenBucket(atOnce), nextAt: o.now, had: new Set() };
  pace.set(eip, own);
  const [placed, before] = [addressesOf([...o.present].map(({ spec }) => spec)), own.had];
  const isNew = (address: string) => !placed.has(address) && !before.has(address);
  own.had = addressesOf(specs.values());
  if (![...own.had].some(isNew)) return { specs };
  if (own.nextAt <= o.now) {
    own.nextAt = own.atOnce.tryTake(o.now) ? o.now : o.now + gatherMs;
    return { specs };
  }
  const without = ([name, spec]: [string, VipGroupSpec]): [string, VipGroupSpec] => {
    const left = spec.addresses.filter((address) => !isNew(address));
    return [name, left.length === spec.addresses.length ? spec : withAddresses(spec, left)];
  };
  const left = new Map([...specs].map(without));
  own.had = addressesOf(left.values());
  return { specs: left, afterMs: own.nextAt - o.now };
}

function addressesOf(specs: Iterable<VipGroupSpec>): ReadonlySet<string> {
  return new Set([...specs].flatMap(({ addresses }) => addresses));
}
