import assert from 'node:assert/strict';
import { claimOf } from '../../../../src/core/neighbor/claim.js';
import {
  decodeNeighborFrame,
  encodeArpProbe,
  encodeArpReply,
  encodeGratuitousArp,
  encodeNeighborSolicitation,
  encodeUnsolicitedNeighborAdvertisement,
} from '../../../../src/core/wire/neighbor-frame.js';

const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
const four = Uint8Array.of(192, 0, 2, 1);
const asker = { mac: Uint8Array.of(2, 0, 0, 0, 0, 2), address: Uint8Array.of(192, 0, 2, 2) };
const local = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9);
const six = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

describe('a claim to an address', () => {
  for (const [what, frame, expected] of [
    ['a gratuitous request', encodeGratuitousArp({ kind: 'request', mac, address: four }), ['holds', four]],
    ['a gratuitous reply', encodeGratuitousArp({ kind: 'reply', mac, address: four }), ['holds', four]],
    ['a reply', encodeArpReply({ mac, address: four, to: asker }), ['holds', four]],
    ['an ARP probe', encodeArpProbe({ mac, address: four }), ['wants', four]],
    ['an advertisement', encodeUnsolicitedNeighborAdvertisement({ mac, address: six, router: true }), ['holds', six]],
    ['duplicate address detection', encodeNeighborSolicitation({ mac, address: six }), ['wants', six]],
    [
      'a solicitation by somebody with an address',
      encodeNeighborSolicitation({ mac, address: six, source: local }),
      [],
    ],
  ] as const) {
    it(`is read from ${what}`, () => {
      const decoded = decodeNeighborFrame(frame, frame.length);
      assert.ok(decoded.ok);
      const claim = claimOf(decoded.message);
      assert.deepEqual(claim === undefined ? [] : [claim.kind, claim.address], expected);
      if (claim !== undefined) assert.deepEqual(claim.mac, mac);
      assert.equal(claimOf({ ...decoded.message, vlan: 7 }), undefined, 'nor in a VLAN that is not ours');
    });
  }
});
