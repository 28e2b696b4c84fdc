/** How soon the groups of an Eip are written again: pure. */
import type { VipGroupSpec } from '../../api/vip-group.js';

/**
 * The least time between two rounds of writes for one Eip, in milliseconds. The first change is written at once; those that come
 * hard upon it are written together, since each write of a group costs the server as much as several Services do.
 */
const roundEveryMs = 100;

/** Deciding about very many addresses takes a while: the pause after a round is this many times as long, at least. */
const pauseFactor = 10;

/**
 * With BGP a change of an endpoint is to be on the wire before connections fail, so that rounds come closer, and what is decided is simpler.
 * What the API server sends is bounded all the same: all members read each group that was written.
 */
const routed = { roundEveryMs: 20, pauseFactor: 4, octetsPerMs: 20_000 } as const;

/** About what an address takes in a VipGroup, and in a watch event of it, in octets. */
const addressOctets = 24;

/**
 * How long to wait after a round, in milliseconds.
 *
 * @param written the groups as they were written
 * @param decidedMs how long it took to decide
 */
export function pauseAfter(written: readonly VipGroupSpec[], decidedMs: number): number {
  if (!written.every(({ protocol }) => protocol === 'bgp')) return Math.max(roundEveryMs, pauseFactor * decidedMs);
  const sent = written.reduce(
    (sum, { addresses, members }) => sum + members.length * addresses.length * addressOctets,
    0,
  );
  return Math.max(routed.roundEveryMs, routed.pauseFactor * decidedMs, sent / routed.octetsPerMs);
}
