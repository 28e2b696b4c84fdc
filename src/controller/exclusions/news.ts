/** Whom it concerns that addresses are left out of pools from now on, or are not any more. */
import { formatIp, parseIp } from '../../core/ip/address.js';
import { contains, type IpRange } from '../../core/ip/range.js';
import { type Exclusions, exclusionOf, isUnannounceable } from '../../core/ipam/exclusions.js';
import type { Context } from '../context/context.js';
import type { HolderEvents } from '../events/holder-events.js';

/** @param ranges what came or went */
export function tellOfExclusions(
  { assignments, schedule, world }: Pick<Context, 'assignments' | 'schedule' | 'world'>,
  ranges: readonly IpRange[],
  holderEvents: Pick<HolderEvents, 'standing'>,
): void {
  if (ranges.length === 0) return;
  for (const { key, addresses } of assignments.ledger.holdings()) {
    const concerned = addresses.filter((address) => contains(ranges, address));
    if (concerned.length === 0) continue;
    schedule.service(key);
    holderEvents.standing(concerned.map(formatIp));
    for (const { pool } of assignments.grants(key)) schedule.groups(pool);
  }
  for (const { name } of world.pools()) schedule.status(name);
  schedule.waiting();
}

/** What an address is that must not be announced, as in `an address of node n1`; undefined for any other. */
export function barred(text: string, exclusions: Exclusions): string | undefined {
  const address = parseIp(text);
  const exclusion = address && exclusionOf(exclusions, address);
  return exclusion !== undefined && isUnannounceable(exclusion.kind) ? exclusion.what : undefined;
}
