/** Takes addresses off that nobody wants any more. */
import { isWanted, type Leases, notHeld } from './state.js';

/** Addresses per batch: adverts that fall due wait for at most one batch, a millisecond or so. */
export const batchSize = 64;

/** Removes the next batch. What the kernel refuses to remove has gone already, or goes within the lease since nobody renews it. */
export function remove(l: Leases): void {
  const batch = l.removals.slice(0, batchSize).filter((holding) => !isWanted(holding) && holding.held);
  l.removals = l.removals.slice(batchSize);
  for (const holding of batch) {
    notHeld(l, holding);
    l.holdings.delete(holding.key);
  }
  l.renewals = undefined;
  if (batch.length > 0) l.rtnetlink.removeAddresses(batch.map((holding) => holding.request));
}
