import assert from 'node:assert/strict';
import fc from 'fast-check';
import { entriesOf, routeAt } from '../../../../src/core/bgp/route-table.js';
import {
  createSession,
  type Input,
  type Output,
  type PeerConfig,
  type Routes,
  type Session,
  step,
  tableOf,
} from '../../../../src/core/bgp/session.js';
import { establishedOf } from '../../../../src/core/bgp/steps.js';
import type { Micros } from '../../../../src/core/time.js';
import { encodeNotification, notificationOf } from '../../../../src/core/wire/bgp/notification.js';
import { encodeOpen } from '../../../../src/core/wire/bgp/open.js';
import { familyOfPrefix, formatPrefix } from '../../../../src/core/wire/bgp/prefix.js';
import { readVector, vectorNames } from '../../../vectors/vector.js';
import { config, keepalive, local4, mp4, peerOpen, peerRestarts, read, route, seconds } from './given.js';

interface Moment {
  readonly before: Session;
  readonly input: Input;
  readonly now: Micros;
  readonly session: Session;
  readonly outputs: readonly Output[];
}

describe('whatever a BGP session goes through', () => {
  it('its states are those that it reports, one after the other', () => {
    everyHistory(({ before, session, outputs }) => {
      let { state } = before;
      for (const output of outputs) {
        if (output.type !== 'transition') continue;
        assert.equal(output.from, state);
        state = output.to;
      }
      assert.equal(state, session.state);
    });
  });

  it('it goes through its states in the order of RFC 4271', () => {
    const before: Readonly<Record<string, readonly string[]>> = {
      OpenConfirm: ['OpenSent', 'Established'],
      Established: ['OpenConfirm'],
      Connect: ['Idle', 'Active', 'Established', 'OpenConfirm', 'OpenSent'],
    };
    everyHistory(({ outputs }) => {
      for (const output of outputs) {
        if (output.type === 'transition') assert.ok((before[output.to] ?? [output.from]).includes(output.from));
      }
    });
  });

  it('it writes nothing that is not a message, and nothing on a connection that it closed or does not have', () => {
    everyHistory(({ before, outputs }) => {
      const open = new Set(before.connections.map(({ number }) => number));
      for (const output of outputs) {
        if (output.type === 'connect' || output.type === 'accept') open.add(output.connection);
        if (output.type === 'send') {
          read(output.octets);
          assert.ok(open.has(output.connection), `${output.connection} is not open`);
        }
        if (output.type === 'close') assert.ok(open.delete(output.connection), `${output.connection} is not open`);
      }
    });
  });

  it('every connection is closed, or told to be closed, or there', () => {
    everyHistory(({ before, input, session, outputs }) => {
      const had = before.connections.map(({ number }) => number);
      for (const output of outputs)
        if (output.type === 'connect' || output.type === 'accept') had.push(output.connection);
      const closed = outputs.flatMap((output) => (output.type === 'close' ? [output.connection] : []));
      if (input.type === 'closed') closed.push(input.connection);
      const left = had.filter((number) => !closed.includes(number));
      assert.deepEqual(
        session.connections.map(({ number }) => number),
        left,
      );
    });
  });

  it('it has at most two connections, of which one is Established', () => {
    everyHistory(({ session: { connections } }) => {
      assert.ok(connections.length <= 2);
      assert.ok(connections.filter(({ phase }) => phase === 'Established').length <= 1);
      assert.ok(connections.filter(({ phase }) => phase === 'Connect').length <= 1);
    });
  });

  it('it is never due at an instant that it was just called at, nor before', () => {
    everyHistory(({ input, session, now }) => {
      if (input.type === 'time') assert.ok(session.deadline > now, `still due at ${session.deadline}, now ${now}`);
    });
  });

  it('it does nothing when it is called before it is due', () => {
    everyHistory(({ session, now }) => {
      if (now >= session.deadline) return;
      assert.deepEqual(step(session, { type: 'time' }, now, 0), { session, outputs: [] });
    });
  });

  it('while it runs it waits for something, unless it waits for the peer', () => {
    everyHistory(({ session }) => {
      if (session.life !== 'running' || session.config.passive || session.config.holdTime === 0) return;
      assert.ok(Number.isFinite(session.deadline), `${session.state} without a deadline`);
    });
  });

  it('what the peer was told and was not taken back is what is wanted', () => {
    everyHistory(({ session }) => {
      const connection = establishedOf(session);
      if (!connection || connection.queued > 65_536 || session.draining) return;
      const { sent, flushAt } = connection.ribOut!;
      for (const [prefix] of entriesOf(sent))
        assert.ok(routeAt(session.wanted, prefix), 'a route that is not wanted was not withdrawn');
      if (flushAt !== Number.POSITIVE_INFINITY) return;
      const { families } = connection.negotiated!;
      for (const [prefix] of entriesOf(session.wanted)) {
        const told = familyOfPrefix(prefix) === 4 && families.includes(4);
        assert.equal(routeAt(sent, prefix) !== undefined, told, `${formatPrefix(prefix)} told: ${!told}`);
      }
    });
  });

  it('is much: every state, a drain, a peer that takes nothing, two connections and all that ends a session', () => {
    const seen = new Set<string>();
    everyHistory(({ session }) => {
      seen.add(session.state);
      if (session.draining) seen.add(session.draining.stage);
      if (session.connections.length === 2) seen.add(`two, ${session.state}`);
      if (session.connections.some(({ ribOut, queued }) => ribOut && queued > 65_536)) seen.add('clogged');
      if (session.lastClose) seen.add(session.lastClose.reason ?? 'unnamed');
      if (session.withheld.length > 0) seen.add('withheld');
    });
    const needed = [
      ...['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'],
      ...['graceful-shutdown', 'withdrawn', 'two, OpenSent', 'two, Established', 'clogged', 'withheld'],
      ...[
        'connect-failed',
        'connection-lost',
        'replaced',
        'hold-timer',
        'peer-as',
        'unexpected-in-established',
        'marker',
      ],
    ];
    assert.deepEqual(
      needed.filter((each) => !seen.has(each)),
      [],
    );
  });

  it('it is plain data', () => {
    everyHistory(({ session }) => assert.deepEqual(structuredClone(session), session));
  });
});

