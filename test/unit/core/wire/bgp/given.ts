import assert from 'node:assert/strict';
import { ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';
import { decodeMessage, type Message, type MessageContext } from '../../../../../src/core/wire/bgp/message.js';
import type { PathAttributes } from '../../../../../src/core/wire/bgp/path-attributes.js';
import { type Prefix, prefixOf } from '../../../../../src/core/wire/bgp/prefix.js';
import type { Update } from '../../../../../src/core/wire/bgp/update.js';
import { fromHex } from '../../../../vectors/vector.js';

/** An eBGP session of speakers that know AS numbers of 32 bits. */
export const context: MessageContext = { fourOctetAs: true, external: true, enhancedRouteRefresh: true };

export const as = 4_200_000_001;
export const nextHop4 = ip('192.0.2.11');
export const nextHop6 = ip('2001:db8::11');
export const vip4 = prefix('198.51.100.10/32');
export const vip6 = prefix('2001:db8:100::10/128');
/** What an eBGP speaker says of a route of its own. */
export const own: PathAttributes = { origin: 'igp', asPath: [{ type: 'sequence', numbers: [as] }] };

export function ip(text: string): Uint8Array {
  return ipToBytes(parseIp(text)!);
}

/** `192.0.2.0/24` as a prefix. */
export function prefix(text: string): Prefix {
  const [address, length] = text.split('/');
  return prefixOf(ip(address!), Number(length));
}

/** A message of a type and a body in hexadecimal, blanks allowed. */
export function message(type: number, body: string): Uint8Array {
  const octets = fromHex(body.replaceAll(' ', ''));
  const length = 19 + octets.length;
  return Uint8Array.of(...new Uint8Array(16).fill(0xff), length >> 8, length & 0xff, type, ...octets);
}

/** An UPDATE made of its three parts in hexadecimal, blanks allowed; lengths are computed. */
export function update(withdrawn: string, attributes: string, nlri: string): Uint8Array {
  const length = (hex: string) => (hex.replaceAll(' ', '').length / 2).toString(16).padStart(4, '0');
  return message(2, length(withdrawn) + withdrawn + length(attributes) + attributes + nlri);
}

/** A message that must be read. */
export function read(bytes: Uint8Array, o: Partial<MessageContext> = {}): Message {
  const decoded = decodeMessage(bytes, { ...context, ...o });
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.error.reason);
  return decoded.message;
}

/** An UPDATE that must be read. */
export function readUpdate(bytes: Uint8Array, o: Partial<MessageContext> = {}): Update {
  const update = read(bytes, o);
  assert.equal(update.type, 'update');
  return update as Update;
}

/** Why a message is refused. */
export function refused(bytes: Uint8Array, o: Partial<MessageContext> = {}): string {
  const decoded = decodeMessage(bytes, { ...context, ...o });
  assert.ok(!decoded.ok, 'it was read');
  return decoded.error.reason;
}
