import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createSession,
  type Input,
  type Routes,
  type Session,
  step,
  tableOf,
} from '../../../../src/core/bgp/session.js';
import { establishedOf } from '../../../../src/core/bgp/steps.js';
import type { Micros } from '../../../../src/core/time.js';
import { formatPrefix } from '../../../../src/core/wire/bgp/prefix.js';
import { config, local4, read, route, seconds } from './given.js';

/*
 * Two sessions that are each other's peers, in virtual time: TCP between them is a list of events with delays of their own, in order in
 * each direction of a connection. Each is the other's judge: whatever one sends must be what the other takes.
 */

interface End {
  session: Session;
  /** What the other end has told it: prefixes. */
  readonly known: Set<string>;
  /** The pipe that a connection of this end is, by its number. */
  readonly pipes: Map<number, Pipe>;
}

/** A TCP connection: its number at either end, once it has one, and when each direction is free. */
interface Pipe {
  readonly numbers: [number | undefined, number | undefined];
  readonly freeAt: [Micros, Micros];
  closed: boolean;
}

interface World {
  readonly ends: readonly [End, End];
  readonly events: { at: Micros; order: number; run: () => void }[];
  now: Micros;
  order: number;
  readonly delay: () => Micros;
  collisions: number;
}

describe('two BGP sessions', () => {
  it('that connect to each other at the same time keep one connection, the same, and know each other’s routes', () => {
    let collisions = 0;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 20, maxLength: 60 }),
        fc.boolean(),
        (delays, second) => {
          const world = worldOf(delays, { passive: false });
          give(world, 0, { type: 'start' });
          if (second) give(world, 1, { type: 'start' });
          else at(world, seconds(1), () => give(world, 1, { type: 'start' }));
          give(world, 0, { type: 'routes', routes: tableOf([route('198.51.100.1')]), complete: true });
          give(world, 1, { type: 'routes', routes: tableOf([route('198.51.100.2')]), complete: true });
          run(world, seconds(60));
          assertUp(world);
          assert.deepEqual([...world.ends[1].known], ['198.51.100.1/32']);
          assert.deepEqual([...world.ends[0].known], ['198.51.100.2/32']);
          collisions += world.collisions;
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(collisions > 100, `${collisions} collisions in 300 worlds`);
  });

  it('know each other’s routes in the end, whatever changes and breaks meanwhile', () => {
    const all = Array.from({ length: 6 }, (_, i) => route(`198.51.100.${i}`));
    const change = fc.record({
      at: fc.integer({ min: 0, max: 20_000_000 }),
      what: fc.oneof(
        { weight: 6, arbitrary: fc.tuple(fc.constantFrom<0 | 1>(0, 1), fc.subarray(all)) },
        { weight: 1, arbitrary: fc.constant('break' as const) },
      ),
    });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 5, maxLength: 30 }),
        fc.array(change, { maxLength: 20 }),
        (delays, changes) => {
          const world = worldOf(delays, { passive: false });
          const wanted: [readonly Routes[], readonly Routes[]] = [[], []];
          give(world, 0, { type: 'start' });
          give(world, 1, { type: 'start' });
          for (const { at: when, what } of [...changes].sort((a, b) => a.at - b.at)) {
            at(world, when, () => {
              if (what === 'break') return breakAll(world);
              wanted[what[0]] = what[1];
              give(world, what[0], { type: 'routes', routes: tableOf(what[1]), complete: true });
            });
          }
          run(world, seconds(120));
          assertUp(world);
          for (const side of [0, 1] as const) {
            const told = wanted[side].flatMap(({ prefixes }) => prefixes.map(formatPrefix)).sort();
            assert.deepEqual([...world.ends[1 - side]!.known].sort(), told);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stay up for an hour on KEEPALIVEs alone', () => {
    const world = worldOf([1000], { passive: true });
    give(world, 0, { type: 'start' });
    give(world, 1, { type: 'start' });
    run(world, seconds(3600));
    assertUp(world);
    for (const { session } of world.ends) assert.equal(session.lastClose, undefined);
  });
});

/** Two ends, the second of which listens only if `passive`; delays are used one after the other, again and again. */
function worldOf(delays: readonly Micros[], o: { readonly passive: boolean }): World {
  let next = 0;
  const end = (session: Session): End => ({ session, known: new Set(), pipes: new Map() });
  const first = createSession(config({ localAs: 64512, identifier: 11, peerAs: 65000, holdTime: 9 }));
  const second = createSession(
    config({ localAs: 65000, identifier: 254, peerAs: 64512, holdTime: 30, passive: o.passive }),
  );
  return {
    ends: [end(first), end(second)],
    events: [],
    now: 0,
    order: 0,
    collisions: 0,
    delay: () => 1 + delays[next++ % delays.length]!,
  };
}

function at(world: World, when: Micros, run: () => void): void {
  world.events.push({ at: Math.max(when, world.now), order: world.order++, run });
}

