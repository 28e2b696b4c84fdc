/** Which addresses which groups want on which NIC, and what is to be added or removed for that. */
import { type Holding, isWanted, keyOf, type Leases, newHolding } from './state.js';

/** Exactly these for the group from now on. Written out for the sake of takeovers, as holdings are. */
export function want(l: Leases, group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): void {
  const keys = addresses.map((address) => keyOf(interfaceIndex, address));
  const before = l.groups.get(group);
  if (before !== undefined) {
    const wanted = new Set(keys);
    for (const holding of before) if (!wanted.has(holding.key)) unwant(l, holding, group);
  }
  if (keys.length === 0) return;
  const members = l.groups.get(group) ?? new Set();
  l.groups.set(group, members);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]!;
    const known = l.holdings.get(key);
    if (known?.groups.includes(group)) continue;
    const holding = known ?? newHolding(key, group, interfaceIndex, addresses[at]!);
    if (known === undefined) l.holdings.set(key, holding);
    else holding.groups.push(group);
    holding.retryAt = 0;
    members.add(holding);
    l.additions.push(holding);
  }
}

function unwant(l: Leases, holding: Holding, group: string): void {
  holding.groups.splice(holding.groups.indexOf(group), 1);
  const members = l.groups.get(group);
  members?.delete(holding);
  if (members?.size === 0) l.groups.delete(group);
  if (isWanted(holding)) return;
  l.retries.delete(holding);
  if (holding.held || holding.routed) l.removals.push(holding);
  else l.holdings.delete(holding.key);
}
