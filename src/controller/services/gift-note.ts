/**
 * What an annotation of a Service says of addresses that were new to it when its status was written, so that whichever controller leads
 * knows of which it may be that they are to be exchanged. Pure.
 */
import { formatIp, type IpAddress, parseIp } from '../../core/ip/address.js';
import { jsonNote } from '../notes/note.js';
import { has } from './decide.js';
import type { Gift } from './exchange.js';

/** One instant by two clocks, in milliseconds: the monotonic one, and since 1970. */
export interface Instant {
  readonly now: number;
  readonly wall: number;
}

/** More are not read: no Service is given so many. */
const mostAddresses = 8;

/** @param granted what the Service has from now on @returns undefined: nothing of that is new to it */
export function giftNote(
  gift: Gift | undefined,
  granted: readonly IpAddress[],
  { now, wall }: Instant,
): string | undefined {
  const addresses = gift?.addresses.filter((address) => has(granted, address)) ?? [];
  if (gift === undefined || addresses.length === 0) return undefined;
  const at = new Date(wall - (now - gift.at)).toISOString();
  return JSON.stringify({ addresses: addresses.map(formatIp), at, exchanges: gift.exchanges });
}

/** The inverse of {@link giftNote}; undefined where it says nothing of what the Service has, or was written by somebody else. */
export function notedGift(
  text: string | undefined,
  granted: readonly IpAddress[],
  { now, wall }: Instant,
): Omit<Gift, 'due' | 'former'> | undefined {
  const note = jsonNote(text) as { addresses?: unknown; at?: unknown; exchanges?: unknown } | undefined;
  const ageMs = wall - Date.parse(String(note?.at));
  const exchanges = note?.exchanges;
  if (!Array.isArray(note?.addresses) || Number.isNaN(ageMs)) return undefined;
  if (typeof exchanges !== 'number' || !Number.isSafeInteger(exchanges) || exchanges < 0) return undefined;
  const addresses = note.addresses
    .slice(0, mostAddresses)
    .flatMap((each) => parseIp(String(each)) ?? [])
    .filter((address) => has(granted, address));
  // Clocks of nodes differ.
  return addresses.length === 0 ? undefined : { addresses, at: now - Math.max(0, ageMs), exchanges };
}
