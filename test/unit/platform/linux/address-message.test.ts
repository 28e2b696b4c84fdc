import assert from 'node:assert/strict';
import {
  addressFlag,
  decodeAddress,
  encodePutAddress,
  keepsAddressProtocol,
  readdressPut,
} from '../../../../src/platform/linux/address-message.js';

const words = (...values: number[]): number[] => [...new Uint8Array(Uint32Array.from(values).buffer)];

/** An RTM_NEWADDR as the kernel sends it: struct ifaddrmsg, then attributes. */
function announced(o: { prefixLength?: number; flags?: number; valid?: number; protocol?: number; family?: number }) {
  const { prefixLength = 32, flags = 0x220, valid = 2, protocol, family = 2 } = o;
  const data = [
    ...[family, prefixLength, flags & 0xff, 0], // family, prefix length, flags, scope global
    ...words(7), // interface
    ...[8, 0, 1, 0, 10, 1, 0, 1], // IFA_ADDRESS
    ...[8, 0, 2, 0, 10, 1, 0, 1], // IFA_LOCAL
    ...[20, 0, 6, 0, ...words(0, valid, 0, 0)], // IFA_CACHEINFO: preferred, valid, created, updated
    ...[8, 0, 8, 0, ...words(flags)], // IFA_FLAGS
    ...(protocol === undefined ? [] : [5, 0, 11, 0, protocol, 0, 0, 0]), // IFA_PROTO
  ];
  return { type: 20, flags: 0, seq: 0, data: Buffer.from(data) };
}

describe('a leased address as a message', () => {
  it('is RTM_NEWADDR, create or replace, with lifetimes, flags and our mark, byte by byte', () => {
    const message = encodePutAddress({
      interfaceIndex: 7,
      address: Uint8Array.of(10, 1, 0, 1),
      lifetimeSeconds: 2,
    });
    assert.deepEqual(
      [...message],
      [
        ...words(16 + 8 + 8 + 8 + 8 + 20 + 5),
        ...[20, 0, 0x01, 0x05], // RTM_NEWADDR; NLM_F_REQUEST | REPLACE | CREATE
        ...words(0, 0), // sequence number, port
        ...[2, 32, 0, 0], // AF_INET, /32, flags (in IFA_FLAGS), scope global
        ...words(7), // interface
        ...[8, 0, 2, 0, 10, 1, 0, 1], // IFA_LOCAL
        ...[8, 0, 1, 0, 10, 1, 0, 1], // IFA_ADDRESS
        ...[8, 0, 8, 0, ...words(0x200)], // IFA_FLAGS: noprefixroute
        ...[20, 0, 6, 0, ...words(0, 2, 0, 0)], // IFA_CACHEINFO: preferred 0, valid 2 s
        ...[5, 0, 11, 0, 112, 0, 0, 0], // IFA_PROTO, padded
      ],
    );
  });

  it('asks for no duplicate address detection in IPv6', () => {
    const address = new Uint8Array(16).fill(1);
    const message = Buffer.from(encodePutAddress({ interfaceIndex: 7, address, lifetimeSeconds: 2 }));
    assert.equal(message.readUInt32LE(16 + 8 + 20 + 20 + 4), addressFlag.noPrefixRoute | addressFlag.noDad);
  });

  for (const length of [4, 16])
    it(`of ${length} bytes, readdressed, is the same as encoded afresh`, () => {
      const one = { interfaceIndex: 7, address: new Uint8Array(length).fill(1), lifetimeSeconds: 2 };
      const other = { interfaceIndex: 0x01020304, address: new Uint8Array(length).fill(9), lifetimeSeconds: 2 };
      const encoded = encodePutAddress(one);
      const bytes = new Uint8Array(3 + encoded.length);
      bytes.set(encoded, 3);
      readdressPut(bytes, new DataView(bytes.buffer), 3, other);
      assert.deepEqual([...bytes.subarray(3)], [...encodePutAddress(other)]);
      assert.deepEqual([...bytes.subarray(0, 3)], [0, 0, 0]);
      assert.deepEqual([...encoded], [...encodePutAddress(one)], 'the example stays as it was');
    });

  it('has 4 or 16 bytes of address, or is refused', () => {
    for (const length of [0, 3, 5, 17])
      assert.throws(
        () => encodePutAddress({ interfaceIndex: 7, address: new Uint8Array(length), lifetimeSeconds: 2 }),
        RangeError,
      );
  });
});

describe('an announced address', () => {
  it('is decoded field by field', () => {
    assert.deepEqual(decodeAddress(announced({ protocol: 112 }), true), {
      interfaceIndex: 7,
      address: Uint8Array.of(10, 1, 0, 1),
      prefixLength: 32,
      scope: 0,
      flags: 0x220,
      ours: true,
      lifetimeSeconds: 2,
    });
  });

  it('has no end when the kernel says 0xffffffff', () => {
    assert.equal(decodeAddress(announced({ valid: 0xffffffff }), true)!.lifetimeSeconds, Number.POSITIVE_INFINITY);
  });

  it('of another family is none', () => {
    assert.equal(decodeAddress(announced({ family: 7 }), true), undefined);
  });

  const cases: [claim: string, o: Parameters<typeof announced>[0], marksKept: boolean, ours: boolean][] = [
    ['with our mark is ours', { protocol: 112 }, true, true],
    ['with our mark is ours on any kernel', { protocol: 112 }, false, true],
    ["with keepalived's mark is not ours", { protocol: 18 }, true, false],
    ["with keepalived's mark is not ours however it looks", { protocol: 18 }, false, false],
    ['without a mark is not ours where marks are kept', {}, true, false],
    ['without a mark is ours where none are kept and it looks leased', {}, false, true],
    ['that is permanent is not ours', { valid: 0xffffffff }, false, false],
    ['that may be a source address is not ours', { flags: 0x200 }, false, false],
    ['with a prefix route is not ours', { flags: 0x20 }, false, false],
    ['of a whole subnet is not ours', { prefixLength: 24 }, false, false],
  ];
  for (const [claim, o, marksKept, ours] of cases)
    it(claim, () => assert.equal(decodeAddress(announced(o), marksKept)!.ours, ours));
});

describe('a kernel release', () => {
  for (const [release, keeps] of [
    ['5.17.15-76051715-generic', false],
    ['5.18.0', true],
    ['5.4.0-150-generic', false],
    ['6.1.0-13-amd64', true],
    ['4.18.0-553.el8.x86_64', false],
    ['10.0', true],
  ] as const)
    it(`${release} ${keeps ? 'keeps' : 'drops'} the mark of an address`, () =>
      assert.equal(keepsAddressProtocol(release), keeps));
});
