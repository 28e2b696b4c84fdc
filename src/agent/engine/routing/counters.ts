import type { Micros } from '../../../core/time.js';
import { never } from '../../../core/time.js';
import type { RoutingEvent } from './contract.js';

/** Monotonic counters by name, then by peer, which are told once a second at most. */
export interface Counters {
  readonly values: Map<string, Map<string, number>>;
  dirty: boolean;
  toldAt: Micros;
}

const interval: Micros = 1_000_000;

export function createCounters(): Counters {
  return { values: new Map(), dirty: false, toldAt: -never };
}

/** Counts something of a peer; '' stands for those that are none of ours. */
export function count(counters: Counters, name: string, peer: string, by = 1): void {
  const byPeer = counters.values.get(name) ?? new Map<string, number>();
  byPeer.set(peer, (byPeer.get(peer) ?? 0) + by);
  counters.values.set(name, byPeer);
  counters.dirty = true;
}

/** When to call `tellCounters`. */
export function countersDeadline({ dirty, toldAt }: Counters): Micros {
  return dirty ? toldAt + interval : never;
}

/** Tells them if some have changed and it is time. */
export function tellCounters(counters: Counters, now: Micros, emit: (event: RoutingEvent) => void): void {
  if (now < countersDeadline(counters)) return;
  counters.dirty = false;
  counters.toldAt = now;
  const told = [...counters.values].map(([name, byPeer]) => [name, Object.fromEntries(byPeer)]);
  emit({ type: 'counters', counters: Object.fromEntries(told) });
}

/** Forgets a peer that is gone. */
export function forgetPeer(counters: Counters, peer: string): void {
  for (const [name, byPeer] of counters.values) {
    byPeer.delete(peer);
    if (byPeer.size === 0) counters.values.delete(name);
  }
}
