/**
 * The TCP connections of sessions: what is to be sent waits here until TCP takes it, and what comes is read in portions, so that a peer that
 * sends without end delays nobody and fills nothing.
 */
import type { Micros } from '../../../core/time.js';
import { never } from '../../../core/time.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Poller } from '../../../platform/linux/poller.js';
import { settleTcp, type TcpSocket } from '../../../platform/linux/tcp-socket.js';
import type { Connection, ConnectionEvents } from './world.js';

/** What is read of a connection per turn: a few milliseconds' work when it is nothing but routes. */
const portion = 16_384;
/** Octets that are given to TCP at a time. */
const mostAtOnce = 65_536;
/** How long a connection that was closed may take to tell the peer what it was still to be told. */
const lingerTime: Micros = 1_000_000;
/** Connections that may do so at a time, beyond which the first has had its time: a router may make and lose them without pause. */
const mostLingering = 1_024;

/** All connections of this thread that are open. */
export interface Connections {
  readonly poller: Poller;
  readonly now: () => Micros;
  readonly buffer: Uint8Array;
  /** Connections whose session has let go of them, and until when they may last. */
  readonly lingering: Map<Link, Micros>;
}

interface Link {
  readonly socket: TcpSocket;
  readonly queue: Uint8Array[];
  queued: number;
  connecting: boolean;
  /** Whom to tell; nobody once the session has let go of it. */
  events: ConnectionEvents | undefined;
}

export function openConnections(poller: Poller, now: () => Micros): Connections {
  return { poller, now, buffer: new Uint8Array(portion), lingering: new Map() };
}

/** Takes charge of a socket. Events come from the poller only, never while this or a method of the connection runs. */
export function takeSocket(all: Connections, socket: TcpSocket, connecting: boolean): Connection {
  const link: Link = { socket, queue: [], queued: 0, connecting, events: undefined };
  all.poller.add(socket.fd, () => ready(all, link));
  all.poller.watchWritable(socket.fd, connecting);
  return {
    remote: socket.remote,
    local: () => socket.local().address,
    listen(events) {
      link.events = events;
    },
    send(octets) {
      link.queue.push(octets);
      link.queued += octets.length;
    },
    flush: () => flush(all, link),
    close: (abort) => letGo(all, link, abort),
    settle: (settings) => settleTcp(socket, settings),
  };
}

/** Ends the connections that have lingered for long enough. */
export function endLingering(all: Connections): void {
  const now = all.now();
  for (const [link, until] of all.lingering) if (now >= until) end(all, link, true);
}

/** Ends all of those. */
export function closeLingering(all: Connections): void {
  for (const link of [...all.lingering.keys()]) end(all, link, true);
}

/** When to call `endLingering`. */
export function lingerDeadline({ lingering }: Connections): Micros {
  let deadline = never;
  for (const until of lingering.values()) deadline = Math.min(deadline, until);
  return deadline;
}

function ready(all: Connections, link: Link): void {
  if (link.connecting) {
    finishConnecting(all, link);
    return;
  }
  if (link.queued > 0) {
    const left = flush(all, link);
    if (left !== undefined) link.events?.sent(left);
  }
  read(all, link);
}

function finishConnecting(all: Connections, link: Link): void {
  const failure = link.socket.failure();
  if (failure) {
    lose(all, link, failure);
    return;
  }
  link.connecting = false;
  all.poller.watchWritable(link.socket.fd, false);
  link.events?.connected(link.socket.local().address);
}

function read(all: Connections, link: Link): void {
  const { buffer } = all;
  let length: number | undefined;
  try {
    length = link.socket.read(buffer);
  } catch (error) {
    lose(all, link, asLinuxError(error));
    return;
  }
  if (length === undefined) return;
  if (length === 0) {
    lose(all, link, undefined);
    return;
  }
  link.events?.received(buffer.subarray(0, length));
}

/** Gives TCP what it takes; returns how many octets are left, or undefined when the connection is gone: that shows when it is read. */
function flush(all: Connections, link: Link): number | undefined {
  if (link.connecting) return link.queued;
  try {
    while (link.queued > 0) {
      const next = head(link);
      const taken = link.socket.write(next);
      if (taken === undefined) break;
      drop(link, next, taken);
    }
  } catch (error) {
    asLinuxError(error);
    link.queue.length = 0;
    link.queued = 0;
    return undefined;
  }
  if (link.queued === 0 && all.lingering.has(link)) link.socket.endWriting();
  all.poller.watchWritable(link.socket.fd, link.queued > 0);
  return link.queued;
}

/** The next octets of the queue in one piece. */
function head(link: Link): Uint8Array {
  const [first] = link.queue as [Uint8Array];
  if (link.queue.length === 1 || first.length >= mostAtOnce) return first;
  const joined = new Uint8Array(Math.min(link.queued, mostAtOnce));
  let at = 0;
  let pieces = 0;
  for (const piece of link.queue) {
    if (at + piece.length > joined.length) break;
    joined.set(piece, at);
    at += piece.length;
    pieces++;
  }
  const whole = joined.subarray(0, at);
  link.queue.splice(0, pieces, whole);
  return whole;
}

function drop(link: Link, piece: Uint8Array, taken: number): void {
  link.queued -= taken;
  if (taken === piece.length) link.queue.shift();
  else link.queue[0] = piece.subarray(taken);
}

function lose(all: Connections, link: Link, error: LinuxError | undefined): void {
  const { events } = link;
  end(all, link, false);
  events?.closed(error);
}

function letGo(all: Connections, link: Link, abort: boolean): void {
  link.events = undefined;
  if (abort || link.connecting) {
    end(all, link, true);
    return;
  }
  for (const first of all.lingering.keys()) {
    if (all.lingering.size < mostLingering) break;
    end(all, first, true);
  }
  all.lingering.set(link, all.now() + lingerTime);
  flush(all, link);
}

function end(all: Connections, link: Link, abort: boolean): void {
  link.events = undefined;
  all.lingering.delete(link);
  all.poller.remove(link.socket.fd);
  link.socket.close(abort);
}

function asLinuxError(error: unknown): LinuxError {
  if (error instanceof LinuxError) return error;
  throw error;
}
