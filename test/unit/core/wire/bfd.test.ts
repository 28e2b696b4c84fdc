import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InvariantError } from '../../../../src/core/assert.js';
import { bfdDiagnostic, bfdStates, type ControlPacket, encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { type ControlDrop, controlDrops, decodeControlPacket } from '../../../../src/core/wire/bfd-checks.js';
import { fromHex, readVector, toHex, vectorNames, withField } from '../../../vectors/vector.js';

const down: ControlPacket = {
  diagnostic: bfdDiagnostic.none,
  state: 'Down',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMult: 3,
  myDiscriminator: 0x0b00_0001,
  yourDiscriminator: 0,
  desiredMinTx: 1_000_000,
  requiredMinRx: 300_000,
  requiredMinEchoRx: 0,
};
const init: ControlPacket = { ...down, state: 'Init', yourDiscriminator: 0x0c00_0001 };
const up: ControlPacket = { ...init, state: 'Up', desiredMinTx: 300_000 };

const packets: Readonly<Record<string, ControlPacket>> = {
  down,
  init,
  'up-poll': { ...up, poll: true },
  'up-final': { ...up, final: true },
  'up-control-plane-independent': { ...up, controlPlaneIndependent: true },
  'up-raised-poll': { ...up, poll: true, desiredMinTx: 5_000_000 },
  'admin-down': { ...init, state: 'AdminDown', diagnostic: bfdDiagnostic.administrativelyDown },
  'down-expired': { ...down, diagnostic: bfdDiagnostic.detectionTimeExpired },
};

describe('a BFD control packet', () => {
  for (const name of vectorNames('bfd')) {
    const vector = readVector(name);
    const packet = packets[name.slice('bfd/'.length)]!;

    it(`is read from ${vector.title}`, () => {
      assert.deepEqual(decodeControlPacket(vector.bytes), { ok: true, packet });
    });

    it(`is written as ${vector.title}`, () => {
      assert.equal(toHex(encodeControlPacket(packet)), toHex(vector.bytes));
    });
  }

  it('has a vector for each packet that is named here', () => {
    assert.deepEqual(
      vectorNames('bfd'),
      Object.keys(packets)
        .map((name) => `bfd/${name}`)
        .sort(),
    );
  });

  it('is read when bytes follow its length, which mean nothing', () => {
    const longer = Uint8Array.of(...readVector('bfd/up-poll').bytes, 0xa5, 0xa5);
    assert.deepEqual(decodeControlPacket(longer), { ok: true, packet: packets['up-poll'] });
  });

  it('may be longer by its own account, as long as the payload is', () => {
    const bytes = Uint8Array.of(...withField(readVector('bfd/up-poll'), 'length', '1a'), 1, 2);
    assert.deepEqual(decodeControlPacket(bytes), { ok: true, packet: packets['up-poll'] });
  });

  it('may come from who is Down or AdminDown without a discriminator of ours', () => {
    for (const name of ['down', 'down-expired']) assert.ok(decodeControlPacket(readVector(`bfd/${name}`).bytes).ok);
    const adminDown = withField(readVector('bfd/admin-down'), 'your discriminator', '00000000');
    assert.ok(decodeControlPacket(adminDown).ok);
  });

  it('may have both P and F when it is received: only senders must not', () => {
    const decoded = decodeControlPacket(withField(readVector('bfd/up-poll'), 'state, flags', 'f0'));
    assert.ok(decoded.ok && decoded.packet.poll && decoded.packet.final);
  });

  it('carries any diagnostic of five bits', () => {
    const decoded = decodeControlPacket(withField(readVector('bfd/down'), 'version 1, diagnostic', '3f'));
    assert.ok(decoded.ok && decoded.packet.diagnostic === 31);
  });
});

const mutations: readonly (readonly [vector: string, field: string, to: string, reason: ControlDrop])[] = [
  ['up-poll', 'version 1, diagnostic', '00', 'version'],
  ['up-poll', 'version 1, diagnostic', '40', 'version'],
  ['up-poll', 'version 1, diagnostic', 'e0', 'version'],
  ['up-poll', 'length', '00', 'length'],
  ['up-poll', 'length', '17', 'length'],
  ['up-poll', 'length', '19', 'length'],
  ['up-poll', 'length', 'ff', 'length'],
  ['up-poll', 'detect mult', '00', 'detect-mult-zero'],
  ['up-poll', 'state, flags', 'e1', 'multipoint'],
  ['up-poll', 'my discriminator', '00000000', 'my-discriminator-zero'],
  ['up-poll', 'your discriminator', '00000000', 'your-discriminator-zero'],
  ['init', 'your discriminator', '00000000', 'your-discriminator-zero'],
];

describe('a BFD control packet with one thing wrong is dropped', () => {
  for (const [name, field, to, reason] of mutations) {
    it(`as ${reason}: bfd/${name}, ${field} ${to}`, () => {
      assert.equal(reasonOf(withField(readVector(`bfd/${name}`), field, to)), reason);
    });
  }

  it('as truncated: every shorter payload, down to nothing', () => {
    const { bytes } = readVector('bfd/up-poll');
    for (let length = 0; length < 24; length++) assert.equal(reasonOf(bytes.slice(0, length)), 'truncated');
  });

  it('as authentication: the A bit with a section that fits', () => {
    const password = Uint8Array.of(...withField(readVector('bfd/up-poll'), 'state, flags', 'e4'), 1, 4, 1, 0x61);
    password[3] = 28;
    assert.equal(reasonOf(password), 'authentication');
  });

  it('as length: the A bit without a section', () => {
    assert.equal(reasonOf(withField(readVector('bfd/up-poll'), 'state, flags', 'e4')), 'length');
    const oneMore = Uint8Array.of(...withField(readVector('bfd/up-poll'), 'state, flags', 'e4'), 1);
    oneMore[3] = 25;
    assert.equal(reasonOf(oneMore), 'length');
  });
});

describe('of two wrong things in a BFD control packet', () => {
  /** What to write at which place of an Up packet with two bytes of authentication, to bring about one reason. */
  const breakers: readonly (readonly [ControlDrop, at: number, hex: string])[] = [
    ['version', 0, '40'],
    ['length', 3, '20'],
    ['detect-mult-zero', 2, '00'],
    ['multipoint', 1, 'e1'],
    ['my-discriminator-zero', 4, '00000000'],
    ['your-discriminator-zero', 8, '00000000'],
  ];

  it('the one of the earlier check is the reason', () => {
    for (const [i, first] of breakers.entries()) {
      assert.equal(reasonOf(broken(first)), first[0]);
      for (const second of breakers.slice(i + 1)) assert.equal(reasonOf(broken(first, second)), first[0]);
    }
  });

  it('the order tested is the order told', () => {
    const order = ['truncated', ...breakers.map(([reason]) => reason), 'authentication'];
    assert.deepEqual(controlDrops, order);
  });

  function broken(...chosen: typeof breakers): Uint8Array {
    const bytes = readVector('bfd/up-poll').bytes.slice();
    for (const [, at, hex] of chosen) bytes.set(fromHex(hex), at);
    return bytes;
  }
});

const word = (least = 0) => fc.integer({ min: least, max: 0xffff_ffff });
const anyPacket: fc.Arbitrary<ControlPacket> = fc
  .record(
    {
      diagnostic: fc.integer({ min: 0, max: 31 }),
      state: fc.constantFrom(...bfdStates),
      bits: fc.constantFrom({ poll: true, final: false }, { poll: false, final: true }, { poll: false, final: false }),
      controlPlaneIndependent: fc.boolean(),
      demand: fc.boolean(),
      detectMult: fc.integer({ min: 1, max: 255 }),
      myDiscriminator: word(1),
      yourDiscriminator: word(1),
      desiredMinTx: word(),
      requiredMinRx: word(),
      requiredMinEchoRx: word(),
    },
    { noNullPrototype: true },
  )
  .map(({ bits, ...rest }) => ({ ...rest, ...bits }));

describe('any BFD control packet', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        assert.deepEqual(decodeControlPacket(encodeControlPacket(packet)), { ok: true, packet });
      }),
      { numRuns: 2000 },
    );
  });

  it('is written with the A and M bits clear, and 24 bytes long', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const bytes = encodeControlPacket(packet);
        assert.equal(bytes.length, 24);
        assert.equal(bytes[3], 24);
        assert.equal(bytes[1]! & 0x05, 0);
      }),
    );
  });
});

