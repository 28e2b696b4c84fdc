/**
 * Addresses of a pool that other hosts on the LAN have: agents report those that they do not take for that reason, and the Eip remembers
 * them in an annotation for a while, also when no Service wants them any more. So they are not given to the next one.
 */
import { addressesOfOthersAnnotation } from '../../api/annotations.js';
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import { formatIp, type IpAddress, parseIp } from '../../core/ip/address.js';
import { jsonNote, type NoteUpdate } from './note.js';

/** How long an address is left out after it was last reported, in milliseconds. */
const rememberedMs = 3_600_000;
/** One that goes on being reported is noted anew when this is left of it, in milliseconds. */
const renewMs = rememberedMs / 2;
/** More are not remembered, so that the object stays small. */
const most = 64;

export interface AddressOfOthers {
  readonly address: IpAddress;
  /** Whose it is, in the agent's words. */
  readonly by: string;
  /** When it was found first and how long it is left out, in milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}

/** What an Eip remembers at `now`, in milliseconds since 1970; entries that somebody spoilt are left out. */
export function addressesOfOthers({ metadata }: Eip, now: number): readonly AddressOfOthers[] {
  const notes = jsonNote(metadata.annotations?.[addressesOfOthersAnnotation]);
  if (!Array.isArray(notes)) return [];
  return notes.slice(0, most).flatMap((note: Partial<Record<keyof AddressOfOthers, unknown>> | null) => {
    const address = parseIp(String(note?.address));
    // Nobody is kept from an address for longer than a report would.
    const until = Math.min(Date.parse(String(note?.until)), now + rememberedMs);
    if (address === undefined || !(until > now)) return [];
    const since = Date.parse(String(note?.since));
    const by = String(note?.by).slice(0, 64);
    return [{ address, by, since: since <= now ? since : until - rememberedMs, until }];
  });
}

/** @param present the Eip's groups */
export function attendAddressesOfOthers(eip: Eip, present: readonly VipGroup[], now: number): NoteUpdate {
  const known = new Map(addressesOfOthers(eip, now).map((each) => [formatIp(each.address), each]));
  const reported = new Set<string>();
  for (const { status } of present) {
    for (const { address: text, reason, message } of status?.notHeld ?? []) {
      const address = parseIp(text);
      if (address === undefined || reason !== 'AnsweredElsewhere') continue;
      const name = formatIp(address);
      reported.add(name);
      const before = known.get(name);
      if (before === undefined ? known.size >= most : before.until - now > renewMs) continue;
      const by = (message ?? 'unknown').slice(0, 64);
      known.set(name, { address, by, since: before?.since ?? now, until: now + rememberedMs });
    }
  }
  const notes = [...known].map(([address, { by, since, until }]) => ({
    address,
    by,
    since: rfc3339(since),
    until: rfc3339(until),
  }));
  const waits = [...known].map(([name, { until }]) => until - now - (reported.has(name) ? renewMs : 0));
  return {
    annotation: addressesOfOthersAnnotation,
    note: notes.length === 0 ? undefined : JSON.stringify(notes),
    news: [],
    warnings: [],
    afterMs: waits.length === 0 ? undefined : Math.max(1_000, Math.min(...waits)),
  };
}

function rfc3339(at: number): string {
  return new Date(at).toISOString();
}
