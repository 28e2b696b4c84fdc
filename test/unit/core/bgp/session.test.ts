import assert from 'node:assert/strict';
import { InvariantError } from '../../../../src/core/assert.js';
import { createSession, emptyTable, type PeerConfig } from '../../../../src/core/bgp/session.js';
import { never } from '../../../../src/core/time.js';
import {
  accepted,
  config,
  connected,
  established,
  keepalive,
  notified,
  openConfirm,
  openFrom,
  openSent,
  play,
  received,
  seconds,
  start,
  taken,
  time,
} from './given.js';

const passive = { passive: true } as const;

describe('a session in Idle', () => {
  it('waits for its start, and lets nobody in', () => {
    const session = createSession(config());
    assert.equal(session.deadline, never);
    assert.deepEqual(play(session, [0, accepted], [1, time], [2, { type: 'retry' }]).words, ['refuse']);
  });

  it('connects when it is started', () => {
    const { session, words } = play(createSession(config()), [0, start]);
    assert.deepEqual(words, ['connect 1', 'Idle -> Connect']);
    assert.equal(session.deadline, seconds(10));
  });

  it('listens when it is started, and passive', () => {
    const { session, words } = play(createSession(config(passive)), [0, start]);
    assert.deepEqual(words, ['Idle -> Active']);
    assert.equal(session.deadline, never);
  });

  it('refuses the peer while it is held after an error, and connects when that is over', () => {
    const { session } = play(openSent(), [0, received(keepalive)]);
    assert.equal(session.state, 'Idle');
    const { words } = play(session, [seconds(0.9), accepted], [seconds(0.99), time], [seconds(1), time]);
    assert.deepEqual(words, ['refuse', 'connect 2', 'Idle -> Connect']);
  });

  it('listens again when it is passive and its hold is over', () => {
    const { session } = play(createSession(config(passive)), [0, start], [0, accepted], [0, notified('peer-as')]);
    assert.deepEqual(play(session, [seconds(1), time]).words, ['Idle -> Active']);
  });
});

describe('a session in Connect', () => {
  const connecting = play(createSession(config()), [0, start]).session;

  it('sends its OPEN when the connection stands, and waits 30 s for the peer’s', () => {
    const { session, words } = play(connecting, [seconds(1), connected()], [seconds(1), taken()]);
    assert.deepEqual(words, ['1: OPEN', 'Connect -> OpenSent']);
    assert.equal(session.deadline, seconds(31));
  });

  it('goes on in Active when the connection cannot be made, where the peer is let in', () => {
    const { session, words } = play(connecting, [0, { type: 'closed', connection: 1, error: 'ECONNREFUSED' }]);
    assert.deepEqual(words, ['Connect -> Active']);
    assert.deepEqual(session.lastClose, {
      direction: 'lost',
      reason: 'connect-failed',
      text: 'ECONNREFUSED',
      at: 0,
      in: 'Connect',
    });
    assert.deepEqual(play(session, [1, accepted]).words, ['accept 2', '2: OPEN', 'Active -> OpenSent']);
    assert.deepEqual(play(session, [seconds(1), time]).words, ['connect 2', 'Active -> Connect']);
  });

  it('gives up a connection that nobody answers', () => {
    const { session, words } = play(connecting, [seconds(9.9), time], [seconds(10), time]);
    assert.deepEqual(words, ['abort 1', 'Connect -> Active']);
    assert.equal(session.lastClose?.text, 'no answer within 10 s');
  });

  it('takes the peer’s connection meanwhile, and goes on making its own', () => {
    const { session, words } = play(connecting, [0, accepted]);
    assert.deepEqual(words, ['accept 2', '2: OPEN', 'Connect -> OpenSent']);
    assert.deepEqual(play(session, [seconds(10), time]).words, ['abort 1']);
  });

  it('takes nothing from a connection that does not stand yet', () => {
    assert.deepEqual(play(connecting, [0, received(keepalive)]).words, []);
  });
});

