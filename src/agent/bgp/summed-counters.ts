export interface BgpCounters {
  readonly [name: string]: Readonly<Record<string, number>>;
}

/** What two threads have counted, one after the other; by counter and BgpPeer. A BgpPeer may have any name, `constructor` too. */
export function summedCounters(a: BgpCounters, b: BgpCounters): BgpCounters {
  const sums = new Map<string, Map<string, number>>();
  for (const counters of [a, b])
    for (const [name, byPeer] of Object.entries(counters)) {
      const sum = sums.get(name) ?? new Map<string, number>();
      for (const [peer, count] of Object.entries(byPeer)) sum.set(peer, (sum.get(peer) ?? 0) + count);
      sums.set(name, sum);
    }
  return Object.fromEntries([...sums].map(([name, sum]) => [name, Object.fromEntries(sum)]));
}
