import assert from 'node:assert/strict';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { answerTo, type NeighborMessage, silences } from '../../../../src/core/neighbor/answer.js';
import { broadcastMac, multicastMac } from '../../../../src/core/wire/mac.js';
import { allNodesGroup } from '../../../../src/core/wire/ndp.js';
import {
  decodeNeighborFrame,
  encodeArpProbe,
  encodeArpReply,
  encodeGratuitousArp,
  encodeNeighborSolicitation,
  encodeUnsolicitedNeighborAdvertisement,
} from '../../../../src/core/wire/neighbor-frame.js';

const bytes = (text: string) => ipToBytes(parseIp(text)!);
const us = Uint8Array.of(2, 0, 0, 0, 0, 1);
const asker = Uint8Array.of(2, 0, 0, 0, 0, 9);
const vip = bytes('192.0.2.100');
const vip6 = bytes('2001:db8::100');

const decoded = (frame: Uint8Array): NeighborMessage => {
  const result = decodeNeighborFrame(frame, frame.length);
  assert.ok(result.ok, JSON.stringify(result));
  return result.message;
};
const answer = (message: NeighborMessage) =>
  answerTo(message, us, true, (address) => [vip, vip6].some((each) => Buffer.compare(each, address) === 0));
const answered = (message: NeighborMessage) => {
  const frame = answer(message);
  assert.ok(typeof frame !== 'string', String(frame));
  return decoded(frame);
};

describe('a neighbour who asks', () => {
  const probe = decoded(encodeArpProbe({ mac: asker, address: vip }));
  const solicitation = decoded(encodeNeighborSolicitation({ mac: asker, address: vip6, source: bytes('fe80::9') }));

  it('for an IPv6 address is told whether this node is a router', () => {
    for (const router of [true, false]) {
      const frame = answerTo(solicitation, us, router, () => true);
      assert.ok(typeof frame !== 'string');
      const message = decoded(frame);
      assert.ok(message.type === 'neighbor-advertisement');
      assert.equal(message.router, router);
    }
  });

  it('by ARP is answered with the MAC of the NIC, alone', () => {
    const reply = answered({ ...probe, senderAddress: bytes('192.0.2.9') } as NeighborMessage);
    assert.deepEqual(reply, {
      type: 'arp',
      operation: 'reply',
      senderMac: us,
      senderAddress: vip,
      targetMac: asker,
      targetAddress: bytes('192.0.2.9'),
      destinationMac: asker,
      vlan: 0,
    });
  });

  it('by ARP without an address of its own (a probe) is answered, too', () => {
    assert.equal(answered(probe).type, 'arp');
  });

  it('by a solicitation is answered as solicited and overriding', () => {
    const reply = answered(solicitation);
    assert.ok(reply.type === 'neighbor-advertisement');
    assert.deepEqual(
      [reply.solicited, reply.override, reply.destination, reply.destinationMac, reply.linkLayerAddress],
      [true, true, bytes('fe80::9'), asker, us],
    );
  });

  it('to detect a duplicate is answered to all nodes, unsolicited', () => {
    const reply = answered(decoded(encodeNeighborSolicitation({ mac: asker, address: vip6 })));
    assert.ok(reply.type === 'neighbor-advertisement');
    assert.deepEqual([reply.solicited, reply.destination], [false, bytes('ff02::1')]);
  });

  it('this very NIC is answered', () => {
    assert.equal(answered({ ...probe, destinationMac: us }).type, 'arp');
  });

  const unanswered: readonly (readonly [string, NeighborMessage, string])[] = [
    ['in a VLAN', { ...probe, vlan: 5 }, 'vlan'],
    ['from this NIC', decoded(encodeArpProbe({ mac: us, address: vip })), 'own-frame'],
    ['from this NIC, by NDP', { ...solicitation, sourceMac: us } as NeighborMessage, 'own-frame'],
    ['to another station', { ...probe, destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 7) }, 'other-station'],
    [
      'by NDP to another station',
      { ...solicitation, destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 7) } as NeighborMessage,
      'other-station',
    ],
    ['to a group', { ...probe, destinationMac: Uint8Array.of(1, 0, 0x5e, 0, 0, 1) }, 'other-group'],
    [
      'by NDP to the Ethernet group of all nodes',
      { ...solicitation, destinationMac: multicastMac(allNodesGroup()) } as NeighborMessage,
      'other-group',
    ],
    [
      'by NDP to the IPv6 group of all nodes, in a frame to us',
      { ...solicitation, destinationMac: us, destination: allNodesGroup() } as NeighborMessage,
      'other-group',
    ],
    ['for an address of others', decoded(encodeArpProbe({ mac: asker, address: bytes('192.0.2.1') })), 'not-ours'],
    ['for an IPv6 address of others', { ...solicitation, target: bytes('2001:db8::1') } as NeighborMessage, 'not-ours'],
    [
      'that is a reply',
      decoded(encodeArpReply({ mac: asker, address: vip, to: { mac: us, address: vip } })),
      'not-a-request',
    ],
    [
      'that is an announcement',
      decoded(encodeGratuitousArp({ kind: 'request', mac: asker, address: vip })),
      'announcement',
    ],
    [
      'that is an advertisement',
      decoded(encodeUnsolicitedNeighborAdvertisement({ mac: asker, address: vip6, router: false })),
      'not-a-request',
    ],
  ];
  for (const [what, message, reason] of unanswered) {
    it(`${what} gets no answer: ${reason}`, () => assert.equal(answer(message), reason));
  }

  it('has every reason for silence shown above', () => {
    assert.deepEqual(new Set(unanswered.map(([, , reason]) => reason)), new Set(silences));
  });

  it('by a solicitation to the address itself, as hosts do before they give a neighbour up, is answered', () => {
    const unicast = { ...solicitation, destination: vip6, destinationMac: us } as NeighborMessage;
    assert.equal(answered(unicast).type, 'neighbor-advertisement');
  });

  it('broadcast is what the probes above were sent to', () => {
    assert.deepEqual(probe.destinationMac, broadcastMac());
  });
});
