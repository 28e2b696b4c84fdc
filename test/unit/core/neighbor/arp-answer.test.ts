import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answerTo } from '../../../../src/core/neighbor/answer.js';
import { createArpAnswerer } from '../../../../src/core/neighbor/arp-answer.js';
import { encodeArp } from '../../../../src/core/wire/arp.js';
import { broadcastMac } from '../../../../src/core/wire/mac.js';
import { decodeNeighborFrame, encodeNeighborSolicitation } from '../../../../src/core/wire/neighbor-frame.js';
import { readUint32 } from '../../../../src/core/wire/octets.js';

const us = Uint8Array.of(2, 0, 0, 0, 0, 1);
const vip = Uint8Array.of(192, 0, 2, 100);
const isOurs = (address: Uint8Array) => Buffer.compare(address, vip) === 0;

/** What the long way says of a frame. */
const byDecoding = (frame: Uint8Array) => {
  const decoded = decodeNeighborFrame(frame, frame.length);
  return decoded.ok ? answerTo(decoded.message, us, true, isOurs) : decoded.reason;
};
/** What the short way says; undefined where it leaves the frame to the long one. */
const answerer = createArpAnswerer();
const straight = (frame: Uint8Array) => {
  const verdict = answerer.answer(frame, frame.length, us, (address) => address === readUint32(vip, 0));
  return verdict === 'other' ? undefined : verdict === 'answered' ? answerer.reply.slice() : verdict;
};

const macs = fc.oneof(
  fc.constantFrom(us, Uint8Array.of(2, 0, 0, 0, 0, 9), broadcastMac(), Uint8Array.of(1, 0, 0x5e, 0, 0, 1)),
  fc.uint8Array({ minLength: 6, maxLength: 6 }),
);
const addresses = fc.oneof(
  fc.constantFrom(vip, Uint8Array.of(192, 0, 2, 9), new Uint8Array(4)),
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
);
const frames = fc
  .record({
    operation: fc.constantFrom('request' as const, 'request' as const, 'reply' as const),
    senderMac: macs,
    senderAddress: addresses,
    targetMac: macs,
    targetAddress: addresses,
    destinationMac: macs,
    changed: fc.option(fc.tuple(fc.nat(59), fc.nat(255))),
    cut: fc.option(fc.nat(60)),
  })
  .map(({ changed, cut, ...message }) => {
    const frame = encodeArp(message);
    if (changed !== null) frame[changed[0]] = changed[1];
    return cut === null ? frame : frame.slice(0, cut);
  });

describe('answering ARP requests from frame to frame', () => {
  it('says what decoding says, answer for answer and reason for reason, or leaves the frame to it', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(frames, (frame) => {
        const short = straight(frame);
        seen.add(short === undefined ? 'other' : typeof short === 'string' ? short : 'answered');
        if (short !== undefined) assert.deepEqual(short, byDecoding(frame));
      }),
      { numRuns: 5_000 },
    );
    for (const verdict of [
      'answered',
      'not-ours',
      'own-frame',
      'announcement',
      'other-station',
      'other-group',
      'other',
    ])
      assert.ok(seen.has(verdict), `no frame was ${verdict}`);
  });

  it('leaves neighbour solicitations, replies and frames with a tag to decoding', () => {
    const solicitation = encodeNeighborSolicitation({ mac: us, address: new Uint8Array(16).fill(1) });
    assert.equal(straight(solicitation), undefined);
    const tagged = Uint8Array.of(...broadcastMac(), 2, 0, 0, 0, 0, 9, 0x81, 0, 0, 5, 8, 6, ...new Array(42).fill(0));
    assert.equal(straight(tagged), undefined);
  });
});
