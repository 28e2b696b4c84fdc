import assert from 'node:assert/strict';
import { step } from '../../../src/core/bgp/session.js';
import { capabilityOctets } from '../../../src/core/wire/bgp/capabilities.js';
import { errorCodes } from '../../../src/core/wire/bgp/error-codes.js';
import { type Framed, noFraming, takeMessages } from '../../../src/core/wire/bgp/framing.js';
import {
  decodeMessage,
  encodeKeepalive,
  type Message,
  type MessageContext,
} from '../../../src/core/wire/bgp/message.js';
import { encodeNotification, textOf } from '../../../src/core/wire/bgp/notification.js';
import { encodeOpen } from '../../../src/core/wire/bgp/open.js';
import { familyOfPrefix } from '../../../src/core/wire/bgp/prefix.js';
import { encodeRouteRefresh } from '../../../src/core/wire/bgp/route-refresh.js';
import type { Update } from '../../../src/core/wire/bgp/update.js';
import { encodeAnnouncements, encodeEndOfRib, encodeWithdrawals } from '../../../src/core/wire/bgp/update-packing.js';
import { established, openConfirm, openSent, read, received } from '../../unit/core/bgp/given.js';
import { readVector, toHex, vectorNames } from '../../vectors/vector.js';
import { octets } from '../forms/bytes.js';
import type { Target } from '../fuzzer.js';

const messages = vectorNames('bgp').map((name) => readVector(name).bytes);
const sessions = [openSent(), openConfirm(), established()];
const contexts: readonly MessageContext[] = [
  { fourOctetAs: true, external: false, enhancedRouteRefresh: true },
  { fourOctetAs: false, external: true, enhancedRouteRefresh: false },
];

/**
 * Any stream is messages and then an error with a name, however it is cut; a message is read or refused for a named reason,
 * and says the same after being encoded again. A session answers in messages, in every state.
 */
export const target: Target<Uint8Array> = {
  form: octets,
  seeds: [...messages, Uint8Array.of(...messages.flatMap((each) => [...each]))],

  run(input) {
    // The marker is put right, so that what comes behind it is reached.
    const stream = input.slice();
    stream.fill(0xff, 0, 16);
    const whole = takeMessages(noFraming, stream);
    assert.deepEqual(inTwo(stream, stream.length >> 1), shown(whole));
    if (whole.error) assert.ok(whole.error.reason in errorCodes, `unnamed reason ${whole.error.reason}`);
    for (const bytes of whole.messages) for (const context of contexts) decode(bytes, context);
    for (const session of sessions) {
      const result = step(session, received(stream), 0, 0);
      for (const output of result.outputs) if (output.type === 'send') read(output.octets);
      assert.ok(result.session.deadline >= 0 && result.session.connections.length <= 1);
    }
  },
};

function decode(bytes: Uint8Array, context: MessageContext): void {
  const decoded = decodeMessage(bytes, context);
  if (!decoded.ok) {
    assert.ok(decoded.error.reason in errorCodes, `unnamed reason ${decoded.error.reason}`);
    return;
  }
  const { message } = decoded;
  if (message.type === 'notification') textOf(message);
  if (message.type === 'update') assertRewritten(message, context);
  else if (message.type !== 'open' || fitsOneParameter(message)) {
    assert.deepEqual(decodeMessage(encoded(message), context), decoded);
  }
}

function encoded(message: Exclude<Message, Update>): Uint8Array {
  switch (message.type) {
    case 'open':
      return encodeOpen(message);
    case 'notification':
      return encodeNotification(message);
    case 'keepalive':
      return encodeKeepalive();
    case 'route-refresh':
      return encodeRouteRefresh(message);
  }
}

/** What a peer says in many parameters may be too long for the one that we send. */
function fitsOneParameter({ capabilities }: Message & { type: 'open' }): boolean {
  return capabilities.flatMap(capabilityOctets).length <= 253;
}

/** Routes, attributes and End-of-RIB of an UPDATE are the same when they are sent on. */
function assertRewritten(update: Update, context: MessageContext): void {
  const own = { ...context, external: false };
  for (const { nextHop, prefixes } of update.reach) {
    if (prefixes.length === 0 || !update.attributes.origin) continue;
    for (const bytes of encodeAnnouncements(prefixes, nextHop, update.attributes, context.fourOctetAs)) {
      const again = decodeMessage(bytes, own);
      assert.ok(again.ok && again.message.type === 'update');
      assert.deepEqual(again.message.attributes, update.attributes);
    }
  }
  for (const family of [4, 6]) {
    const prefixes = update.withdrawn.filter((prefix) => familyOfPrefix(prefix) === family);
    const again = encodeWithdrawals(prefixes, true).map((bytes) => decodeMessage(bytes, own));
    assert.deepEqual(
      again.flatMap((each) => (each.ok && each.message.type === 'update' ? each.message.withdrawn : [])),
      prefixes,
    );
  }
  if (update.endOfRib) {
    const again = decodeMessage(encodeEndOfRib(update.endOfRib), own);
    assert.ok(again.ok && again.message.type === 'update');
    assert.equal(again.message.endOfRib, update.endOfRib);
  }
}

function inTwo(stream: Uint8Array, at: number) {
  const first = takeMessages(noFraming, stream.subarray(0, at));
  if (first.error) return shown(first);
  const second = takeMessages(first.framing, stream.subarray(at));
  return shown({ ...second, messages: [...first.messages, ...second.messages] });
}

function shown({ framing, messages, error }: Framed) {
  return { pending: toHex(framing.pending), messages: messages.map(toHex), error };
}