describe('failures in a row', () => {
  it('are followed by pauses that double up to 30 s', () => {
    let session = play(createSession(config()), [0, start]).session;
    const pauses: number[] = [];
    let now = 0;
    for (let connection = 1; connection <= 7; connection++) {
      session = play(session, [now, { type: 'closed', connection }]).session;
      pauses.push((session.deadline - now) / seconds(1));
      now = session.deadline;
      session = play(session, [now, time]).session;
    }
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 30, 30]);
  });

  it('are followed by pauses no longer than is configured', () => {
    let session = play(createSession(config({ longestBackOff: seconds(3) })), [0, start]).session;
    const pauses: number[] = [];
    let now = 0;
    for (let connection = 1; connection <= 4; connection++) {
      session = play(session, [now, { type: 'closed', connection }]).session;
      pauses.push((session.deadline - now) / seconds(1));
      now = session.deadline;
      session = play(session, [now, time]).session;
    }
    assert.deepEqual(pauses, [1, 2, 3, 3]);
  });

  it('are counted over errors, too: a wrong AS is not tried without end', () => {
    let session = openSent();
    session = play(session, [0, openFrom({ as: 65001, capabilities: [] })]).session;
    session = play(session, [seconds(1), time], [seconds(1), connected(2)]).session;
    session = play(session, [seconds(1), openFrom({ as: 65001, capabilities: [] }, 2)]).session;
    assert.equal(session.state, 'Idle');
    assert.equal(session.deadline, seconds(3));
  });

  it('are forgotten when a session lasted for longer than its hold time', () => {
    const failing = { ...established(), failures: 5 };
    const alive = play(failing, [seconds(5), received(keepalive)]).session;
    const lost = (at: number) => play(alive, [seconds(at), { type: 'closed', connection: 1 }]).session;
    assert.equal(lost(9.1).deadline, seconds(9.1 + 1));
    assert.equal(lost(8.9).deadline, seconds(8.9 + 30));
  });

  it('are forgotten when a link comes up: the next attempt is at once', () => {
    const { session } = play(openSent(), [0, received(keepalive)]);
    assert.deepEqual(play(session, [1, { type: 'retry' }]).words, ['connect 2', 'Idle -> Connect']);
    assert.deepEqual(play(openSent(), [1, { type: 'retry' }]).words, []);
  });
});

describe('the peer’s OPEN', () => {
  it('is confirmed with a KEEPALIVE', () => {
    const { words } = play(openSent(), [0, openFrom()]);
    assert.deepEqual(words, ['1: KEEPALIVE', 'OpenSent -> OpenConfirm']);
  });

  it('and KEEPALIVE may come in the same octets as all that follows', () => {
    const octets = Buffer.concat([(openFrom() as { octets: Uint8Array }).octets, keepalive, keepalive]);
    const { words } = play(openSent(), [0, received(octets)]);
    assert.deepEqual(words, ['1: KEEPALIVE', 'OpenSent -> OpenConfirm', 'OpenConfirm -> Established']);
  });

  it('is waited for no longer than 30 s', () => {
    const { words, session } = play(openSent(), [seconds(29.9), time], [seconds(30), time]);
    assert.deepEqual(words, ['1: NOTIFICATION hold-timer', 'close 1', 'OpenSent -> Idle']);
    assert.equal(session.lastClose?.direction, 'sent');
  });
});

describe('the end of a connection', () => {
  const closed = { type: 'closed', connection: 1 } as const;

  it('in OpenSent leads to Active', () => {
    const { words, session } = play(openSent(), [0, closed]);
    assert.deepEqual(words, ['OpenSent -> Active']);
    assert.equal(session.deadline, seconds(1));
  });

  it('in OpenConfirm and Established leads to Idle', () => {
    assert.deepEqual(play(openConfirm(), [0, closed]).words, ['OpenConfirm -> Idle']);
    assert.deepEqual(play(established(), [0, closed]).words, ['Established -> Idle']);
  });

  it('that is told twice is one end', () => {
    const { session } = play(established(), [0, closed]);
    assert.deepEqual(play(session, [0, closed], [0, received(keepalive)], [0, taken()]).session, session);
  });

  it('with a NOTIFICATION is not answered, and kept with its reason', () => {
    const { words, session } = play(established(), [
      5,
      notified('administrative-shutdown', Uint8Array.of(2, 0x68, 0x69)),
    ]);
    assert.deepEqual(words, ['close 1', 'Established -> Idle']);
    assert.deepEqual(session.lastClose, {
      direction: 'received',
      reason: 'administrative-shutdown',
      code: 6,
      subcode: 2,
      text: 'hi',
      at: 5,
      in: 'Established',
    });
  });

  it('by a hard reset is kept with what that is about', () => {
    const { session } = play(established(), [5, notified('hard-reset', Uint8Array.of(6, 3))]);
    assert.equal(session.lastClose?.reason, 'deconfigured');
  });
});

describe('the hold time', () => {
  it('is the lower of both, and ends a session of which nothing is heard', () => {
    const { words } = play(established(), [seconds(8.9), time], [seconds(9), time]);
    assert.deepEqual(words.slice(-3), ['1: NOTIFICATION hold-timer', 'close 1', 'Established -> Idle']);
  });

  it('of the peer counts when it is the lower', () => {
    const { words } = play(established({}, { holdTime: 3 }), [seconds(3), time]);
    assert.equal(words[0], '1: NOTIFICATION hold-timer');
  });

  it('begins anew with a KEEPALIVE, an UPDATE and a ROUTE-REFRESH', () => {
    const update = Uint8Array.of(...keepalive.slice(0, 17), 23, 2, 0, 0, 0, 0);
    const refresh = Uint8Array.of(...keepalive.slice(0, 17), 23, 5, 0, 1, 0, 1);
    for (const octets of [keepalive, update, refresh]) {
      const { session } = play(established(), [seconds(8), received(octets)], [seconds(16.9), time]);
      assert.equal(session.state, 'Established');
      assert.equal(play(session, [seconds(17), time]).session.state, 'Idle');
    }
  });

  it('of 0 on both sides is none: nothing is sent and nothing missed', () => {
    const session = play(
      established({ holdTime: 0 }, { holdTime: 0 }),
      [0, { type: 'routes', routes: emptyTable, complete: true }],
      [0, taken()],
    ).session;
    assert.equal(session.deadline, never);
  });
});

