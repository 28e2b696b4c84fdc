import assert from 'node:assert/strict';
import type { Session, Timing } from '../../../../src/core/bfd/session.js';
import { detectionTime, transmitInterval } from '../../../../src/core/bfd/timers.js';
import type { Micros } from '../../../../src/core/time.js';
import { encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { readVector, toHex } from '../../../vectors/vector.js';
import { hears, init, ms, play, sent, time, up } from './given.js';

describe('a poll sequence', () => {
  it('begins when the session is Up, on the next periodic packet and on none before', () => {
    const { session, outputs } = play(init(), hears(ms(20), 'Up'));
    assert.deepEqual(
      sent(outputs).map(({ poll, desiredMinTx }) => [poll, desiredMinTx]),
      [[false, ms(300)]],
    );
    const polled = play(session, time(session.deadline));
    assert.deepEqual(polled.words, ['send Up P']);
    assert.equal(toHex(encodeControlPacket(sent(polled.outputs)[0]!)), toHex(readVector('bfd/up-poll').bytes));
  });

  it('goes on until a Final comes, and is over then', () => {
    const { session, now } = reconfigured({ desiredMinTx: ms(400) });
    const first = play(session, time(session.deadline));
    const second = play(first.session, hears(now + ms(200), 'Up'), time(first.session.deadline));
    assert.deepEqual([...first.words, ...second.words], ['send Up P', 'send Up P']);
    const answered = play(second.session, hears(now + ms(700), 'Up', { final: true }));
    assert.deepEqual(answered.words, ['timing-agreed']);
    assert.deepEqual(play(answered.session, time(answered.session.deadline)).words, ['send Up']);
  });

  it('is not ended by a Final that came before its first Poll', () => {
    const { session, now } = reconfigured({ desiredMinTx: ms(5000) });
    const { session: next, words } = play(session, hears(now + 1, 'Up', { final: true }));
    assert.deepEqual(words, []);
    assert.equal(transmitInterval(next), ms(300));
  });

  it('is asked for by each of the three values, and by none that stays', () => {
    assert.equal(reconfigured({ desiredMinTx: ms(400) }).session.poll, 'due');
    assert.equal(reconfigured({ requiredMinRx: ms(400) }).session.poll, 'due');
    assert.equal(reconfigured({ detectMult: 4 }).session.poll, 'due');
    assert.equal(reconfigured({}).session.poll, 'none');
  });

  it('is begun by going Down as well, which makes packets slow again', () => {
    const { session } = play(up().session, hears(ms(2000), 'Down'));
    assert.equal(session.poll, 'due');
    assert.deepEqual(play(session, time(session.deadline)).words, ['send Down P']);
    const slow = play(up({ desiredMinTx: ms(1000) }).session, hears(ms(2000), 'Down')).session;
    assert.equal(slow.poll, 'none', 'nothing has changed');
  });

  it('is never answered and asked in one packet: the answer comes at once, the question at its time', () => {
    const { session, now } = reconfigured({ desiredMinTx: ms(400) });
    const { session: next, words } = play(session, hears(now + 1, 'Up', { poll: true }));
    assert.deepEqual(words, ['send Up F']);
    assert.deepEqual(play(next, time(next.deadline)).words, ['send Up P']);
  });

  it('in the words of the vector answers with F', () => {
    const { outputs } = play(up().session, hears(ms(2000), 'Up', { poll: true }));
    assert.equal(toHex(encodeControlPacket(sent(outputs)[0]!)), toHex(readVector('bfd/up-final').bytes));
  });
});

describe('while a poll sequence asks', () => {
  it('to send less often, packets go on as before until the Final', () => {
    const { session, now } = reconfigured({ desiredMinTx: ms(5000) });
    assert.equal(session.advertised.desiredMinTx, ms(5000));
    assert.equal(transmitInterval(session), ms(300));
    const polled = play(session, time(session.deadline));
    assert.equal(toHex(encodeControlPacket(sent(polled.outputs)[0]!)), toHex(readVector('bfd/up-raised-poll').bytes));
    assert.equal(transmitInterval(polled.session), ms(300));
    const agreed = play(polled.session, hears(now + ms(240), 'Up', { final: true }));
    assert.equal(transmitInterval(agreed.session), ms(5000));
  });

  it('to send more often, packets do so at once', () => {
    const { session } = reconfigured({ desiredMinTx: ms(400) }, { desiredMinTx: ms(800) });
    assert.equal(transmitInterval(session), ms(400));
  });

  it('to take packets more often, the neighbour is given the former detection time until the Final', () => {
    const { session, now } = reconfigured({ requiredMinRx: ms(300) }, { requiredMinRx: ms(800) });
    assert.equal(detectionTime(session), ms(2400));
    const polled = play(session, time(session.deadline)).session;
    assert.equal(detectionTime(polled), ms(2400));
    assert.equal(detectionTime(play(polled, hears(now + ms(300), 'Up', { final: true })).session), ms(900));
  });

  it('to be given up on later, packets have the jitter of a multiplier of 1 until the Final', () => {
    const { session, now } = reconfigured({ detectMult: 3 }, { detectMult: 1 });
    const polled = play(session, time(session.deadline, { random: 0.999 })).session;
    assert.ok(polled.deadline - polled.sentAt <= ms(270));
    const agreed = play(polled, hears(now + ms(240), 'Up', { final: true })).session;
    assert.ok(agreed.deadline - agreed.sentAt > ms(299));
  });

  it('to take packets less often, the neighbour has the longer time at once', () => {
    assert.equal(detectionTime(reconfigured({ requiredMinRx: ms(800) }).session), ms(2400));
  });
});

describe('a change of timing during a poll sequence', () => {
  it('waits until the Final has come and a packet without F after it, and is then asked for', () => {
    const { session, now } = reconfigured({ desiredMinTx: ms(400) });
    const polled = play(session, time(session.deadline)).session;
    const again = { ...polled.config, desiredMinTx: ms(600) };
    const waiting = play(polled, [session.deadline + 1, { type: 'configure', config: again }]).session;
    assert.equal(waiting.advertised.desiredMinTx, ms(400));
    const final = play(waiting, hears(now + ms(260), 'Up', { final: true })).session;
    assert.deepEqual([final.poll, final.advertised.desiredMinTx], ['settling', ms(400)]);
    const late = play(final, hears(now + ms(270), 'Up', { final: true })).session;
    assert.equal(late.poll, 'settling', 'a second answer to the same poll settles nothing');
    const settled = play(late, hears(now + ms(280), 'Up')).session;
    assert.deepEqual([settled.poll, settled.advertised.desiredMinTx], ['due', ms(600)]);
  });

  it('before the first Poll goes into the same sequence', () => {
    const { session, now } = reconfigured({ desiredMinTx: ms(5000) });
    const back = { ...session.config, desiredMinTx: ms(300) };
    const { session: next } = play(session, [now + 2, { type: 'configure', config: back }]);
    assert.deepEqual([next.poll, next.advertised.desiredMinTx, transmitInterval(next)], ['due', ms(300), ms(300)]);
  });

  it('by going Down is made at once: slow, whatever was asked', () => {
    const { session, now } = reconfigured({ desiredMinTx: ms(5000) });
    const polled = play(session, time(session.deadline)).session;
    const { session: next, outputs } = play(polled, hears(now + ms(250), 'Down'));
    assert.equal(transmitInterval(next), ms(5000));
    assert.equal(sent(outputs)[0]!.desiredMinTx, ms(5000));
    const quick = play(up().session, hears(ms(2000), 'Down'));
    assert.equal(sent(quick.outputs)[0]!.desiredMinTx, ms(1000));
  });
});

/** A session that was Up with `before` and has been given `after` a microsecond after it last heard its neighbour. */
function reconfigured(after: Partial<Timing>, before: Partial<Timing> = {}): { session: Session; now: Micros } {
  const { session, now } = up(before);
  const config = { ...session.config, ...after };
  return { session: play(session, [now + 1, { type: 'configure', config }]).session, now: now + 1 };
}
