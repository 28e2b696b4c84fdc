import assert from 'node:assert/strict';
import type { RouteAttributes, Routes } from '../../../../src/core/bgp/routes.js';
import {
  createSession,
  type Input,
  type Output,
  type PeerConfig,
  type Session,
  step,
  tableOf,
} from '../../../../src/core/bgp/session.js';
import { formatIp, ipFromBytes, ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import type { Micros } from '../../../../src/core/time.js';
import type { Capability } from '../../../../src/core/wire/bgp/capabilities.js';
import { formatCommunity } from '../../../../src/core/wire/bgp/communities.js';
import { reasonOf } from '../../../../src/core/wire/bgp/error-codes.js';
import { noFraming, takeMessages } from '../../../../src/core/wire/bgp/framing.js';
import { decodeMessage, encodeKeepalive, type Message } from '../../../../src/core/wire/bgp/message.js';
import { encodeNotification, notificationOf } from '../../../../src/core/wire/bgp/notification.js';
import { encodeOpen, type Open } from '../../../../src/core/wire/bgp/open.js';
import { formatPrefix, type Prefix, prefixOf } from '../../../../src/core/wire/bgp/prefix.js';

export const seconds = (value: number): Micros => value * 1_000_000;
export const ip = (text: string): Uint8Array => ipToBytes(parseIp(text)!);
export const local4 = ip('192.0.2.11');
export const local6 = ip('2001:db8::11');

/** A speaker of AS 64512 whose peer is AS 65000; it sends all it knows at once. Its identifier is lower than the peer's. */
export function config(changes: Partial<PeerConfig> = {}): PeerConfig {
  return {
    localAs: 64512,
    identifier: 0x0a00_000b,
    peerAs: 65000,
    passive: false,
    holdTime: 9,
    longestBackOff: seconds(30),
    families: [4, 6],
    extendedNextHop: false,
    gracefulRestart: { restartTime: 120, restarted: false, forwarding: false },
    endOfRibWithin: seconds(30),
    gatherFor: 0,
    ...changes,
  };
}

export const mp4: Capability = { type: 'multiprotocol', afi: 1, safi: 1 };
export const mp6: Capability = { type: 'multiprotocol', afi: 2, safi: 1 };
export const peerRestarts: Capability = {
  type: 'graceful-restart',
  restarted: false,
  notification: false,
  restartTime: 120,
  families: [{ afi: 1, safi: 1, forwarding: false }],
};

/** The OPEN of a peer that can do what we can. */
export function peerOpen(changes: Partial<Open> = {}): Open {
  return {
    type: 'open',
    as: 65000,
    holdTime: 90,
    identifier: 0x0a00_00fe,
    capabilities: [mp4, mp6, { type: 'route-refresh' }, { type: 'four-octet-as', as: 65000 }],
    ...changes,
  };
}

/** The route to one address, or to a network. */
export function route(text: string, attributes: RouteAttributes = {}): Routes {
  return { prefixes: [prefix(text)], attributes };
}

/** One address, or a network. */
export function prefix(text: string): Prefix {
  const [address, length] = text.split('/');
  const bytes = ip(address!);
  return prefixOf(bytes, length === undefined ? 8 * bytes.length : Number(length));
}

export const keepalive = encodeKeepalive();

export const received = (octets: Uint8Array, connection = 1): Input => ({ type: 'received', connection, octets });
export const openFrom = (changes: Partial<Open> = {}, connection = 1): Input =>
  received(encodeOpen(peerOpen(changes)), connection);
export const notified = (reason: Parameters<typeof notificationOf>[0], data?: Uint8Array, connection = 1): Input =>
  received(encodeNotification(notificationOf(reason, data)), connection);
export const routes = (all: readonly Routes[], complete = true): Input => ({
  type: 'routes',
  routes: tableOf(all),
  complete,
});
export const connected = (connection = 1, localAddress = local4): Input => ({
  type: 'connected',
  connection,
  localAddress,
});
export const accepted: Input = { type: 'accepted', localAddress: local4 };
export const start: Input = { type: 'start' };
export const time: Input = { type: 'time' };
/** TCP took all of it. */
export const taken = (connection = 1, left = 0): Input => ({ type: 'sent', connection, left });

/** Plays inputs at their instants; `chance` is 1, with which timers have their full length. */
export function play(session: Session, ...inputs: readonly (readonly [Micros, Input])[]) {
  const outputs: Output[] = [];
  let next = session;
  for (const [now, input] of inputs) {
    const result = step(next, input, now, 1);
    outputs.push(...result.outputs);
    next = result.session;
  }
  return { session: next, outputs, words: words(outputs) };
}

/** A session whose OPEN went out on connection 1 at 0. */
export function openSent(changes: Partial<PeerConfig> = {}): Session {
  const { session } = play(createSession(config(changes)), [0, start], [0, connected()], [0, taken()]);
  assert.equal(session.state, 'OpenSent');
  return session;
}

/** A session in OpenConfirm on connection 1 at 0. */
export function openConfirm(changes: Partial<PeerConfig> = {}, open: Partial<Open> = {}): Session {
  const { session } = play(openSent(changes), [0, openFrom(open)], [0, taken()]);
  assert.equal(session.state, 'OpenConfirm');
  return session;
}

/** A session that is Established on connection 1 since 0, and knows of no routes. */
export function established(changes: Partial<PeerConfig> = {}, open: Partial<Open> = {}): Session {
  const { session } = play(openConfirm(changes, open), [0, received(keepalive)], [0, taken()]);
  assert.equal(session.state, 'Established');
  return session;
}

/** One that has told the peer these routes, and the End-of-RIB. */
export function telling(all: readonly Routes[], changes: Partial<PeerConfig> = {}, open: Partial<Open> = {}): Session {
  return play(established(changes, open), [0, routes(all)], [0, taken()]).session;
}

/** Outputs as words: `connect 1`, `1: OPEN`, `1: +198.51.100.10/32`, `1: NOTIFICATION hold-timer`, `Connect -> OpenSent`. */
export function words(outputs: readonly Output[]): string[] {
  return outputs.flatMap((output): string[] => {
    switch (output.type) {
      case 'send':
        return [`${output.connection}: ${said(read(output.octets))}`];
      case 'close':
        return [`${output.abort ? 'abort' : 'close'} ${output.connection}`];
      case 'connect':
      case 'accept':
        return [`${output.type} ${output.connection}`];
      case 'transition':
        return [`${output.from} -> ${output.to}`];
      case 'report':
        return [];
      default:
        return [output.type];
    }
  });
}

/** The message of octets that were sent; AS numbers have 32 bits in it. */
export function read(octets: Uint8Array): Message {
  const { messages, error, framing } = takeMessages(noFraming, octets);
  assert.ok(!error && messages.length === 1 && framing.pending.length === 0, 'not one whole message was sent');
  const decoded = decodeMessage(octets, { fourOctetAs: true, external: false, enhancedRouteRefresh: true });
  assert.ok(decoded.ok, decoded.ok ? '' : `a message was sent that is ${decoded.error.reason}`);
  return decoded.message;
}

function said(message: Message): string {
  switch (message.type) {
    case 'notification':
      return `NOTIFICATION ${reasonOf(message.code, message.subcode)}`;
    case 'route-refresh':
      return `ROUTE-REFRESH ${message.afi} ${['request', 'begin', 'end'][message.subtype]}`;
    case 'update': {
      assert.deepEqual(message.faults, []);
      if (message.endOfRib) return `End-of-RIB IPv${message.endOfRib}`;
      const gone = message.withdrawn.map((prefix) => `-${formatPrefix(prefix)}`);
      const told = message.reach.flatMap(({ prefixes }) => prefixes.map((prefix) => `+${formatPrefix(prefix)}`));
      const marks = message.attributes.communities?.map(formatCommunity) ?? [];
      return [...gone, ...told, ...marks].join(' ');
    }
    default:
      return message.type.toUpperCase();
  }
}

/** An address as text. */
export function shownIp(bytes: Uint8Array): string {
  return formatIp(ipFromBytes(bytes));
}
