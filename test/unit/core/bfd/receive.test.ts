import assert from 'node:assert/strict';
import {
  type Datagram,
  type ReceptionDrop,
  receiveDatagram,
  receptionDrops,
  type Sessions,
} from '../../../../src/core/bfd/receive.js';
import { encodeControlPacket } from '../../../../src/core/wire/bfd.js';
import { equalOctets } from '../../../../src/core/wire/octets.js';
import { readVector, withField } from '../../../vectors/vector.js';
import { identity, packet } from './given.js';

const router = Uint8Array.of(192, 0, 2, 1);
const sessions: Sessions<string> = {
  byDiscriminator: (discriminator) => (discriminator === identity.localDiscriminator ? 'to the router' : undefined),
  byNeighbor: (source, nic) => (nic === 2 && equalOctets(source, router) ? 'to the router' : undefined),
};

function datagram(changes: Partial<Datagram> = {}): Datagram {
  const payload = encodeControlPacket(packet('Up'));
  return { payload, hopLimit: 255, source: router, sourcePort: 50_000, nic: 2, ...changes };
}

const first = encodeControlPacket(packet('Down', { yourDiscriminator: 0 }));

describe('a datagram to the BFD port', () => {
  it('belongs to the session that its discriminator names', () => {
    const expected = { ok: true, session: 'to the router', packet: packet('Up'), flags: [] };
    assert.deepEqual(receiveDatagram(datagram(), sessions), expected);
  });

  it('belongs to it although it comes from another address by another interface', () => {
    assert.ok(receiveDatagram(datagram({ source: Uint8Array.of(192, 0, 2, 9), nic: 7 }), sessions).ok);
  });

  it('belongs to the session with its sender while that knows no discriminator', () => {
    assert.ok(receiveDatagram(datagram({ payload: first }), sessions).ok);
  });

  it('counts although it comes from an unusual port, which is told', () => {
    for (const [sourcePort, flags] of [
      [49_151, ['source-port']],
      [49_152, []],
      [65_535, []],
      [3784, ['source-port']],
    ] as const) {
      const received = receiveDatagram(datagram({ sourcePort }), sessions);
      assert.deepEqual(received.ok && received.flags, flags);
    }
  });

  const drops: readonly (readonly [string, Partial<Datagram>, ReceptionDrop])[] = [
    ['with hop limit 254', { hopLimit: 254 }, 'hop-limit'],
    ['with hop limit 1', { hopLimit: 1 }, 'hop-limit'],
    ['with a hop limit that the kernel did not tell', { hopLimit: undefined }, 'hop-limit'],
    ['for a session that does not exist', { payload: yours(0x0b00_0002) }, 'discriminator-unknown'],
    ['from a neighbour of no session', { payload: first, source: Uint8Array.of(192, 0, 2, 9) }, 'neighbor-unknown'],
    ['from a neighbour by another interface', { payload: first, nic: 3 }, 'neighbor-unknown'],
    ['of 23 bytes', { payload: first.slice(0, 23) }, 'truncated'],
    ['in version 2', { payload: withField(readVector('bfd/down'), 'version 1, diagnostic', '40') }, 'version'],
  ];
  for (const [what, change, reason] of drops) {
    it(`${what} is dropped as ${reason}`, () => {
      assert.deepEqual(receiveDatagram(datagram(change), sessions), { ok: false, reason });
    });
  }

  it('with authentication is dropped as authentication, even to the right session', () => {
    const payload = Uint8Array.of(...datagram().payload, 1, 4, 1, 0x61);
    payload[1]! |= 0x04;
    payload[3] = 28;
    assert.deepEqual(receiveDatagram(datagram({ payload }), sessions), { ok: false, reason: 'authentication' });
  });

  it('from beyond the link is not read at all', () => {
    const payload = new Uint8Array(0);
    assert.deepEqual(receiveDatagram(datagram({ payload, hopLimit: 64 }), sessions), {
      ok: false,
      reason: 'hop-limit',
    });
  });

  it('from many hops away is taken with what is left of its hop limit, but not with less than is asked for', () => {
    for (const [hopLimit, ok] of [
      [254, true],
      [64, true],
      [63, false],
      [undefined, false],
    ] as const) {
      assert.equal(receiveDatagram(datagram({ hopLimit }), sessions, 64).ok, ok, `${hopLimit}`);
      assert.equal(receiveDatagram(datagram({ hopLimit }), sessions).ok, false);
    }
  });

  it('has a name for each drop, once', () => {
    assert.equal(new Set(receptionDrops).size, receptionDrops.length);
  });
});

function yours(yourDiscriminator: number): Uint8Array {
  return encodeControlPacket(packet('Up', { yourDiscriminator }));
}
