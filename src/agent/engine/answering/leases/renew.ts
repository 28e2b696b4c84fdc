/** Renews the leases of what is held. */
import { type Micros, never } from '../../../../core/time.js';
import type { AddressRequest } from '../../../../platform/linux/rtnetlink.js';
import { isWanted, type Leases } from './state.js';

export const renewalInterval: Micros = 500_000;
const batchSize = 256;

/** Renews the next batch. */
export function renew(l: Leases, now: Micros): void {
  l.renewals ??= chunks(
    [...l.holdings.values()].filter((each) => each.held && isWanted(each)).map((each) => each.request),
  );
  const batch = l.renewals[l.nextRenewal];
  if (batch !== undefined) l.rtnetlink.renewAddresses(batch);
  l.nextRenewal++;
  if (l.nextRenewal < l.renewals.length) return;
  l.nextRenewal = 0;
  l.renewAt = l.renewals.length === 0 ? never : now + renewalInterval;
}

function chunks(requests: readonly AddressRequest[]): readonly (readonly AddressRequest[])[] {
  const made: (readonly AddressRequest[])[] = [];
  for (let from = 0; from < requests.length; from += batchSize) made.push(requests.slice(from, from + batchSize));
  return made;
}
