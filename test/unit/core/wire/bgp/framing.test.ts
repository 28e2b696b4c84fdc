import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Framing, noFraming, takeMessages } from '../../../../../src/core/wire/bgp/framing.js';
import { headerFault, writeMessage } from '../../../../../src/core/wire/bgp/header.js';
import { readVector, toHex, vectorNames, withField } from '../../../../vectors/vector.js';
import { message, read } from './given.js';

const good = vectorNames('bgp').map((name) => readVector(name).bytes);
const keepalive = readVector('bgp/keepalive');

/** What a stream gives in chunks of these lengths, then all that is left. */
function taken(stream: Uint8Array, lengths: readonly number[]) {
  let framing: Framing = noFraming;
  let at = 0;
  const messages: string[] = [];
  let most = 0;
  for (const length of [...lengths, stream.length]) {
    const result = takeMessages(framing, stream.slice(at, at + length));
    at = Math.min(stream.length, at + length);
    messages.push(...result.messages.map(toHex));
    if (result.error) return { messages, error: result.error, most };
    framing = result.framing;
    most = Math.max(most, framing.pending.length);
  }
  return { messages, pending: toHex(framing.pending), most };
}

describe('a stream of BGP messages', () => {
  it('gives the same messages however it is cut into chunks', () => {
    const stream = fc.array(fc.constantFrom(...good), { maxLength: 8 }).map((messages) => Buffer.concat(messages));
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }), (bytes, lengths) => {
        const { messages, pending } = taken(bytes, lengths);
        assert.equal(messages.join(''), toHex(bytes));
        assert.equal(pending, '');
      }),
    );
  });

  it('ends at the same octet with the same error however it is cut', () => {
    const flawed = fc
      .tuple(
        fc.array(fc.constantFrom(...good), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
      )
      .map(([messages, at, value]) => {
        const bytes = Uint8Array.from(Buffer.concat(messages));
        bytes[at % bytes.length] = value;
        return bytes;
      });
    const seen = new Set<string>();
    fc.assert(
      fc.property(flawed, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }), (bytes, lengths) => {
        const whole = taken(bytes, []);
        seen.add(whole.error?.reason ?? 'none');
        assert.deepEqual({ ...taken(bytes, lengths), most: 0 }, { ...whole, most: 0 });
      }),
      { numRuns: 2000 },
    );
    assert.deepEqual([...seen].sort(), ['length', 'marker', 'none', 'type']);
  });

  it('keeps less than one message, whatever comes', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.constant(message(2, '00'.repeat(4096 - 19))),
      fc.constant(message(2, '00'.repeat(4000)).slice(0, 3000)),
    );
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), fc.array(fc.nat(3000)), (parts, lengths) => {
        assert.ok(taken(Buffer.concat(parts), lengths).most < 4096);
      }),
    );
  });

  it('gives the messages before the one that is wrong', () => {
    const wrong = withField(keepalive, 'type', '09');
    const { messages, error } = takeMessages(noFraming, Buffer.concat([keepalive.bytes, keepalive.bytes, wrong]));
    assert.equal(messages.length, 2);
    assert.deepEqual(error, { reason: 'type', data: Uint8Array.of(9) });
  });

  it('gives messages that share nothing with a chunk of Node’s once they are decoded', () => {
    const chunk = Buffer.from(readVector('bgp/notification-shutdown').bytes);
    const message = read(takeMessages(noFraming, chunk).messages[0]!);
    const before = structuredClone(message);
    chunk.fill(0);
    assert.deepEqual(message, before);
  });

  it('does not share what is pending with the chunk', () => {
    const chunk = keepalive.bytes.slice(0, 10);
    const { framing } = takeMessages(noFraming, chunk);
    chunk.fill(0);
    assert.equal(takeMessages(framing, keepalive.bytes.slice(10)).messages.length, 1);
  });
});

describe('a BGP header', () => {
  for (let i = 0; i < 16; i++) {
    it(`is refused when bit ${i % 8} of marker octet ${i} is not set`, () => {
      const bytes = keepalive.bytes.slice();
      bytes[i]! ^= 1 << (i % 8);
      assert.equal(headerFault(bytes, 0)?.reason, 'marker');
    });
  }

  const lengths: readonly [string, number, readonly number[], readonly number[]][] = [
    ['an OPEN', 1, [29, 4096], [19, 28, 4097]],
    ['an UPDATE', 2, [23, 4096], [22, 4097, 65535]],
    ['a NOTIFICATION', 3, [21, 4096], [20, 4097]],
    ['a KEEPALIVE', 4, [19], [0, 18, 20]],
    ['a ROUTE-REFRESH', 5, [23, 4096], [22]],
  ];
  for (const [what, type, right, wrong] of lengths) {
    it(`of ${what} has a length of ${right.join(' to ')}, and is refused with any other`, () => {
      for (const length of right) assert.equal(headerFault(header(type, length), 0), undefined);
      for (const length of wrong) {
        const data = Uint8Array.of(length >> 8, length & 0xff);
        assert.deepEqual(headerFault(header(type, length), 0), { reason: 'length', data });
      }
    });
  }

  it('of an unknown type is refused for its type, unless its length is impossible', () => {
    assert.deepEqual(headerFault(header(6, 19), 0), { reason: 'type', data: Uint8Array.of(6) });
    assert.equal(headerFault(header(0, 4097), 0)?.reason, 'length');
  });

  it('is not written before a body that is too long', () => {
    assert.equal(writeMessage(2, new Uint8Array(4077)).length, 4096);
    assert.throws(() => writeMessage(2, new Uint8Array(4078)), /4097 octets is longer than 4096/);
  });
});

function header(type: number, length: number): Uint8Array {
  return Uint8Array.of(...new Uint8Array(16).fill(0xff), length >> 8, length & 0xff, type);
}
