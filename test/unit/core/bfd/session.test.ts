import assert from 'node:assert/strict';
import { InvariantError } from '../../../../src/core/assert.js';
import { createSession, type Session } from '../../../../src/core/bfd/session.js';
import { defaultTiming } from '../../../../src/core/bfd/timing.js';
import type { BfdState } from '../../../../src/core/wire/bfd.js';
import { encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { readVector, toHex } from '../../../vectors/vector.js';
import { down, hears, identity, init, ms, neighborDiscriminator, play, sent, time, up } from './given.js';

describe('a new BFD session', () => {
  it('is Down, knows no neighbour, and sends at once', () => {
    const session = down();
    assert.deepEqual([session.state, session.diagnostic, session.neighbor.discriminator], ['Down', 0, 0]);
    const { outputs } = play(session, time(0));
    assert.equal(toHex(encodeControlPacket(sent(outputs)[0]!)), toHex(readVector('bfd/down').bytes));
  });

  it('goes on sending whether it hears anybody or not, and tells its client nothing', () => {
    let session = down();
    const said: string[] = [];
    for (let i = 0; i < 100; i++) {
      const played = play(session, time(Math.max(session.deadline, 0)));
      session = played.session;
      said.push(...played.words);
    }
    assert.deepEqual(said, new Array(100).fill('send Down'));
    assert.equal(session.sentAt, 99 * ms(750));
  });

  for (const [what, change] of [
    ['discriminator 0', { localDiscriminator: 0 }],
    ['a discriminator of 33 bits', { localDiscriminator: 2 ** 32 }],
    ['source port 49151', { sourcePort: 49_151 }],
    ['source port 65536', { sourcePort: 65_536 }],
    ['an interval of 49.999 ms', { config: { ...defaultTiming, desiredMinTx: 49_999 } }],
  ] as const) {
    it(`cannot be made with ${what}`, () => {
      const o = { ...identity, config: defaultTiming, now: 0, random: 0, ...change };
      assert.throws(() => createSession(o), InvariantError);
    });
  }
});

/** RFC 5880 6.8.6: own state, what the neighbour says, own next state, bfd.LocalDiag. */
const table: readonly (readonly [BfdState, BfdState, BfdState, number])[] = [
  ['Down', 'AdminDown', 'Down', 0],
  ['Down', 'Down', 'Init', 0],
  ['Down', 'Init', 'Up', 0],
  ['Down', 'Up', 'Down', 0],
  ['Init', 'AdminDown', 'Down', 3],
  ['Init', 'Down', 'Init', 0],
  ['Init', 'Init', 'Up', 0],
  ['Init', 'Up', 'Up', 0],
  ['Up', 'AdminDown', 'Down', 3],
  ['Up', 'Down', 'Down', 3],
  ['Up', 'Init', 'Up', 0],
  ['Up', 'Up', 'Up', 0],
  ['AdminDown', 'AdminDown', 'AdminDown', 7],
  ['AdminDown', 'Down', 'AdminDown', 7],
  ['AdminDown', 'Init', 'AdminDown', 7],
  ['AdminDown', 'Up', 'AdminDown', 7],
];

describe('a BFD session in', () => {
  for (const [own, heard, next, diagnostic] of table) {
    it(`${own} that hears ${heard} is ${next}, with diagnostic ${diagnostic}`, () => {
      const { session, words } = play(inState(own), hears(ms(2000), heard));
      assert.deepEqual([session.state, session.diagnostic], [next, diagnostic]);
      const changes = words.filter((word) => word.includes('->'));
      assert.equal(changes.length, own === next ? 0 : 1);
      if (own !== next) {
        assert.equal(words[0], `send ${next}`, 'the neighbour hears of a change at once, before anybody else');
        assert.match(changes[0]!, new RegExp(`^${own} -> ${next} `));
      } else {
        assert.deepEqual(words, []);
      }
    });
  }

  for (const own of ['AdminDown', 'Down', 'Init', 'Up'] as const) {
    it(`${own} answers a Poll ${own === 'AdminDown' ? 'not at all' : 'at once'}`, () => {
      const heard = own === 'Up' ? 'Up' : own === 'Init' ? 'Down' : 'AdminDown';
      const { outputs, words } = play(inState(own), hears(ms(2000), heard, { poll: true }));
      assert.deepEqual(words, own === 'AdminDown' ? [] : [`send ${own} F`]);
      for (const packet of sent(outputs)) assert.equal(packet.yourDiscriminator, neighborDiscriminator);
    });

    it(`${own} is switched off by admin-down and tells it at once`, () => {
      const { session, words } = play(inState(own), [ms(2000), { type: 'admin-down' }]);
      assert.deepEqual([session.state, session.diagnostic], ['AdminDown', 7]);
      assert.deepEqual(words, own === 'AdminDown' ? [] : ['send AdminDown', `${own} -> AdminDown (admin-down)`]);
    });

    it(`${own} ${own === 'AdminDown' ? 'begins anew at' : 'ignores'} admin-up`, () => {
      const { session, words } = play(inState(own), [ms(2000), { type: 'admin-up' }]);
      assert.equal(session.state, own === 'AdminDown' ? 'Down' : own);
      assert.deepEqual(words, own === 'AdminDown' ? ['send Down', 'AdminDown -> Down (admin-up)'] : []);
    });

    const goesDown = own === 'Init' || own === 'Up';
    it(`${own} ${goesDown ? 'is Down with diagnostic 5 when' : 'stays when'} its path is known to be down`, () => {
      const before = inState(own);
      const { session } = play(before, [ms(2000), { type: 'path-down' }]);
      assert.equal(session.state, goesDown ? 'Down' : own);
      assert.equal(session.diagnostic, goesDown ? 5 : before.diagnostic);
    });
  }
});

describe('a BFD session that is switched off', () => {
  it('goes on saying AdminDown once a second, in the words of the vector', () => {
    const { session } = play(up().session, [ms(2000), { type: 'admin-down' }]);
    const { outputs } = play(session, time(session.deadline));
    const [packet] = sent(outputs);
    assert.equal(toHex(encodeControlPacket({ ...packet!, poll: false })), toHex(readVector('bfd/admin-down').bytes));
    assert.equal(session.deadline, session.sentAt + ms(750));
  });

  it('comes Up again once it is switched on', () => {
    const off = play(up().session, [ms(2000), { type: 'admin-down' }], hears(ms(2010), 'Down'));
    const { session } = play(
      off.session,
      [ms(3000), { type: 'admin-up' }],
      hears(ms(3010), 'Down'),
      hears(ms(3020), 'Up'),
    );
    assert.equal(session.state, 'Up');
  });
});

describe('a BFD session whose neighbour has started again', () => {
  it('goes Down by its word, and follows its new discriminator', () => {
    const { session } = up();
    const restarted = { myDiscriminator: 0x0d00_0001, yourDiscriminator: 0 };
    const { session: next, words } = play(session, hears(ms(2000), 'Down', restarted));
    assert.equal(next.neighbor.discriminator, 0x0d00_0001);
    assert.deepEqual(words, ['send Down', 'Up -> Down (neighbor-restarted)']);
  });
});

function inState(state: BfdState): Session {
  switch (state) {
    case 'AdminDown':
      return play(init(), [ms(1000), { type: 'admin-down' }]).session;
    case 'Down':
      return down();
    case 'Init':
      return init();
    case 'Up':
      return up().session;
  }
}
