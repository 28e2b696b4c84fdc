/** Takes addresses off that nobody wants any more. */
import { type Holding, isWanted, type Leases, notHeld } from './state.js';

/** Addresses per batch: adverts that fall due wait for at most one batch, a millisecond or so. */
export const batchSize = 64;

/** Removes the next batch. What the kernel refuses to remove has gone already, or goes within the lease since nobody renews it. */
export function remove(l: Leases): void {
  const batch = l.removals.splice(0, batchSize).filter((holding) => !isWanted(holding));
  const held = batch.filter((holding) => holding.held);
  removeRoutes(l, batch);
  for (const holding of batch) {
    notHeld(l, holding);
    l.holdings.delete(holding.key);
  }
  if (held.length > 0) l.rtnetlink.removeAddresses(held.map((holding) => holding.request));
}

/** What is not on the NIC answers no more then. */
export function removeRoutes(l: Leases, batch: readonly Holding[]): void {
  const routed = batch.filter((holding) => holding.routed);
  if (routed.length === 0) return;
  l.rtnetlink.removeLocalRoutes(routed.map(({ address }) => address));
  for (const holding of routed) {
    holding.routed = false;
    holding.answers = holding.held;
  }
}
