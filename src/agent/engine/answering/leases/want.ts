/** Which addresses which groups want on which NIC, and what is to be added or removed for that. */
import { type Holding, isWanted, keyOf, type Leases, newHolding } from './state.js';

/** Exactly these for the group from now on. */
export function want(l: Leases, group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): void {
  const wanted = new Map(addresses.map((address) => [keyOf(interfaceIndex, address), address]));
  for (const holding of l.groups.get(group) ?? []) if (!wanted.has(holding.key)) unwant(l, holding, group);
  for (const [key, address] of wanted) {
    const known = l.holdings.get(key);
    if (known?.groups.has(group)) continue;
    const holding = known ?? newHolding(key, interfaceIndex, address);
    adopt(l, holding, group);
    l.additions.push(holding);
  }
}

function adopt(l: Leases, holding: Holding, group: string): void {
  holding.groups.add(group);
  holding.retryAt = 0;
  l.holdings.set(holding.key, holding);
  const members = l.groups.get(group);
  if (members === undefined) l.groups.set(group, new Set([holding]));
  else members.add(holding);
}

function unwant(l: Leases, holding: Holding, group: string): void {
  holding.groups.delete(group);
  const members = l.groups.get(group);
  members?.delete(holding);
  if (members?.size === 0) l.groups.delete(group);
  if (isWanted(holding)) return;
  l.retries.delete(holding);
  if (holding.held || holding.routed) l.removals.push(holding);
  else l.holdings.delete(holding.key);
}
