import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  detectionTime,
  jittered,
  neighborPatience,
  transmitAt,
  transmitInterval,
} from '../../../../src/core/bfd/timers.js';
import { never } from '../../../../src/core/time.js';
import { down, hears, init, ms, play, time, up } from './given.js';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the jitter of a BFD session', () => {
  it('takes up to a quarter from an interval', () => {
    assert.equal(jittered(ms(300), 3, 0), ms(225));
    assert.equal(jittered(ms(300), 3, 0.5), ms(262.5));
    fc.assert(
      fc.property(random, fc.integer({ min: 2, max: 255 }), (chance, mult) => {
        const interval = jittered(ms(300), mult, chance);
        assert.ok(interval >= ms(225) && interval <= ms(300));
      }),
    );
  });

  it('with a detection multiplier of 1 takes a tenth at the least', () => {
    fc.assert(
      fc.property(random, (chance) => {
        const interval = jittered(ms(300), 1, chance);
        assert.ok(interval >= ms(225) && interval <= ms(270));
      }),
    );
    assert.ok(jittered(ms(300), 1, 0.999) > ms(269));
  });

  it('is another for each packet', () => {
    const first = play(down(), time(0, { random: 0.5 })).session;
    assert.equal(first.deadline, ms(875));
    assert.equal(play(first, time(ms(875), { random: 0.25 })).session.deadline, ms(875 + 812.5));
  });
});

describe('the transmit interval of a BFD session', () => {
  it('is what is wanted, or what the neighbour takes when that is more', () => {
    assert.equal(transmitInterval(up().session), ms(300));
    const { session } = play(up().session, hears(ms(2000), 'Up', { requiredMinRx: ms(500) }));
    assert.equal(transmitInterval(session), ms(500));
  });

  it('is a second at the least while it is not Up', () => {
    assert.equal(transmitInterval(down({ desiredMinTx: ms(50) })), ms(1000));
    assert.equal(transmitInterval(init({ desiredMinTx: ms(50) })), ms(1000));
    assert.equal(transmitInterval(down({ desiredMinTx: ms(2000) })), ms(2000));
    assert.equal(transmitInterval(play(up().session, hears(ms(2000), 'Down')).session), ms(1000));
  });

  it('is what is configured once it is Up', () => {
    assert.equal(transmitInterval(up({ desiredMinTx: ms(350) }).session), ms(350));
  });

  it('counts from the last packet when the neighbour takes more: the next is sent in time, or at once', () => {
    const { session, now } = up();
    const slow = play(session, hears(now + 1, 'Up', { requiredMinRx: ms(5000) })).session;
    const sentAt = slow.sentAt;
    assert.equal(transmitAt(slow), sentAt + ms(3750));
    const faster = play(slow, hears(sentAt + ms(100), 'Up')).session;
    assert.equal(faster.deadline, sentAt + ms(225));
    const overdue = play(slow, hears(sentAt + ms(400), 'Up')).session;
    assert.ok(overdue.deadline <= sentAt + ms(400));
    assert.deepEqual(play(overdue, time(sentAt + ms(400))).words, ['send Up']);
  });

  it('is that of a neighbour which takes packets fast only once it is Up, from the packet on that says so', () => {
    const session = play(init(), hears(ms(20), 'Init', { requiredMinRx: ms(1000) })).session;
    assert.equal(session.state, 'Up');
    assert.equal(session.deadline, ms(750));
    assert.equal(play(session, hears(ms(30), 'Up')).session.deadline, ms(225));
  });
});

describe('a BFD session must not send periodically', () => {
  it('to a neighbour that wants no packets, not even of a change of state', () => {
    const { session } = play(up().session, hears(ms(2000), 'Up', { requiredMinRx: 0 }));
    assert.equal(transmitAt(session), never);
    assert.deepEqual(play(session, hears(ms(2100), 'Down', { requiredMinRx: 0 })).words, [
      'Up -> Down (neighbor-down)',
    ]);
  });

  it('but answers the polls of such a neighbour, and sends again when it takes packets again', () => {
    const { session } = play(up().session, hears(ms(2000), 'Up', { requiredMinRx: 0 }));
    assert.deepEqual(play(session, hears(ms(2100), 'Up', { requiredMinRx: 0, poll: true })).words, ['send Up F']);
    const again = play(session, hears(ms(2100), 'Up')).session;
    assert.deepEqual(play(again, time(ms(2100))).words, ['send Up']);
  });

  it('to a neighbour in Demand mode while both are Up, unless it polls itself', () => {
    const { session } = play(up().session, hears(ms(2000), 'Up', { demand: true }));
    assert.equal(transmitAt(session), never);
    const config = { ...session.config, desiredMinTx: ms(500) };
    const polling = play(session, [ms(2100), { type: 'configure', config }]).session;
    assert.deepEqual(play(polling, time(ms(2100))).words, ['send Up P']);
    const done = play(polling, time(ms(2100)), hears(ms(2110), 'Up', { demand: true, final: true })).session;
    assert.equal(transmitAt(done), never);
  });

  it('but goes on unless both are Up, although the neighbour says Demand', () => {
    // At a second nothing changes with the state, so that no poll of its own keeps it sending.
    const slow = { desiredMinTx: ms(1000) };
    const both = play(up(slow).session, hears(ms(2000), 'Up', { demand: true })).session;
    assert.deepEqual([both.poll, transmitAt(both)], ['none', never]);
    for (const session of [
      play(up(slow).session, hears(ms(2000), 'Down', { demand: true })).session,
      play(up(slow).session, hears(ms(2000), 'Init', { demand: true })).session,
      play(down(slow), hears(ms(2000), 'Up', { demand: true })).session,
    ]) {
      assert.equal(session.poll, 'none');
      assert.ok(Number.isFinite(transmitAt(session)), `${session.state}, neighbour ${session.neighbor.state}`);
    }
  });
});

describe('the detection time of a BFD session', () => {
  it('is the neighbour’s multiplier times what it sends', () => {
    const heard = play(up().session, hears(ms(2000), 'Up', { detectMult: 5, desiredMinTx: ms(400) })).session;
    assert.equal(detectionTime(heard), ms(2000));
  });

  it('is never shorter than by what we take', () => {
    const heard = play(up().session, hears(ms(2000), 'Up', { desiredMinTx: ms(10) })).session;
    assert.equal(detectionTime(heard), ms(900));
  });
});

describe('the patience of a neighbour', () => {
  it('is our multiplier times our interval', () => {
    assert.equal(neighborPatience(up().session), ms(900));
    assert.equal(neighborPatience(up({ detectMult: 5 }).session), ms(1500));
  });
});
