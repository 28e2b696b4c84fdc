import { createSession, type Output, type Session, step, type Timing } from '../../../../src/core/bfd/session.js';
import { detectAt } from '../../../../src/core/bfd/timers.js';
import { type Micros, never } from '../../../../src/core/time.js';
import { type ControlPacket, encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { decodeControlPacket } from '../../../../src/core/wire/bfd-checks.js';

/** What a link does with packets: some are lost, each is under way for some time, in order. */
export interface LinkQuality {
  /** Of packets to the first end, and of those to the second: 0..1. */
  readonly loss: readonly [number, number];
  readonly delay: { readonly least: Micros; readonly most: Micros };
}

/** One thing that came out of one end. */
export interface Happening {
  readonly at: Micros;
  readonly end: 0 | 1;
  readonly output: Output;
}

interface UnderWay {
  readonly to: 0 | 1;
  readonly arrivesAt: Micros;
  readonly bytes: Uint8Array;
}

/** Two sessions and the link between them, in virtual time. */
export interface Pair {
  now: Micros;
  readonly sessions: [Session, Session];
  readonly happened: Happening[];
  underWay: UnderWay[];
  /** By when each end has to hear the next packet, as it was when it heard the last. */
  readonly detectAt: [Micros, Micros];
  /** Ends that do not run: what arrives waits in their sockets. */
  readonly stalled: Set<0 | 1>;
  readonly sockets: readonly [UnderWay[], UnderWay[]];
  readonly chance: () => number;
}

/** Two sessions that have heard nothing of each other. */
export function connect(timings: readonly [Timing, Timing], chance: () => number): Pair {
  const create = (end: 0 | 1) =>
    createSession({
      localDiscriminator: end + 1,
      sourcePort: 49_152 + end,
      config: timings[end],
      now: 0,
      random: chance(),
    });
  return {
    now: 0,
    sessions: [create(0), create(1)],
    happened: [],
    underWay: [],
    detectAt: [never, never],
    stalled: new Set(),
    sockets: [[], []],
    chance,
  };
}

/** Lets both ends run until `until`. Each is woken at its deadline, and reads a packet when it arrives. */
export function run(pair: Pair, until: Micros, quality: LinkQuality): void {
  for (;;) {
    const arrival = pair.underWay.reduce((first, { arrivesAt }) => Math.min(first, arrivesAt), never);
    const deadlines = pair.sessions.map(({ deadline }, end) => (pair.stalled.has(end as 0 | 1) ? never : deadline));
    const next = Math.max(pair.now, Math.min(arrival, ...deadlines));
    if (next > until) break;
    pair.now = next;
    const arrived = pair.underWay.filter(({ arrivesAt }) => arrivesAt <= next);
    pair.underWay = pair.underWay.filter(({ arrivesAt }) => arrivesAt > next);
    for (const each of arrived) pair.sockets[each.to].push(each);
    for (const end of [0, 1] as const) {
      if (pair.stalled.has(end)) continue;
      read(pair, end, quality);
      if (pair.sessions[end].deadline > next) continue;
      give(pair, end, { type: 'time', drainedAt: next, random: pair.chance() }, quality);
    }
  }
  pair.now = until;
}

/** Gives one end an input and sends what comes out. */
export function give(pair: Pair, end: 0 | 1, input: Parameters<typeof step>[1], quality: LinkQuality): void {
  const { session, outputs } = step(pair.sessions[end], input, pair.now);
  pair.sessions[end] = session;
  for (const output of outputs) {
    pair.happened.push({ at: pair.now, end, output });
    if (output.type === 'send') send(pair, end === 0 ? 1 : 0, output.packet, quality);
  }
}

function send(pair: Pair, to: 0 | 1, packet: ControlPacket, { loss, delay }: LinkQuality): void {
  if (pair.chance() < loss[to]) return;
  const taken = delay.least + pair.chance() * (delay.most - delay.least);
  const before = pair.underWay.reduce((last, each) => (each.to === to ? Math.max(last, each.arrivesAt) : last), 0);
  pair.underWay.push({ to, arrivesAt: Math.max(pair.now + taken, before), bytes: encodeControlPacket(packet) });
}

/** An end that stalled runs again. It finds out that it is late before it reads its socket, as the worst of drivers would have it. */
export function wake(pair: Pair, end: 0 | 1, stalledAt: Micros, quality: LinkQuality): void {
  pair.stalled.delete(end);
  give(pair, end, { type: 'time', drainedAt: stalledAt, random: pair.chance() }, quality);
}

function read(pair: Pair, end: 0 | 1, quality: LinkQuality): void {
  for (const { bytes, arrivesAt } of pair.sockets[end].splice(0)) {
    const decoded = decodeControlPacket(bytes);
    if (!decoded.ok) throw new Error(`a session sent what its neighbour drops as ${decoded.reason}`);
    const { packet } = decoded;
    const isKnown = [0, pair.sessions[end].localDiscriminator].includes(packet.yourDiscriminator);
    if (!isKnown) throw new Error(`a session knows its neighbour as ${packet.yourDiscriminator}`);
    give(pair, end, { type: 'packet', packet, at: arrivesAt }, quality);
    pair.detectAt[end] = detectAt(pair.sessions[end]);
  }
}
