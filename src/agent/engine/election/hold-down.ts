/**
 * A leader that can put none of its addresses in place – IPv6 is off on the NIC, a privilege is missing – leads with nothing, and keeps those
 * from leading who could. It hands over and stands by; after a while it takes part again, and is the last to take over without need. Where
 * every member is refused, each tries now and then, ever more slowly, and in between nobody leads.
 */
import type { Micros } from '../../../core/time.js';
import { addressKey } from '../address-key.js';
import type { GroupConfig } from '../messages.js';

const firstPause: Micros = 10_000_000;
const longestPause: Micros = 60_000_000;

/** A member that the kernel refused all its addresses. */
export interface HoldDown {
  /** When it may take part again. */
  readonly until: Micros;
  readonly pause: Micros;
  /** A sentence for a person. */
  readonly reason: string;
}

/** What a member does that was refused again. */
export function holdDown(before: HoldDown | undefined, interfaceName: string, refusal: string, now: Micros): HoldDown {
  const pause = Math.min(before === undefined ? firstPause : before.pause * 2, longestPause);
  const reason =
    `stands by: the kernel refuses every address of the group on ${interfaceName} (${refusal}): set that right ` +
    `(IPv6 switched off there? a missing privilege?); it is tried again after ${pause / 1e6} s, when no other member leads`;
  return { until: now + pause, pause, reason };
}

/** Nothing any more once the group is to have other addresses, or to have them elsewhere: those may be taken. */
export function stillHeldDown(
  holdDown: HoldDown | undefined,
  config: GroupConfig,
  next: GroupConfig,
): HoldDown | undefined {
  const before = new Set(config.addresses.map(addressKey));
  const same =
    next.addresses.length === before.size &&
    next.addresses.every((address) => before.has(addressKey(address))) &&
    JSON.stringify(next.interface) === JSON.stringify(config.interface);
  return same ? holdDown : undefined;
}
