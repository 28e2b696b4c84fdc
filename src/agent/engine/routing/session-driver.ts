/**
 * Drives the session with one router: gives it inputs one after the other, and performs what it puts out.
 */
import { isDeepStrictEqual } from 'node:util';
import { tableSize } from '../../../core/bgp/route-table.js';
import { type Close, type Input, type Output, type Report, step } from '../../../core/bgp/session.js';
import { establishedOf } from '../../../core/bgp/steps.js';
import { formatIp, ipFromBytes } from '../../../core/ip/address.js';
import type { Micros } from '../../../core/time.js';
import { messageType, messageTypeAt } from '../../../core/wire/bgp/header.js';
import { formatPrefix } from '../../../core/wire/bgp/prefix.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import { count } from './counters.js';
import { besideOf, locate, tcpSettingsOf } from './location.js';
import { ownAddress } from './problems.js';
import type { Peer, Speaker } from './state.js';
import type { Connection } from './world.js';

/** A router that sends faults without end gets a line of the log this often; all are counted. */
const faultLogInterval: Micros = 60_000_000;

/** Gives a session an input, after those that wait, and performs all that comes of it. */
export function give(speaker: Speaker, peer: Peer, input: Input): void {
  peer.inputs.push(input);
  if (peer.busy) return;
  peer.busy = true;
  try {
    for (let next = peer.inputs.shift(); next; next = peer.inputs.shift()) take(speaker, peer, next);
  } finally {
    peer.busy = false;
  }
}

/** How many routes the router was told and not told to forget. */
export function prefixesSent({ session }: Peer): number {
  const ribOut = establishedOf(session)?.ribOut;
  return ribOut ? tableSize(ribOut.sent) : 0;
}

function take(speaker: Speaker, peer: Peer, input: Input): void {
  const { world } = speaker;
  const { session, outputs } = step(peer.session, input, world.now(), world.chance());
  peer.session = session;
  const written = new Set<number>();
  for (const output of outputs) {
    if (output.type === 'send') written.add(output.connection);
    perform(speaker, peer, output);
  }
  for (const number of written) {
    const left = peer.connections.get(number)?.flush();
    // Before what waits: of more that is written for that, TCP has not taken anything yet.
    if (left !== undefined) peer.inputs.unshift({ type: 'sent', connection: number, left });
  }
}

function perform(speaker: Speaker, peer: Peer, output: Output): void {
  switch (output.type) {
    case 'connect':
      connect(speaker, peer, output.connection);
      return;
    case 'accept':
      attach(speaker, peer, output.connection, peer.offered!);
      peer.offered = undefined;
      return;
    case 'refuse':
      count(speaker.counters, 'refused-connections', peer.name);
      peer.offered?.close(true);
      peer.offered = undefined;
      return;
    case 'send':
      count(speaker.counters, 'sent-octets', peer.name, output.octets.length);
      if (messageTypeAt(output.octets, 0) === messageType.update) count(speaker.counters, 'sent-updates', peer.name);
      peer.connections.get(output.connection)?.send(output.octets);
      return;
    case 'close':
      peer.connections.get(output.connection)?.close(output.abort);
      peer.connections.delete(output.connection);
      peer.failure = undefined; // the end of this one is why there is no session now
      return;
    case 'transition':
      peer.since = speaker.world.utc();
      peer.reportDue = true;
      return;
    case 'report':
      tell(speaker, peer, output.report);
      return;
    case 'released':
      peer.reportDue = true;
      return;
  }
}

function connect(speaker: Speaker, peer: Peer, number: number): void {
  const fail = (error: string) => peer.inputs.push({ type: 'closed', connection: number, error });
  peer.trouble = undefined;
  const found = locate(speaker, peer.settings);
  if ('reason' in found) {
    peer.trouble = found;
    return void fail(found.message);
  }
  if (!isDeepStrictEqual(peer.at, found)) peer.moved = true;
  peer.at = found;
  try {
    const connection = speaker.world.connect(found, peer.settings.sourceAddress, tcpSettingsOf(peer.settings));
    if (equalOctets(connection.local(), found.address)) {
      connection.close(true);
      peer.trouble = ownAddress(found.address);
      return void fail(peer.trouble.message);
    }
    attach(speaker, peer, number, connection);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    peer.failure = error;
    fail(error.message);
  }
}

function attach(speaker: Speaker, peer: Peer, number: number, connection: Connection): void {
  peer.connections.set(number, connection);
  connection.listen({
    connected: (localAddress) => {
      peer.failure = undefined;
      const beside = besideOf(speaker, peer, localAddress);
      give(speaker, peer, { type: 'connected', connection: number, localAddress, ...(beside && { beside }) });
    },
    received: (octets) => {
      count(speaker.counters, 'received-octets', peer.name, octets.length);
      give(speaker, peer, { type: 'received', connection: number, octets });
    },
    sent: (left) => give(speaker, peer, { type: 'sent', connection: number, left }),
    closed: (error) => {
      peer.connections.delete(number);
      peer.failure = error;
      const why = error ? { error: error.message } : {};
      give(speaker, peer, { type: 'closed', connection: number, ...why });
    },
  });
}

function tell(speaker: Speaker, peer: Peer, report: Report): void {
  const log = (level: 'info' | 'warn', message: string, fields: object) =>
    speaker.emit({ type: 'log', level, message, fields: { peer: peer.name, router: shownRouter(peer), ...fields } });
  switch (report.kind) {
    case 'established': {
      peer.establishedCount++;
      peer.failure = undefined;
      count(speaker.counters, 'established', peer.name);
      const { peerAs, holdTime, families } = report.negotiated;
      log('info', 'BGP session is established', { as: peerAs, holdTime, families });
      return;
    }
    case 'closed': {
      const { direction, reason = 'unnamed', text, code, subcode } = report.close;
      count(speaker.counters, `closed-${direction}-${reason}`, peer.name);
      if (!isWorthALine(report.close)) return;
      log('warn', 'BGP session is closed', { direction, reason, text, code, subcode, in: report.close.in });
      return;
    }
    case 'faulty-update':
      count(speaker.counters, 'faulty-updates', peer.name);
      for (const { reason } of report.faults) count(speaker.counters, `faulty-updates-${reason}`, peer.name);
      if (speaker.world.now() < peer.faultLoggedAt + faultLogInterval) return;
      peer.faultLoggedAt = speaker.world.now();
      log('warn', 'a BGP UPDATE had faults', {
        faults: report.faults,
        routes: report.prefixes.map(formatPrefix),
        octets: Buffer.from(report.octets).toString('hex'),
      });
      return;
    case 'refused-update':
      log('warn', 'a BGP UPDATE cannot be read', { octets: Buffer.from(report.octets).toString('hex') });
      return;
    case 'end-of-rib-sent':
      if (report.complete) return;
      log('warn', 'the routes of this node are not complete yet: the router was told that they are', {});
      return;
    case 'capabilities-withheld':
      log('info', 'the router does not take some capabilities: they are left out', { codes: report.codes });
      return;
  }
}

/** An attempt that comes to nothing says so in the status; a line each time would fill the log while a router is away. */
function isWorthALine({ reason }: Close): boolean {
  return reason !== 'connect-failed';
}

/** The router's address as text. */
export function shownRouter({ at }: Peer): string | undefined {
  return at && formatIp(ipFromBytes(at.address));
}
