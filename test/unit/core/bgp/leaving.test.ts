import assert from 'node:assert/strict';
import { never } from '../../../../src/core/time.js';
import {
  accepted,
  established,
  keepalive,
  openSent,
  play,
  read,
  route,
  routes,
  seconds,
  start,
  taken,
  telling,
  time,
} from './given.js';

const vip = route('198.51.100.10');
const drain = { type: 'drain', text: 'node drain', wait: seconds(10) } as const;

describe('a session that is stopped', () => {
  it('tells the peer why, and is released', () => {
    const { session, outputs, words } = play(established(), [5, { type: 'stop', how: 'shutdown', text: 'bye' }]);
    assert.deepEqual(words, ['1: NOTIFICATION administrative-shutdown', 'close 1', 'released', 'Established -> Idle']);
    const sent = outputs.find((output) => output.type === 'send')!;
    assert.deepEqual(read(sent.octets), {
      type: 'notification',
      code: 6,
      subcode: 2,
      data: Uint8Array.of(3, 98, 121, 101),
    });
    assert.equal(session.lastClose?.text, 'bye');
    assert.equal(session.deadline, never);
  });

  it('tells a peer that is no longer configured so', () => {
    const { words } = play(openSent(), [0, { type: 'stop', how: 'deconfigured' }]);
    assert.deepEqual(words, ['1: NOTIFICATION deconfigured', 'close 1', 'released', 'OpenSent -> Idle']);
  });

  it('for a restart says nothing, so that the peer keeps its routes', () => {
    const { words } = play(telling([vip]), [0, { type: 'stop', how: 'restart' }]);
    assert.deepEqual(words, ['close 1', 'released', 'Established -> Idle']);
  });

  it('does nothing until it is started again', () => {
    const { session } = play(established(), [0, { type: 'stop', how: 'restart' }]);
    assert.deepEqual(play(session, [1, accepted], [2, time], [3, drain], [4, routes([vip])]).words, ['refuse']);
    assert.deepEqual(play(session, [5, start]).words, ['connect 2', 'Idle -> Connect']);
  });

  it('stops making a connection, too', () => {
    const { session } = play(openSent(), [0, { type: 'closed', connection: 1 }], [seconds(1), time]);
    const { words } = play(session, [seconds(2), { type: 'stop', how: 'shutdown', text: '' }]);
    assert.deepEqual(words, ['abort 2', 'released', 'Connect -> Idle']);
  });
});

describe('a session that is reset', () => {
  it('tells the peer why and begins anew after a second', () => {
    const { session, words } = play({ ...established(), failures: 5 }, [0, { type: 'reset', text: 'x' }]);
    assert.deepEqual(words, ['1: NOTIFICATION administrative-reset', 'close 1', 'Established -> Idle']);
    assert.equal(session.deadline, seconds(1));
    assert.deepEqual(play(session, [seconds(1), time]).words, ['connect 2', 'Idle -> Connect']);
  });
});

describe('a session that is drained', () => {
  it('marks its routes, withdraws them after the wait, and leaves when that has left', () => {
    const { session, words } = play(telling([vip]), [0, drain], [0, taken()]);
    assert.deepEqual(words, ['1: +198.51.100.10/32 graceful-shutdown']);
    assert.equal(session.state, 'Established');
    const { session: gone, words: after } = play(
      session,
      [seconds(9), { type: 'received', connection: 1, octets: keepalive }],
      [seconds(9.9), time],
      [seconds(9.9), taken()],
      [seconds(10), time],
    );
    assert.deepEqual(after, ['1: KEEPALIVE', '1: -198.51.100.10/32']);
    assert.deepEqual(play(gone, [seconds(10), taken()]).words, [
      '1: NOTIFICATION administrative-shutdown',
      'close 1',
      'released',
      'Established -> Idle',
    ]);
  });

  it('leaves a second after its withdrawals when they do not', () => {
    const draining = play(
      { ...telling([vip], { holdTime: 90 }) },
      [0, drain],
      [0, taken()],
      [seconds(10), time],
    ).session;
    assert.equal(draining.deadline, seconds(11));
    const { words } = play(draining, [seconds(11), time]);
    assert.equal(words[0], '1: NOTIFICATION administrative-shutdown');
  });

  it('leaves at once after the wait when there is nothing to withdraw', () => {
    const draining = play(telling([], { holdTime: 90 }), [0, drain]).session;
    assert.deepEqual(play(draining, [seconds(10), time]).words.at(-1), 'Established -> Idle');
  });

  it('keeps the marks of its routes, and lowers them within its AS', () => {
    const marked = route('198.51.100.10', { communities: [0xfc00_0064] });
    const internal = telling([marked], { peerAs: 'internal' }, { as: 64512, capabilities: [] });
    const { outputs } = play(internal, [0, drain]);
    const sent = outputs.find((output) => output.type === 'send')!;
    const update = read(sent.octets);
    assert.ok(update.type === 'update');
    assert.deepEqual(update.attributes.communities, [0xfc00_0064, 0xffff_0000]);
    assert.equal(update.attributes.localPref, 0);
  });

  it('lets go of routes that are not wanted any more, and marks new ones', () => {
    const { words } = play(telling([vip]), [0, drain], [0, taken()], [1, routes([route('198.51.100.11')])]);
    assert.deepEqual(words.slice(1), ['1: -198.51.100.10/32', '1: +198.51.100.11/32 graceful-shutdown']);
  });

  it('lets nobody in, and leaves when its connection is lost', () => {
    const { words } = play(telling([vip]), [0, drain], [1, accepted], [2, { type: 'closed', connection: 1 }]);
    assert.deepEqual(words.slice(1), ['refuse', 'released', 'Established -> Idle']);
  });

  it('leaves at once when it is not Established', () => {
    const { words } = play(openSent(), [0, drain]);
    assert.deepEqual(words, ['1: NOTIFICATION administrative-shutdown', 'close 1', 'released', 'OpenSent -> Idle']);
  });

  it('leaves at once when it is stopped', () => {
    const { words } = play(telling([vip]), [0, drain], [1, { type: 'stop', how: 'restart' }]);
    assert.deepEqual(words.slice(1), ['close 1', 'released', 'Established -> Idle']);
  });

  it('goes on as it began when it is asked again', () => {
    const { session } = play(telling([vip]), [0, drain], [5, { ...drain, wait: 0 }]);
    assert.equal(session.draining?.until, seconds(10));
  });
});
