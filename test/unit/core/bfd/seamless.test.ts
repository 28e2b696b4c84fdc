import assert from 'node:assert/strict';
import {
  answerTo,
  isAnswerTo,
  isUnasked,
  question,
  reflectorDiscriminator,
  unaskedOf,
} from '../../../../src/core/bfd/seamless.js';
import { encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { decodeControlPacket } from '../../../../src/core/wire/bfd-checks.js';

const reflector = reflectorDiscriminator(Uint8Array.of(192, 0, 2, 11));
const asked = question({
  myDiscriminator: 0x0b000001,
  reflector,
  interval: 100_000,
  detectMult: 12,
  wantsStream: false,
});

describe('a question by Seamless BFD', () => {
  it('has the octets of RFC 5880, with Poll and Demand set', () => {
    const hex = Buffer.from(encodeControlPacket(asked)).toString('hex');
    assert.equal(hex, '20e20c180b000001c000020b000186a0000186a000000000');
  });

  it('passes every check of a received packet', () => {
    const decoded = decodeControlPacket(encodeControlPacket(asked));
    assert.deepEqual(decoded, { ok: true, packet: asked });
  });

  it('is answered with the discriminators the other way round, Up, with Final, without Demand', () => {
    const answered = answerTo(asked, reflector, 10_000);
    assert.ok(answered.ok);
    const hex = Buffer.from(encodeControlPacket(answered.answer)).toString('hex');
    assert.equal(hex, '20d00c18c000020b0b000001000186a00000271000000000');
    assert.ok(isAnswerTo(answered.answer, { myDiscriminator: 0x0b000001, reflector }));
  });

  it('to another host is not answered', () => {
    const other = reflectorDiscriminator(Uint8Array.of(192, 0, 2, 12));
    assert.deepEqual(answerTo(asked, other, 10_000), { ok: false, reason: 'other-reflector' });
  });

  it('that is an answer is not answered: two hosts never answer each other for ever', () => {
    const answered = answerTo(asked, reflector, 10_000);
    assert.ok(answered.ok);
    for (const mine of [reflector, asked.myDiscriminator])
      assert.deepEqual(answerTo(answered.answer, mine, 10_000), { ok: false, reason: 'no-question' });
  });

  it('is not its own answer, nor is an answer to somebody else, or from somebody else', () => {
    const asker = { myDiscriminator: 0x0b000001, reflector };
    const answered = answerTo(asked, reflector, 10_000);
    assert.ok(answered.ok);
    const { answer } = answered;
    assert.ok(!isAnswerTo(asked, asker));
    assert.ok(!isAnswerTo({ ...answer, yourDiscriminator: 7 }, asker));
    assert.ok(!isAnswerTo({ ...answer, myDiscriminator: 7 }, asker));
    assert.ok(!isAnswerTo({ ...answer, state: 'AdminDown' }, asker));
  });

  it('goes to a discriminator that follows from the address, never 0', () => {
    const of = (...bytes: number[]) => reflectorDiscriminator(Uint8Array.from(bytes));
    assert.equal(of(10, 77, 0, 11), 0x0a4d000b);
    assert.equal(of(0, 0, 0, 0), 1);
    const ipv6 = (last: number) => of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);
    assert.notEqual(ipv6(1), ipv6(2));
    assert.ok(ipv6(1) > 0 && Number.isInteger(ipv6(1)));
  });
});

describe('a question by Seamless BFD that wants a stream', () => {
  const wanting = question({
    myDiscriminator: 0x0b000001,
    reflector,
    interval: 10_000,
    detectMult: 3,
    wantsStream: true,
  });

  it('says so in a field that Seamless BFD does not use, and differs in nothing else', () => {
    const hex = Buffer.from(encodeControlPacket(wanting)).toString('hex');
    assert.equal(hex, '20e203180b000001c000020b000027100000271000002710');
  });

  it('is answered as any other: who knows of no streams need not', () => {
    const [one, other] = [
      answerTo(wanting, reflector, 10_000),
      answerTo({ ...wanting, requiredMinEchoRx: 0 }, reflector, 10_000),
    ];
    assert.ok(one.ok && other.ok);
    assert.deepEqual(one.answer, other.answer);
    assert.deepEqual([one.streamInterval, other.streamInterval], [10_000, 0]);
  });

  it('is answered further by packets that have no F bit, are answers to it, and are no questions', () => {
    const answered = answerTo(wanting, reflector, 10_000);
    assert.ok(answered.ok);
    const unasked = unaskedOf(answered.answer);
    assert.equal(
      Buffer.from(encodeControlPacket(unasked)).toString('hex'),
      '20c00318c000020b0b000001000027100000271000000000',
    );
    assert.ok(isAnswerTo(unasked, { myDiscriminator: 0x0b000001, reflector }));
    assert.deepEqual([isUnasked(answered.answer), isUnasked(unasked)], [false, true]);
    assert.deepEqual(answerTo(unasked, wanting.myDiscriminator, 10_000), { ok: false, reason: 'no-question' });
  });
});
