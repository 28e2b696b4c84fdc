import { type Capability, capabilityCode, codeOf, readCapabilities } from '../wire/bgp/capabilities.js';
import { errorCodes } from '../wire/bgp/error-codes.js';
import type { Notification } from '../wire/bgp/notification.js';

/** Which capabilities to do without, one after the other, for a peer that does not say which it cannot take. */
const dispensable: readonly number[] = [
  capabilityCode['enhanced-route-refresh'],
  capabilityCode['graceful-restart'],
  capabilityCode['extended-next-hop'],
  capabilityCode['route-refresh'],
  capabilityCode['four-octet-as'],
  capabilityCode.multiprotocol,
];

/**
 * The capabilities to leave out of the next OPEN after a NOTIFICATION in answer to the last one (RFC 5492 3, 5): those that an
 * `Unsupported Capability` lists, else the next one that can be done without; the same list when it was about something
 * else. Each answer makes the list longer, so this ends; a reset by an administrator makes it empty again.
 */
export function withheldAfter(
  { code, subcode, data }: Notification,
  sent: readonly Capability[],
  withheld: readonly number[],
): readonly number[] {
  const isAbout = ({ code: c, subcode: s }: { code: number; subcode: number }) => code === c && subcode === s;
  if (!isAbout(errorCodes.capability) && !isAbout(errorCodes['optional-parameter'])) return withheld;
  const codes = new Set(sent.map(codeOf));
  const listed = isAbout(errorCodes.capability) ? (readCapabilities(data, 0, data.length) ?? []).map(codeOf) : [];
  const refused = [...new Set(listed)].filter((each) => codes.has(each));
  if (refused.length > 0) return [...new Set([...withheld, ...refused])];
  const next = dispensable.find((each) => codes.has(each));
  return next === undefined || withheld.includes(next) ? withheld : [...withheld, next];
}
