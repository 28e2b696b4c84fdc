import assert from 'node:assert/strict';
import type { Session } from '../../../../src/core/bfd/session.js';
import { detectAt } from '../../../../src/core/bfd/timers.js';
import { never } from '../../../../src/core/time.js';
import { encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { readVector, toHex } from '../../../vectors/vector.js';
import { down, hears, init, ms, neighborDiscriminator, packet, play, sent, time, up } from './given.js';

describe('a BFD session that hears nothing', () => {
  it('for its detection time is Down, says so at once, and forgets its neighbour', () => {
    const { session, now } = up();
    const due = now + ms(900);
    const { session: next, outputs, words } = play(session, time(due));
    assert.deepEqual(words.slice(-1), ['Up -> Down (detection-time-expired)']);
    assert.match(words[0]!, /^send Down/);
    assert.deepEqual([next.state, next.diagnostic, next.neighbor.discriminator], ['Down', 1, 0]);
    const [told] = sent(outputs);
    assert.equal(toHex(encodeControlPacket({ ...told!, poll: false })), toHex(readVector('bfd/down-expired').bytes));
    assert.equal(detectAt(next), never);
  });

  it('a microsecond less is as it was', () => {
    const { session, now } = up();
    const { session: next, words } = play(session, time(now + ms(900) - 1));
    assert.equal(next.state, 'Up');
    assert.deepEqual(words, ['send Up']);
  });

  it('in Init goes back to Down', () => {
    const { words, session } = play(init(), time(ms(10) + ms(3000)));
    assert.equal(session.state, 'Down');
    assert.equal(words.at(-1), 'Init -> Down (detection-time-expired)');
  });

  it('in Down forgets its neighbour without a word to anybody', () => {
    const known = play(down(), hears(ms(10), 'Up')).session;
    assert.equal(known.neighbor.discriminator, neighborDiscriminator);
    const sentLast = play(known, time(ms(900))).session;
    const { session, words } = play(sentLast, time(ms(910)));
    assert.equal(session.neighbor.discriminator, 0);
    assert.deepEqual(words, []);
  });

  it('in Down keeps its neighbour until the detection time is over', () => {
    const known = play(down(), hears(ms(10), 'Up')).session;
    assert.equal(play(known, time(ms(909))).session.neighbor.discriminator, neighborDiscriminator);
  });

  it('from a neighbour that had wanted no packets sends to it again', () => {
    const silent = play(up().session, hears(ms(2000), 'Up', { requiredMinRx: 0 })).session;
    const { words } = play(silent, time(ms(2900)));
    assert.match(words[0]!, /^send Down/);
  });

  it('counts from when the kernel took the last packet in, not from when it was read', () => {
    const { session, now } = up();
    const read = play(session, hears(now + ms(400), 'Up', {}, now + ms(100))).session;
    assert.equal(detectAt(read), now + ms(1000));
  });

  it('does not count from a time to come, nor back from an older packet', () => {
    const { session, now } = up();
    assert.equal(detectAt(play(session, hears(now + 1, 'Up', {}, now + ms(500))).session), now + 1 + ms(900));
    assert.equal(detectAt(play(session, hears(now + 1, 'Up', {}, now - ms(500))).session), now + ms(900));
  });
});

describe('a BFD session that is stepped late', () => {
  it('asks for the socket to be read first, and says how late it is', () => {
    const { session, now } = up();
    const due = now + ms(900);
    const { session: next, words } = play(session, time(due + ms(200), { drainedAt: due - 1 }));
    assert.deepEqual(words, ['send Up', 'drain 200']);
    assert.equal(next.state, 'Up');
  });

  it('stays Up by the packets that were waiting', () => {
    const { session, now } = up();
    const late = now + ms(2000);
    const asked = play(session, time(late, { drainedAt: now })).session;
    const waiting = [300, 600, 900, 1200, 1500, 1800].map((after) => hears(late, 'Up', {}, now + ms(after)));
    const { session: next, words } = play(asked, ...waiting, time(late + 1));
    assert.deepEqual([next.state, words], ['Up', []]);
    assert.equal(detectAt(next), now + ms(1800 + 900));
  });

  it('is Down when the socket was empty', () => {
    const { session, now } = up();
    const late = now + ms(900 + 200);
    const { words } = play(session, time(late, { drainedAt: now }), time(late + 1));
    assert.deepEqual(words.slice(-1), ['Up -> Down (detection-time-expired)']);
  });

  it('is Down at once by a socket that was read when the detection time was over', () => {
    const { session, now } = up();
    const { words } = play(session, time(now + ms(901), { drainedAt: now + ms(900) }));
    assert.deepEqual(words.slice(-1), ['Up -> Down (detection-time-expired)']);
  });

  it('sends what is due all the same: the neighbour is counting', () => {
    const { session, now } = up();
    assert.equal(play(session, time(now + ms(5000), { drainedAt: now })).words[0], 'send Up');
  });
});

describe('a BFD session that overslept by more than an interval of its neighbour', () => {
  it('gives it one more detection time: packets may not even have been queued', () => {
    const { session, now } = up();
    const late = now + ms(900 + 301);
    const { session: next, words } = play(session, time(late));
    assert.deepEqual(words, ['send Up', 'overslept 301']);
    assert.equal(detectAt(next), late + ms(900));
    assert.equal(play(next, time(late + ms(900))).session.state, 'Down');
  });

  it('gives it none for an interval or less', () => {
    const { session, now } = up();
    assert.equal(play(session, time(now + ms(900 + 300))).session.state, 'Down');
  });

  it('gives it none for a second sleep in the same silence', () => {
    const { session } = slept();
    assert.equal(play(session, time(detectAt(session) + ms(10_000))).session.state, 'Down');
  });

  it('gives it one again once it was heard', () => {
    const { session, late } = slept();
    const heard = play(session, hears(late + 1, 'Up')).session;
    const { words } = play(heard, time(detectAt(heard) + ms(10_000)));
    assert.equal(words.at(-1), 'overslept 10000');
  });

  it('hears a packet that comes meanwhile as always', () => {
    const { session, late } = slept();
    const { words } = play(session, [late + 1, { type: 'packet', packet: packet('Down'), at: late + 1 }]);
    assert.deepEqual(words, ['send Down', 'Up -> Down (neighbor-down)']);
  });
});

function slept(): { session: Session; late: number } {
  const { session, now } = up();
  const late = now + ms(900 + 5000);
  return { session: play(session, time(late)).session, late };
}
