/**
 * An address goes to a group on another NIC when its subnet becomes known, or another. It goes once somebody leads a group there: until then
 * it is answered where it was.
 */
import { formatIp } from '../../core/ip/address.js';
import type { PlacedAddress } from '../../core/placement/group.js';
import type { Part } from './parts.js';

export interface BeforeMoves {
  /** With the addresses that are to be in their groups for now. */
  readonly parts: readonly Part[];
  /** The claimants of the parts that addresses wait for. */
  readonly awaited: ReadonlySet<string>;
}

/**
 * A pure function of how the groups are.
 *
 * @param hopeless claimants of parts that can have no group: nobody would ever lead one
 */
export function beforeMoves(parts: readonly Part[], hopeless: ReadonlySet<string>): BeforeMoves {
  const placedIn = new Map<string, Part>();
  for (const part of parts) {
    for (const { spec } of part.present) for (const address of spec.addresses) placedIn.set(address, part);
  }
  const staying = new Map<Part, PlacedAddress[]>();
  const waiting = new Set<PlacedAddress>();
  const awaited = new Set<string>();
  for (const part of parts) {
    const isLed = part.present.some(({ status }) => status?.holder !== undefined);
    // Groups that are made for an address alone could not be waited for.
    const isMadeAhead = part.room[4] + part.room[6] > 0 && part.nodes.length > 0;
    if (isLed || !isMadeAhead || hopeless.has(part.claimant)) continue;
    for (const each of part.addresses) {
      const place = placedIn.get(formatIp(each.address));
      if (place === undefined || place === part || !canStay(each, place)) continue;
      waiting.add(each);
      awaited.add(part.claimant);
      staying.set(place, [...(staying.get(place) ?? []), each]);
    }
  }
  if (waiting.size === 0) return { parts, awaited };
  const settled = parts.map((part) => {
    const own = part.addresses.filter((each) => !waiting.has(each));
    return { ...part, addresses: [...own, ...(staying.get(part) ?? [])] };
  });
  return { parts: settled, awaited };
}

function canStay({ onlyOn }: PlacedAddress, { nodes }: Part): boolean {
  return onlyOn === undefined || onlyOn.some((node) => nodes.includes(node));
}