describe('any bytes as a BFD control packet', () => {
  const vectors = vectorNames('bfd').map((name) => readVector(name).bytes);
  /** Any byte, the bits of the second, a claim to authentication, or a whole word of zeros. */
  const change = fc.oneof(
    fc.record({ at: fc.nat(23), with: fc.nat(255).map((byte) => [byte]) }),
    fc.record({ at: fc.constant(1), with: fc.nat(7).map((bits) => [0xc0 | bits]) }),
    fc.record({ at: fc.constant(1), with: fc.constant([0xc4, 3, 26]) }),
    fc.record({ at: fc.constant(2), with: fc.constant([0]) }),
    fc.record({ at: fc.constantFrom(4, 8), with: fc.constant([0, 0, 0, 0]) }),
  );
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc
      .tuple(fc.constantFrom(...vectors), fc.array(change, { maxLength: 2 }), fc.constantFrom(28, 28, 26, 24, 23))
      .map(([good, changes, length]) => {
        const bytes = new Uint8Array(28);
        bytes.set(good);
        for (const { at, with: replaced } of changes) bytes.set(replaced, at);
        return bytes.slice(0, length);
      }),
  );

  it('are a packet or a named reason, and are left as they are', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(payload, (bytes) => {
        const before = bytes.slice();
        const decoded = decodeControlPacket(bytes);
        seen.add(decoded.ok ? 'accepted' : decoded.reason);
        if (!decoded.ok) assert.ok(controlDrops.includes(decoded.reason), `unnamed reason ${decoded.reason}`);
        assert.deepEqual(bytes, before);
      }),
      { numRuns: 20_000 },
    );
    assert.deepEqual([...seen].sort(), ['accepted', ...controlDrops].sort());
  });
});

describe('a packet that nobody may send', () => {
  const wrong: readonly (readonly [string, Partial<ControlPacket>])[] = [
    ['both P and F', { poll: true, final: true }],
    ['a detect mult of 0', { detectMult: 0 }],
    ['a detect mult of 256', { detectMult: 256 }],
    ['no discriminator of its own', { myDiscriminator: 0 }],
    ['a discriminator of 33 bits', { yourDiscriminator: 2 ** 32 }],
    ['a fraction of a microsecond', { desiredMinTx: 0.5 }],
    ['a negative interval', { requiredMinRx: -1 }],
    ['a diagnostic of six bits', { diagnostic: 32 }],
  ];
  for (const [what, change] of wrong) {
    it(`with ${what} is our own fault`, () => {
      assert.throws(() => encodeControlPacket({ ...up, ...change }), InvariantError);
    });
  }
});

function reasonOf(payload: Uint8Array): ControlDrop | 'accepted' {
  const decoded = decodeControlPacket(payload);
  return decoded.ok ? 'accepted' : decoded.reason;
}
