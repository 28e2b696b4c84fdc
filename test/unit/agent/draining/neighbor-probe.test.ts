import assert from 'node:assert/strict';
import { createNeighborProbe } from '../../../../src/agent/draining/neighbor-probe.js';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import {
  decodeNeighborFrame,
  encodeArpReply,
  encodeSolicitedNeighborAdvertisement,
} from '../../../../src/core/wire/neighbor-frame.js';
import { LinuxError } from '../../../../src/platform/linux/errno.js';
import type { openPacketSocket } from '../../../../src/platform/linux/packet-socket.js';

const bytes = (text: string) => ipToBytes(parseIp(text)!);
const mac = Uint8Array.of(2, 0, 0, 0, 0, 9);
const station = Uint8Array.of(2, 0, 0, 0, 0, 1);

function nic() {
  const sent: Uint8Array[] = [];
  const waiting: Uint8Array[] = [];
  const state = { bound: true, opened: 0, closed: 0, refuse: false, drops: 0 };
  const open: typeof openPacketSocket = () => {
    if (state.refuse) throw new LinuxError({ errno: 19, operation: 'bind', object: 'packet socket' });
    state.opened++;
    state.bound = true;
    return {
      fd: 9,
      receive(buffer) {
        const frame = waiting.shift();
        buffer.set(frame ?? []);
        return frame?.length ?? 0;
      },
      send(frame, length) {
        sent.push(frame.slice(0, length));
        return 0;
      },
      join() {},
      leave() {},
      down: () => false,
      isBound: () => state.bound,
      drops: () => state.drops,
      close: () => void state.closed++,
    };
  };
  return { probe: createNeighborProbe(open), sent, waiting, state };
}

describe('who asks whether a node lives', () => {
  for (const [family, own, theirs, answer] of [
    [
      'IPv4',
      '192.0.2.9',
      '192.0.2.1',
      encodeArpReply({ mac: station, address: bytes('192.0.2.1'), to: { mac, address: bytes('192.0.2.9') } }),
    ],
    [
      'IPv6',
      'fe80::9',
      'fe80::1',
      encodeSolicitedNeighborAdvertisement({
        mac: station,
        address: bytes('fe80::1'),
        router: false,
        source: bytes('fe80::1'),
        to: { mac, address: bytes('fe80::9') },
      }),
    ],
  ] as const)
    it(`asks for its ${family} address in its own name, and hears the answer once`, () => {
      const { probe, sent, waiting } = nic();
      probe.ask({ nic: 2, address: theirs }, { mac, source: bytes(own) }, station);
      const decoded = decodeNeighborFrame(sent[0]!, sent[0]!.length);
      assert.ok(decoded.ok);
      const { message } = decoded;
      assert.deepEqual(message.type === 'arp' ? message.targetAddress : message.target, bytes(theirs));
      assert.deepEqual(message.type === 'arp' ? message.senderAddress : message.source, bytes(own));
      waiting.push(Uint8Array.of(1, 2, 3), answer);
      assert.deepEqual([...probe.heard().neighbors], [[`2 ${theirs}`, station]]);
      assert.deepEqual(probe.heard(), { neighbors: new Map(), overrun: new Set() });
    });

  it('asks one station where that is known, and everybody where it is not', () => {
    const { probe, sent } = nic();
    for (const known of [station, undefined])
      probe.ask({ nic: 2, address: '192.0.2.1' }, { mac, source: bytes('192.0.2.9') }, known);
    assert.deepEqual(sent[0]!.subarray(0, 6), station);
    assert.deepEqual(sent[1]!.subarray(0, 6), new Uint8Array(6).fill(0xff));
  });

  it('opens a socket anew when its NIC is another, and closes what nobody needs', () => {
    const { probe, state } = nic();
    const ask = () => probe.ask({ nic: 2, address: '192.0.2.1' }, { mac, source: bytes('192.0.2.9') }, station);
    ask();
    ask();
    assert.equal(state.opened, 1);
    state.bound = false;
    ask();
    assert.deepEqual([state.opened, state.closed], [2, 1]);
    probe.keep(new Set());
    assert.equal(state.closed, 2);
  });

  it('hears nobody on a NIC that takes no socket', () => {
    const { probe, state } = nic();
    state.refuse = true;
    probe.ask({ nic: 2, address: '192.0.2.1' }, { mac, source: bytes('192.0.2.9') }, station);
    assert.equal(probe.heard().neighbors.size, 0);
  });

  it('says when more came than it read, or was lost, since an answer may have been among that', () => {
    const { probe, waiting, state } = nic();
    probe.ask({ nic: 2, address: '192.0.2.1' }, { mac, source: bytes('192.0.2.9') }, station);
    for (let n = 0; n < 600; n++) waiting.push(Uint8Array.of(1, 2, 3));
    assert.deepEqual([...probe.heard().overrun], [2]);
    assert.equal(waiting.length, 88, 'it reads a bounded number each time');
    assert.deepEqual([...probe.heard().overrun], []);
    state.drops = 5;
    assert.deepEqual([...probe.heard().overrun], [2]);
    assert.deepEqual([...probe.heard().overrun], [], 'what was lost before says nothing of now');
  });
});
