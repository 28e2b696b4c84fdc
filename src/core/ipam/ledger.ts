/** Who holds which address: the working copy of what the Services' statuses say, plus what was just decided. */
import { compareIp, type Family, type IpAddress } from '../ip/address.js';
import type { IpRange } from '../ip/range.js';
import { createAddressSet } from './address-set.js';
import type { Terms } from './sharing.js';

export interface Holding {
  /** `namespace/name` of the Service. */
  readonly key: string;
  readonly addresses: readonly IpAddress[];
  readonly terms: Terms;
  /** RFC 3339 instant of the Service's creation: of two that must not share, the older one keeps the address. */
  readonly created: string;
}

/** The reading half, which is all that deciding needs. */
export interface LedgerView {
  holding(key: string): Holding | undefined;
  holders(address: IpAddress): readonly Holding[];
  /** The lowest number at or above `from` that nobody holds. */
  nextFree(family: Family, from: bigint): bigint;
  /** Held addresses under a sharing key, in ascending order. */
  sharedUnder(sharingKey: string): readonly IpAddress[];
  /** How many addresses of the ranges are held. */
  usage(ranges: readonly IpRange[]): bigint;
  holdings(): Iterable<Holding>;
}

export interface Ledger extends LedgerView {
  /** Replaces what the Service held. */
  hold(holding: Holding): void;
  release(key: string): void;
}

export function createLedger(): Ledger {
  const byKey = new Map<string, Holding>();
  const byAddress: Record<Family, Map<bigint, Holding[]>> = { 4: new Map(), 6: new Map() };
  const held = { 4: createAddressSet(), 6: createAddressSet() };
  const bySharingKey = new Map<string, Set<string>>();

  const release = (key: string) => {
    const holding = byKey.get(key);
    if (holding === undefined) return;
    byKey.delete(key);
    for (const { family, value } of holding.addresses) {
      const left = byAddress[family].get(value)!.filter((each) => each.key !== key);
      if (left.length > 0) byAddress[family].set(value, left);
      else {
        byAddress[family].delete(value);
        held[family].remove(value);
      }
    }
    const { sharingKey } = holding.terms;
    if (sharingKey === undefined) return;
    const keys = bySharingKey.get(sharingKey)!;
    keys.delete(key);
    if (keys.size === 0) bySharingKey.delete(sharingKey);
  };

  return {
    hold: (holding) => {
      release(holding.key);
      byKey.set(holding.key, holding);
      for (const { family, value } of holding.addresses) {
        byAddress[family].set(value, [...(byAddress[family].get(value) ?? []), holding]);
        held[family].add(value);
      }
      const { sharingKey } = holding.terms;
      if (sharingKey === undefined) return;
      bySharingKey.set(sharingKey, (bySharingKey.get(sharingKey) ?? new Set()).add(holding.key));
    },
    release,
    holding: (key) => byKey.get(key),
    holders: ({ family, value }) => byAddress[family].get(value) ?? [],
    nextFree: (family, from) => held[family].nextAbsent(from),
    sharedUnder: (sharingKey) =>
      [...(bySharingKey.get(sharingKey) ?? [])].flatMap((key) => byKey.get(key)!.addresses).sort(compareIp),
    usage: (ranges) => ranges.reduce((sum, range) => sum + held[range.family].count(range.first, range.last), 0n),
    holdings: () => byKey.values(),
  };
}