/** Gives an end an input and performs what it puts out. */
function give(world: World, side: 0 | 1, input: Input): void {
  const end = world.ends[side];
  // Each end's chance is another: two of the same kind would go on colliding.
  const { session, outputs } = step(end.session, input, world.now, side === 0 ? 0.2 : 0.9);
  const before = establishedOf(end.session)?.number;
  end.session = session;
  if (establishedOf(session)?.number !== before) end.known.clear();
  for (const output of outputs) {
    if (output.type === 'connect') connect(world, side, output.connection);
    if (output.type === 'send') send(world, side, output.connection, output.octets);
    if (output.type === 'close') close(world, side, output.connection);
  }
}

function connect(world: World, side: 0 | 1, number: number): void {
  const pipe: Pipe = { numbers: [undefined, undefined], freeAt: [0, 0], closed: false };
  pipe.numbers[side] = number;
  world.ends[side].pipes.set(number, pipe);
  at(world, world.now + world.delay(), () => {
    if (pipe.closed) return;
    const other = (1 - side) as 0 | 1;
    const { nextConnection, life, held } = world.ends[other].session;
    const taken = life === 'running' && !held;
    if (taken) {
      pipe.numbers[other] = nextConnection;
      world.ends[other].pipes.set(nextConnection, pipe);
    }
    at(world, world.now, () =>
      give(
        world,
        side,
        taken
          ? { type: 'connected', connection: number, localAddress: local4 }
          : { type: 'closed', connection: number },
      ),
    );
    give(world, other, { type: 'accepted', localAddress: local4 });
  });
}

function send(world: World, side: 0 | 1, number: number, octets: Uint8Array): void {
  const pipe = world.ends[side].pipes.get(number);
  const message = read(octets);
  if (message.type === 'notification' && message.code === 6 && message.subcode === 7) world.collisions++;
  at(world, world.now, () => give(world, side, { type: 'sent', connection: number, left: 0 }));
  deliver(world, side, pipe, (other, theirs) => {
    learn(world.ends[other], theirs, octets);
    give(world, other, { type: 'received', connection: theirs, octets });
  });
}

function close(world: World, side: 0 | 1, number: number): void {
  const pipe = world.ends[side].pipes.get(number);
  if (pipe && pipe.numbers[1 - side] === undefined) pipe.closed = true;
  deliver(world, side, pipe, (other, theirs) => give(world, other, { type: 'closed', connection: theirs }));
}

/** Does something at the other end of a pipe, after all that was sent there before. */
function deliver(
  world: World,
  side: 0 | 1,
  pipe: Pipe | undefined,
  what: (other: 0 | 1, number: number) => void,
): void {
  if (!pipe) return;
  const when = Math.max(world.now + world.delay(), pipe.freeAt[side]);
  pipe.freeAt[side] = when;
  at(world, when, () => {
    const other = (1 - side) as 0 | 1;
    const theirs = pipe.numbers[other];
    if (theirs !== undefined && !pipe.closed) what(other, theirs);
  });
}

/** Routes that come on the connection that is Established are learned. */
function learn(end: End, number: number, octets: Uint8Array): void {
  const message = read(octets);
  if (message.type !== 'update' || establishedOf(end.session)?.number !== number) return;
  for (const prefix of message.withdrawn) end.known.delete(formatPrefix(prefix));
  for (const { prefixes } of message.reach) for (const prefix of prefixes) end.known.add(formatPrefix(prefix));
}

/** All connections are lost, at both ends. */
function breakAll(world: World): void {
  for (const side of [0, 1] as const) {
    for (const [number, pipe] of world.ends[side].pipes) {
      pipe.closed = true;
      give(world, side, { type: 'closed', connection: number });
    }
  }
}

/** Runs events and deadlines in their order until that instant. */
function run(world: World, until: Micros): void {
  for (;;) {
    world.events.sort((a, b) => a.at - b.at || a.order - b.order);
    const event = world.events[0]?.at ?? Number.POSITIVE_INFINITY;
    const due = Math.min(...world.ends.map(({ session }) => session.deadline));
    const next = Math.min(event, due);
    if (next > until) return;
    world.now = Math.max(world.now, next);
    if (event <= due) world.events.shift()!.run();
    else
      for (const side of [0, 1] as const)
        if (world.ends[side].session.deadline <= world.now) give(world, side, { type: 'time' });
  }
}

/** Both are Established, on the same connection, and have no other. */
function assertUp({ ends: [first, second] }: World): void {
  for (const { session } of [first, second]) {
    assert.equal(session.state, 'Established', `${JSON.stringify(session.lastClose)}`);
    assert.equal(session.connections.length, 1);
  }
  const pipe = (end: End) => end.pipes.get(end.session.connections[0]!.number);
  assert.equal(pipe(first), pipe(second));
}
