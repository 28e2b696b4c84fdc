import assert from 'node:assert/strict';
import { decodeLink } from '../../../../src/platform/linux/link-message.js';

const words = (...values: number[]): number[] => [...new Uint8Array(Uint32Array.from(values).buffer)];
const text = (value: string): number[] => [...Buffer.from(`${value}\0`)];

/** One attribute, padded to 4 bytes. */
function attribute(type: number, payload: number[]): number[] {
  const length = payload.length + 4;
  return [length & 255, length >> 8, type & 255, type >> 8, ...payload, ...new Array<number>(-length & 3).fill(0)];
}

const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;
const IFF_LOWER_UP = 0x10000;
const running = IFF_UP | IFF_RUNNING | IFF_LOWER_UP;

/** An RTM_NEWLINK as the kernel sends it: struct ifinfomsg, then attributes. */
function announced(flags: number, attributes: number[], family = 0) {
  const data = [family, 0, 1, 0, ...words(5, flags, 0), ...attribute(3, text('eth0.7')), ...attributes];
  return { type: 16, flags: 0, seq: 0, data: Buffer.from(data) };
}
const kind = (name: string) => attribute(18, attribute(1, text(name)));
const lower = (index: number) => attribute(5, words(index));

describe('an announced link', () => {
  it('is decoded field by field', () => {
    const mac = [2, 0, 0, 0, 0, 9];
    const message = announced(running, [
      ...attribute(1, mac),
      ...attribute(4, words(1500)),
      ...lower(2),
      ...kind('vlan'),
    ]);
    assert.deepEqual(decodeLink(message), {
      index: 5,
      name: 'eth0.7',
      up: true,
      running: true,
      mac: Uint8Array.from(mac),
      mtu: 1500,
      loopback: false,
      kind: 'vlan',
      parentIndex: 2,
    });
  });

  for (const [claim, flags, up, isRunning] of [
    ['is up and running with carrier', running, true, true],
    ['is not running without carrier', IFF_UP, true, false],
    ['is not running while dormant (802.1X)', IFF_UP | IFF_LOWER_UP, true, false],
    ['is neither when switched off', IFF_RUNNING | IFF_LOWER_UP, false, false],
  ] as const)
    it(claim, () => {
      const link = decodeLink(announced(flags, []))!;
      assert.deepEqual([link.up, link.running], [up, isRunning]);
    });

  it('is loopback when flagged so', () => {
    assert.equal(decodeLink(announced(running | IFF_LOOPBACK, []))!.loopback, true);
  });

  it('has no parent when what it names is the other end of a veth, itself, or in another namespace', () => {
    assert.equal(decodeLink(announced(running, [...lower(2), ...kind('veth')]))!.parentIndex, undefined);
    assert.equal(decodeLink(announced(running, lower(5)))!.parentIndex, undefined);
    const elsewhere = [...lower(2), ...kind('macvlan'), ...attribute(37, words(0))];
    assert.equal(decodeLink(announced(running, elsewhere))!.parentIndex, undefined);
  });

  it('names the bond or bridge it is a port of', () => {
    assert.equal(decodeLink(announced(running, attribute(10, words(3))))!.masterIndex, 3);
  });

  it('is read past attributes nobody has heard of', () => {
    const unknown = [...attribute(999, [1, 2, 3]), ...attribute(4, words(9000))];
    assert.equal(decodeLink(announced(running, unknown))!.mtu, 9000);
  });

  it('is none when a bridge speaks of its port', () => {
    assert.equal(decodeLink(announced(running, [], 7)), undefined);
  });
});