/** Plays random histories and shows each moment of them to `check`. */
function everyHistory(check: (moment: Moment) => void): void {
  const moves = fc.array(fc.tuple(moveArbitrary, waitArbitrary, fc.double({ min: 0, max: 1, noNaN: true })), {
    minLength: 20,
    maxLength: 80,
  });
  fc.assert(
    fc.property(configArbitrary, moves, (changes, history) => {
      let before = createSession(config(changes));
      let now = 0;
      for (const [move, wait, chance] of [[() => ({ type: 'start' }) as Input, 0, 1] as const, ...history]) {
        now =
          wait === 'deadline' ? (Number.isFinite(before.deadline) ? Math.max(now, before.deadline) : now) : now + wait;
        const input = move(before);
        const { session, outputs } = step(before, input, now, chance);
        check({ before, input, now, session, outputs });
        before = session;
      }
    }),
    { numRuns: 500 },
  );
}

const configArbitrary: fc.Arbitrary<Partial<PeerConfig>> = fc.record({
  passive: fc.boolean(),
  holdTime: fc.constantFrom(0, 3, 9, 90),
  families: fc.constantFrom([4], [6], [4, 6]),
  gatherFor: fc.constantFrom(0, 20_000),
  identifier: fc.constantFrom(1, 0xffff_fffe),
  peerAs: fc.constantFrom<PeerConfig['peerAs']>(65000, 'external', 65000, 'internal'),
});

/** A message of a peer, mostly the one that goes on with what is there. */
const good: readonly Uint8Array[] = [
  encodeOpen(peerOpen()),
  encodeOpen(peerOpen({ capabilities: [mp4, peerRestarts] })),
  encodeOpen(peerOpen({ holdTime: 0 })),
  encodeOpen(peerOpen({ as: 64512, capabilities: [] })),
  keepalive,
  encodeNotification(notificationOf('optional-parameter')),
  ...vectorNames('bgp').map((name) => readVector(name).bytes),
];
const octetsArbitrary = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...good) },
  { weight: 1, arbitrary: fc.constantFrom(...good).map((octets) => octets.slice(0, octets.length >> 1)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

const all: readonly Routes[] = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '2001:db8:100::1'].flatMap((text) => [
  route(text),
  route(text, { med: 7 }),
]);

/** Which connection an input is about: one that is there, or one that is not. */
const onConnection = <T>(value: fc.Arbitrary<T>, make: (connection: number, value: T) => Input) =>
  fc.tuple(fc.nat(3), value).map(
    ([which, each]) =>
      ({ connections }: Session): Input =>
        make(connections[which]?.number ?? 99, each),
  );

/** What helps a session on: the answer that its farthest connection waits for. */
function helpful({ connections }: Session): Input {
  const connection = connections.at(-1);
  if (!connection) return { type: 'accepted', localAddress: local4 };
  const { number } = connection;
  if (connection.phase === 'Connect') return { type: 'connected', connection: number, localAddress: local4 };
  const octets = connection.phase === 'OpenSent' ? good[number % 2]! : keepalive;
  return { type: 'received', connection: number, octets };
}

/** A peer that takes no capabilities says so while its own OPEN is waited for, which chance alone hardly ever finds. */
function refusesOpen(session: Session): Input {
  const connection = session.connections.find(({ phase }) => phase === 'OpenSent');
  const octets = encodeNotification(notificationOf('optional-parameter'));
  return connection === undefined ? helpful(session) : { type: 'received', connection: connection.number, octets };
}

const always = (input: Input) => () => input;
const moveArbitrary: fc.Arbitrary<(session: Session) => Input> = fc.oneof(
  { weight: 16, arbitrary: fc.constant(helpful) },
  { weight: 4, arbitrary: fc.constant(always({ type: 'time' })) },
  fc.constant(refusesOpen),
  {
    weight: 3,
    arbitrary: onConnection(octetsArbitrary, (connection, octets) => ({ type: 'received', connection, octets })),
  },
  {
    weight: 3,
    arbitrary: onConnection(fc.constantFrom(0, 0, 100, 70_000), (connection, left) => ({
      type: 'sent',
      connection,
      left,
    })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.subarray([...all]), fc.boolean())
      .map(([routes, complete]) => always({ type: 'routes', routes: tableOf(routes), complete })),
  },
  onConnection(fc.constant(0), (connection) => ({ type: 'closed', connection })),
  onConnection(fc.constant(0), (connection) => ({ type: 'connected', connection, localAddress: local4 })),
  { weight: 2, arbitrary: fc.constant(always({ type: 'accepted', localAddress: local4 })) },
  fc
    .constantFrom<Input>(
      { type: 'start' },
      { type: 'retry' },
      { type: 'bfd-down' },
      { type: 'reset', text: 'again' },
      { type: 'stop', how: 'shutdown', text: 'bye' },
      { type: 'stop', how: 'restart' },
      { type: 'drain', text: 'drain', wait: seconds(2) },
    )
    .map(always),
);
const waitArbitrary = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constant('deadline' as const) },
  fc.integer({ min: 0, max: 5_000_000 }),
);