describe('a KEEPALIVE', () => {
  it('is sent each third of the negotiated hold time', () => {
    const { words } = play(
      established(),
      [seconds(2.9), time],
      [seconds(3), time],
      [seconds(5), received(keepalive)],
      [seconds(6), time],
    );
    assert.deepEqual(words, ['1: KEEPALIVE', '1: KEEPALIVE']);
  });

  it('is sent in OpenConfirm, too', () => {
    assert.deepEqual(play(openConfirm(), [seconds(3), time]).words, ['1: KEEPALIVE']);
  });

  it('is sent once, not twice, by who is late', () => {
    assert.deepEqual(play(established(), [seconds(7), time]).words, ['1: KEEPALIVE']);
  });

  it('is not sent more often than once a second', () => {
    const session = play(established({ holdTime: 3 }), [seconds(1), time], [seconds(1), taken()]).session;
    assert.deepEqual(play(session, [seconds(1.9), time]).words, []);
    assert.deepEqual(play(session, [seconds(2), time]).words, ['1: KEEPALIVE']);
  });
});

describe('the send hold time', () => {
  it('ends a session whose peer takes nothing for 8 minutes, without a word', () => {
    let session = play(established(), [0, taken(1, 100)]).session;
    for (let at = 3; at < 480; at += 3)
      session = play(session, [seconds(at), time], [seconds(at), received(keepalive)]).session;
    assert.equal(session.state, 'Established');
    const { words, session: ended } = play(session, [seconds(480), received(keepalive)], [seconds(480), time]);
    assert.deepEqual(words, ['abort 1', 'Established -> Idle']);
    assert.equal(ended.lastClose?.reason, 'send-hold-timer');
  });

  it('goes on running while KEEPALIVEs join the octets that the peer does not take', () => {
    let session = play(established(), [0, taken(1, 100)]).session;
    for (let at = 3; at < 480; at += 3) {
      session = play(session, [seconds(at), received(keepalive)], [seconds(at), time]).session;
      session = play(session, [seconds(at), taken(1, session.connections[0]!.queued)]).session;
    }
    assert.ok(session.connections[0]!.queued > 100 + 150 * keepalive.length);
    assert.equal(session.state, 'Established');
    assert.equal(session.connections[0]!.sendHoldAt, seconds(480));
    assert.deepEqual(play(session, [seconds(480), time]).words, ['abort 1', 'Established -> Idle']);
  });

  it('is none without a hold time (RFC 9687 4.3)', () => {
    const { session } = play(established({ holdTime: 0 }, { holdTime: 0 }), [0, taken(1, 100)]);
    assert.equal(session.connections[0]!.sendHoldAt, never);
  });

  it('begins anew as often as the peer takes something', () => {
    const { session } = play(established(), [0, taken(1, 100)], [seconds(100), taken(1, 50)]);
    assert.equal(session.connections[0]!.sendHoldAt, seconds(580));
    assert.equal(play(session, [seconds(101), taken(1, 0)]).session.connections[0]!.sendHoldAt, never);
  });
});

describe('a peer that BFD cannot reach', () => {
  it('is told so, and its session ends', () => {
    const { session, words } = play(established(), [0, { type: 'bfd-down' }]);
    assert.deepEqual(words, ['1: NOTIFICATION bfd-down', 'close 1', 'Established -> Idle']);
    assert.equal(session.deadline, seconds(1));
  });

  it('is none before its session is Established', () => {
    assert.deepEqual(play(openConfirm(), [0, { type: 'bfd-down' }]).words, []);
    assert.deepEqual(play(createSession(config()), [0, { type: 'bfd-down' }]).words, []);
  });
});

describe('a configuration', () => {
  for (const [rule, changes] of [
    ['localAs', { localAs: 0 }],
    ['localAs', { localAs: 4_294_967_296 }],
    ['peerAs', { peerAs: 0 }],
    ['identifier', { identifier: 0 }],
    ['holdTime', { holdTime: 2 }],
    ['longestBackOff', { longestBackOff: 999_999 }],
    ['families', { families: [] }],
    ['families', { families: [4, 4] }],
    ['restartTime', { gracefulRestart: { restartTime: 4096, restarted: false, forwarding: false } }],
    ['endOfRibWithin', { endOfRibWithin: seconds(120) }],
    ['gatherFor', { gatherFor: -1 }],
  ] as readonly [string, Partial<PeerConfig>][]) {
    it(`with ${rule} out of range is our own fault: ${JSON.stringify(changes)}`, () => {
      assert.throws(
        () => createSession(config(changes)),
        (error) => error instanceof InvariantError && error.message.includes(rule),
      );
    });
  }
});
