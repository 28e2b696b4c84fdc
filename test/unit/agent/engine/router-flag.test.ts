import assert from 'node:assert/strict';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { decodeNeighborFrame } from '../../../../src/core/wire/neighbor-frame.js';
import { createLan, groupOf } from './lan.js';

const second = 1_000_000;
const vip = ipToBytes(parseIp('2001:db8::100')!);

describe('the neighbour advertisements of a leader', () => {
  it('say whether its NIC forwards, and follow the setting within seconds (RFC 4861 section 7.2.6)', () => {
    const lan = createLan();
    const host = lan.host(1);
    const flags: boolean[] = [];
    const { openPacketSocket } = host.kernel;
    (host.kernel as { openPacketSocket: typeof openPacketSocket }).openPacketSocket = (o) => {
      const socket = openPacketSocket(o);
      return {
        ...socket,
        send(frame, length) {
          const decoded = decodeNeighborFrame(frame, length);
          if (decoded.ok && decoded.message.type === 'neighbor-advertisement') flags.push(decoded.message.router);
          return socket.send(frame, length);
        },
      };
    };
    const lead = (number: number) => {
      const group = {
        ...groupOf([1], 1, { family: 6, addresses: [vip] }),
        name: `g${number}`,
        virtualRouterId: number,
      };
      host.engine().configure([{ ...group, addresses: [ipToBytes(parseIp(`2001:db8::${number}`)!)] }], []);
      lan.run(2 * second);
      return flags.splice(0);
    };
    const all = (values: readonly boolean[]) => [...new Set(values)];
    assert.deepEqual(all(lead(1)), [false]);
    host.forwards = true;
    lan.run(6 * second);
    flags.splice(0);
    assert.deepEqual(all(lead(2)), [true]);
    host.forwards = false;
    lan.run(6 * second);
    flags.splice(0);
    assert.deepEqual(all(lead(3)), [false]);
  });
});
