import assert from 'node:assert/strict';
import type { PeerConfig } from '../../../../src/core/bgp/session.js';
import type { Open } from '../../../../src/core/wire/bgp/open.js';
import { accepted, established, keepalive, mp4, openFrom, openSent, peerRestarts, play, received } from './given.js';

const restarting: Partial<Open> = { capabilities: [mp4, peerRestarts] };
const ourIdHigher: Partial<PeerConfig> = { identifier: 0x0a00_00ff };

/** Both OPENs went out: on connection 1, which we made, and on 2, which the peer made. */
function both(changes: Partial<PeerConfig> = {}) {
  return play(openSent(changes), [0, accepted]).session;
}

describe('two connections with one peer', () => {
  it('leave that of the higher identifier, the peer’s, when its OPEN comes on ours', () => {
    assert.deepEqual(play(both(), [0, openFrom({}, 1)]).words, ['1: NOTIFICATION connection-collision', 'close 1']);
  });

  it('leave that of the higher identifier, the peer’s, when its OPEN comes on that', () => {
    assert.deepEqual(play(both(), [0, openFrom({}, 2)]).words, [
      '1: NOTIFICATION connection-collision',
      'close 1',
      '2: KEEPALIVE',
      'OpenSent -> OpenConfirm',
    ]);
  });

  it('leave that of the higher identifier, ours, when the peer’s OPEN comes on its own', () => {
    assert.deepEqual(play(both(ourIdHigher), [0, openFrom({}, 2)]).words, [
      '2: NOTIFICATION connection-collision',
      'close 2',
    ]);
  });

  it('leave that of the higher identifier, ours, when the peer’s OPEN comes on that', () => {
    assert.deepEqual(play(both(ourIdHigher), [0, openFrom({}, 1)]).words, [
      '2: NOTIFICATION connection-collision',
      'close 2',
      '1: KEEPALIVE',
      'OpenSent -> OpenConfirm',
    ]);
  });

  it('are weighed by identifiers as unsigned numbers', () => {
    const { words } = play(both({ identifier: 0x7f00_0001 }), [0, openFrom({ identifier: 0xc000_0201 }, 1)]);
    assert.equal(words[0], '1: NOTIFICATION connection-collision');
  });

  for (const [whose, as, kept] of [
    ['the peer’s', 65000, 2],
    ['ours', 64000, 1],
  ] as const)
    it(`of equal identifiers leave that of the higher AS, ${whose}, whichever OPEN comes first`, () => {
      const open = { as, identifier: 0x0a00_000b, capabilities: [mp4] };
      for (const first of [1, 2]) {
        const { session } = play(both({ peerAs: as }), [0, openFrom(open, first)]);
        assert.deepEqual(
          session.connections.map(({ number }) => number),
          [kept],
        );
      }
    });

  it('are no failure: no pause, and no word of it in the last close', () => {
    const { session } = play(both(), [0, openFrom({}, 2)], [0, received(keepalive, 2)]);
    assert.equal(session.state, 'Established');
    assert.equal(session.failures, 0);
    assert.equal(session.lastClose, undefined);
  });

  it('are not weighed when the peer’s OPEN is wrong: that ends its connection alone', () => {
    const { words, session } = play(both(), [0, openFrom({ as: 65001, capabilities: [] }, 1)]);
    assert.deepEqual(words, ['1: NOTIFICATION peer-as', 'close 1']);
    assert.equal(session.state, 'OpenSent');
  });

  it('that the peer has made leave the newer one, as long as none is Established', () => {
    const { words, session } = play(both(), [0, accepted]);
    assert.deepEqual(words, ['2: NOTIFICATION connection-collision', 'close 2', 'accept 3', '3: OPEN']);
    assert.deepEqual(
      session.connections.map(({ number }) => number),
      [1, 3],
    );
  });
});

describe('a connection beside one that is Established', () => {
  it('is closed when its OPEN comes', () => {
    const { words, session } = play(established(), [0, accepted], [0, openFrom({}, 2)]);
    assert.deepEqual(words, ['accept 2', '2: OPEN', '2: NOTIFICATION connection-collision', 'close 2']);
    assert.equal(session.state, 'Established');
  });

  it('replaces it silently when the peer keeps routes over a restart: it has restarted', () => {
    const { words, session } = play(established({}, restarting), [7, accepted], [7, openFrom(restarting, 2)]);
    assert.deepEqual(words, ['accept 2', '2: OPEN', 'abort 1', '2: KEEPALIVE', 'Established -> OpenConfirm']);
    assert.deepEqual(session.lastClose, { direction: 'lost', reason: 'replaced', at: 7, in: 'Established' });
  });

  it('replaces nothing when that peer keeps routes of no family', () => {
    const helper = { ...peerRestarts, families: [] };
    const session = established({}, { capabilities: [mp4, helper] });
    const { words } = play(session, [0, accepted], [0, openFrom({}, 2)]);
    assert.equal(words.at(-1), 'close 2');
  });

  it('is closed at once when it was being made before', () => {
    const { words } = play(openSent(), [0, openFrom()], [0, accepted], [0, received(keepalive)]);
    assert.deepEqual(words.slice(-3), [
      '2: NOTIFICATION connection-collision',
      'close 2',
      'OpenConfirm -> Established',
    ]);
  });
});
