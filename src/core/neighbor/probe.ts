import { type Micros, never } from '../time.js';

/**
 * How long to listen after each probe. RFC 5227 section 2.1.1 sends three over several seconds; a Service that waits for its
 * address cannot. On one link an answer takes well under a millisecond, so three within 30 ms find whoever is up; who answers later is
 * found by the probe that follows some seconds after the address is held.
 */
const listenFor: readonly Micros[] = [10_000, 10_000, 10_000];

/** A search for other holders of a list of addresses before they are first held. Plain, immutable data. */
export interface Probe {
  /** How many addresses are probed. */
  readonly count: number;
  /** How often each has been asked for. */
  readonly sent: number;
  /** When to call `probeDue`; `never` once every outcome is known. */
  readonly deadline: Micros;
  /** MAC of the host that answered, by index of the address. */
  readonly taken: ReadonlyMap<number, Uint8Array>;
}

/** What became of one address. */
export type ProbeOutcome =
  | { readonly state: 'probing' }
  | { readonly state: 'free' }
  /** `mac`: 6 bytes, of the host that holds it, or wants to. */
  | { readonly state: 'taken'; readonly mac: Uint8Array };

/** A probe of addresses 0 to `count` - 1. The first frames are due at once; it is over 30 ms later. */
export function startProbe(count: number, now: Micros): Probe {
  return { count, sent: 0, deadline: count === 0 ? never : now, taken: new Map() };
}

/**
 * What to do at `now`. With `send`, one probe (ARP with sender 0.0.0.0, or a neighbour solicitation from ::) for each address
 * whose outcome is 'probing'. Early calls do nothing; late ones only make it take longer.
 */
export function probeDue(probe: Probe, now: Micros): { readonly probe: Probe; readonly send: boolean } {
  if (now < probe.deadline) return { probe, send: false };
  const wait = listenFor[probe.sent];
  if (wait === undefined) return { probe: { ...probe, deadline: never }, send: false };
  return { probe: { ...probe, sent: probe.sent + 1, deadline: now + wait }, send: true };
}

/**
 * Another host's claim to address `index`: any ARP packet with it as sender, a neighbour advertisement for it, or a probe for
 * it (RFC 5227 section 2.1.1, RFC 4862 section 5.4). The caller has left out our own frames. The first claim counts, and none
 * after the end.
 */
export function hearClaim(probe: Probe, index: number, mac: Uint8Array): Probe {
  if (probe.deadline === never || index >= probe.count || probe.taken.has(index)) return probe;
  const taken = new Map(probe.taken).set(index, mac);
  return { ...probe, taken, deadline: taken.size === probe.count ? never : probe.deadline };
}

/** What is known about address `index` by now. */
export function probeOutcome(probe: Probe, index: number): ProbeOutcome {
  const mac = probe.taken.get(index);
  if (mac) return { state: 'taken', mac };
  return { state: probe.deadline === never ? 'free' : 'probing' };
}
