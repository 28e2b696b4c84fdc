/**
 * Addresses that Services were given a moment ago, for when another host turns out to have had one before anybody held it: such a one serves
 * nobody, and is exchanged for another. One that was held before stays, since it is known to somebody by now. Pure: time is an argument, in
 * monotonic milliseconds.
 *
 * What is new to a Service is noted on it (`gift-note.ts`), so a controller that comes later can tell it from what has served for long.
 */
import type { VipGroup } from '../../api/vip-group.js';
import { compareIp, formatIp, type IpAddress } from '../../core/ip/address.js';
import { type Exclusions, exclusionOf } from '../../core/ipam/exclusions.js';

export interface Gift {
  readonly addresses: readonly IpAddress[];
  readonly at: number;
  /** How many exchanges led to it. */
  readonly exchanges: number;
  /** It was seen that it is to be exchanged: now it waits for an address to be free. */
  readonly due: boolean;
  /** What it was given for in exchange: not to be kept, though the Service's status may still say it. */
  readonly former: readonly IpAddress[];
}

/** By uid of the Service, the one that was given longest ago first. */
export type Gifts = Map<string, Gift>;

/** For so long it may turn out, in milliseconds: one that nobody takes for longer waits for a node, not for another address. */
const youngMs = 60_000;
/** Before the second exchange in a row; each further one waits twice as long, until the address is not young any more by then. */
const firstPauseMs = 1_000;
/** So many are kept for longer, while they wait for an address to be free: their Services may be gone. */
const mostGifts = 10_000;

/** The Service was given these, if any, which it never had before. @param former what it was to lose for that */
export function gave(
  gifts: Gifts,
  uid: string,
  addresses: readonly IpAddress[],
  former: readonly IpAddress[],
  now: number,
): void {
  if (addresses.length === 0) return;
  const before = gifts.get(uid);
  // Of an exchange whose write did not go out there may be another outcome.
  const exchanges = former.length === 0 ? 0 : (before?.exchanges ?? 0) + (before?.due === true ? 1 : 0);
  gifts.delete(uid);
  const lost = former.filter((each) => !addresses.some((address) => compareIp(each, address) === 0));
  gifts.set(uid, { addresses, at: now, exchanges, due: false, former: lost });
  for (const [other, { at, due }] of gifts) {
    if (now - at <= youngMs) break;
    if (!due || gifts.size > mostGifts) gifts.delete(other);
  }
}

/**
 * A controller that led before gave this.
 *
 * @param foundAt when an address was found to be another host's; undefined: it was not
 */
export function regained(
  gifts: Gifts,
  uid: string,
  gift: Omit<Gift, 'due' | 'former'>,
  foundAt: (address: IpAddress) => number | undefined,
  now: number,
): void {
  const due = gift.addresses.some((address) => (foundAt(address) ?? Number.POSITIVE_INFINITY) - gift.at <= youngMs);
  if (due || now - gift.at <= youngMs) gifts.set(uid, { ...gift, due, former: [] });
}

/** Somebody holds one of the addresses by now: it stays. */
export function wasHeld(gifts: Gifts, uid: string, address: string): void {
  const gift = gifts.get(uid);
  if (gift === undefined) return;
  const addresses = gift.addresses.filter((each) => formatIp(each) !== address);
  if (addresses.length === gift.addresses.length) return;
  if (addresses.length === 0) gifts.delete(uid);
  else gifts.set(uid, { ...gift, addresses });
}

export interface Useless {
  /** What the Service is not to keep: what is to be exchanged now, and what was before, though its status may still say it. */
  readonly addresses: readonly IpAddress[];
  /** How long to wait until more is to be exchanged, in milliseconds; 0: nothing is. */
  readonly pauseMs: number;
}

const none: Useless = { addresses: [], pauseMs: 0 };

/** @param o.exclusions without the address among them it would only be given again */
export function uselessGifts(
  gifts: Gifts,
  uid: string,
  o: { readonly groupWith: (address: string) => VipGroup | undefined; readonly exclusions: Exclusions },
  now: number,
): Useless {
  const gift = gifts.get(uid);
  if (gift === undefined) return none;
  const addresses = gift.addresses.filter(
    (address) => exclusionOf(o.exclusions, address)?.kind === 'host' && wasNeverHeld(formatIp(address), o.groupWith),
  );
  if (addresses.length === 0 || (!gift.due && now - gift.at > youngMs)) {
    if (gift.due || now - gift.at > youngMs) gifts.delete(uid);
    return { addresses: gift.former, pauseMs: 0 };
  }
  gifts.set(uid, { ...gift, due: true });
  const pauseMs = gift.exchanges === 0 ? 0 : firstPauseMs * 2 ** (gift.exchanges - 1);
  const leftMs = Math.max(0, gift.at + pauseMs - now);
  if (pauseMs > youngMs) return { addresses: gift.former, pauseMs: 0 };
  if (leftMs > 0) return { addresses: gift.former, pauseMs: leftMs };
  return { addresses: [...gift.former, ...addresses], pauseMs: 0 };
}

function wasNeverHeld(address: string, groupWith: (address: string) => VipGroup | undefined): boolean {
  const entry = groupWith(address)?.status?.notHeld?.find((each) => each.address === address);
  return entry?.reason === 'AnsweredElsewhere' && entry.neverHeld === true;
}
