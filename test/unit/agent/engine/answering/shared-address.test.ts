import assert from 'node:assert/strict';
import { ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';
import { encodeArp } from '../../../../../src/core/wire/arp.js';
import { broadcastMac } from '../../../../../src/core/wire/mac.js';
import { encodeGratuitousArp } from '../../../../../src/core/wire/neighbor-frame.js';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';

const ms = 1_000;
const second = 1_000_000;
const vip = '192.0.2.100';
const stranger = Uint8Array.of(2, 0, 0, 0, 0, 0x66);
const bytes = (text: string) => ipToBytes(parseIp(text)!);

for (const answer of ['nic', 'responder'] as const) {
  describe(`an address in two groups of a node, in mode ${answer}`, () => {
    let lan: Lan;
    let host: LanHost;
    const group = (name: string, addresses = [bytes(vip)]) =>
      groupOf([1], 1, { name, answer, addresses, virtualRouterId: name === 'a' ? 51 : 52 });
    const held = (name: string) => host.state(name)?.held;
    /** Whether somebody who asks for the address is answered. */
    const answers = () => {
      if (answer === 'nic') return host.held().includes(vip);
      const before = host.engine().report().counters.neighbor_answers_sent ?? 0;
      const to = { targetMac: new Uint8Array(6), targetAddress: bytes(vip), destinationMac: broadcastMac() };
      host.inject(encodeArp({ operation: 'request', senderMac: stranger, senderAddress: bytes('192.0.2.9'), ...to }));
      lan.run(1 * ms);
      return host.engine().report().counters.neighbor_answers_sent === before + 1;
    };

    beforeEach(() => {
      lan = createLan();
      host = lan.host(1);
      host.engine().configure([group('a'), group('b')], []);
      lan.run(8 * second);
    });

    it('is held by both', () => {
      assert.deepEqual([held('a'), held('b')], [[vip], [vip]]);
      assert.ok(answers());
    });

    for (const [first, second_] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      it(`stays when ${first} is released, and goes with ${second_}`, () => {
        host.engine().configure([], [first]);
        for (let i = 0; i < 50; i++) {
          lan.run(100 * ms);
          assert.deepEqual(held(second_), [vip]);
          assert.ok(answers());
        }
        host.engine().configure([], [second_]);
        lan.run(5 * second);
        assert.ok(!answers());
      });

      it(`stays when ${first} has it no more, never gone from the NIC meanwhile`, () => {
        const before = host.work.length;
        host.engine().configure([group(first, [])], []);
        lan.run(5 * second);
        assert.deepEqual([held(first), held(second_)], [[], [vip]]);
        assert.deepEqual(
          host.work.slice(before).filter(({ what }) => what.startsWith('remove')),
          [],
        );
        assert.ok(answers());
      });

      it(`is watched for claims of others after ${first} is gone`, () => {
        host.engine().configure([], [first]);
        lan.run(5 * second);
        const before = host.events.length;
        host.inject(encodeGratuitousArp({ kind: 'reply', mac: stranger, address: bytes(vip) }));
        lan.run(1 * ms);
        const seen = host.events.slice(before).flatMap((event) => (event.type === 'sighting' ? [event] : []));
        assert.deepEqual(
          seen.map(({ kind, group: name }) => [kind, name]),
          [['address-conflict', second_]],
        );
      });
    }

    it('is announced for the one that comes later, too, and both have it after an outage of the address', () => {
      if (answer === 'nic') host.removeAddress(vip);
      lan.run(5 * second);
      assert.deepEqual([held('a'), held('b')], [[vip], [vip]]);
      assert.ok(answers());
    });
  });
}
