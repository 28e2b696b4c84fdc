import { type Capability, capabilityCode, codeOf, readCapabilities } from '../wire/bgp/capabilities.js';
import { errorCodes } from '../wire/bgp/error-codes.js';
import { familyOfNumbers } from '../wire/bgp/families.js';
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
 *
 * By the RFC a peer lists what it cannot do without and was not offered, and nothing that is left out would help. Peers also list
 * what they were offered and do not know, and are then obeyed. After an `Unsupported Optional Parameter` the RFC would leave out all
 * at once; here they go one by one, since a peer that dislikes one of them would lose the restarts and families of the others.
 */
export function withheldAfter(
  { code, subcode, data }: Notification,
  sent: readonly Capability[],
  withheld: readonly number[],
): readonly number[] {
  const isAbout = ({ code: c, subcode: s }: { code: number; subcode: number }) => code === c && subcode === s;
  if (!isAbout(errorCodes.capability) && !isAbout(errorCodes['optional-parameter'])) return withheld;
  const codes = new Set(sent.filter((each) => isDispensable(each, sent)).map(codeOf));
  const listed = isAbout(errorCodes.capability) ? (readCapabilities(data, 0, data.length) ?? []) : [];
  const next = dispensable.filter((each) => codes.has(each)).slice(0, 1);
  const ours = listed.filter((each) => sent.some((own) => isSame(own, each))).map(codeOf);
  const refused = listed.length > 0 ? ours : next;
  const more = new Set(refused.filter((each) => codes.has(each)));
  return more.size === 0 ? withheld : [...withheld, ...more];
}

/** Without a word of families they are IPv4 (RFC 4760 8): who does not want that cannot leave the word out. */
function isDispensable(capability: Capability, sent: readonly Capability[]): boolean {
  if (capability.type !== 'multiprotocol') return true;
  return sent.some((each) => each.type === 'multiprotocol' && familyOfNumbers(each) === 4);
}

/** Whether a capability that is listed is one of ours: of the same family, where it is one of a family. */
function isSame(own: Capability, listed: Capability): boolean {
  if (own.type !== 'multiprotocol' || listed.type !== 'multiprotocol') return codeOf(own) === codeOf(listed);
  return own.afi === listed.afi && own.safi === listed.safi;
}
