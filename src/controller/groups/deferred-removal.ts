/**
 * Where Services come and go all the time, an address that nobody has any more stays in its group for a moment: the next Service often gets
 * it, and each write of a group is read by all its members. Where few go, each goes at once.
 */
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { parseIp } from '../../core/ip/address.js';
import { maxAddresses } from '../../core/placement/draft.js';
import { familyOf } from '../objects/group.js';

/** How often groups of an Eip lose addresses that nobody has: five times at once, then every ten seconds. */
export const departures = { perSecond: 0.1, burst: 5 };

/** How soon to look again whether they may, in milliseconds. */
export const lookAgainMs = 1_000;

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
    if (wanted === undefined) continue;
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
