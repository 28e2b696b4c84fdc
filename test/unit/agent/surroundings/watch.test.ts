import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import type { MemberReport } from '../../../../src/agent/engine/messages.js';
import type { Finding } from '../../../../src/agent/surroundings/findings.js';
import { watchSurroundings } from '../../../../src/agent/surroundings/watch.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { eventually } from '../../../lab/eventually.js';

const groupOf = (name: string, protocol: 'vip' | 'layer2'): VipGroup => ({
  metadata: { name },
  spec: { eip: 'pool', protocol, interface: 'eth0', addresses: ['192.0.2.100'], members: [] },
});
const reportOf = (group: string): MemberReport => ({
  group,
  state: 'Backup',
  priority: 100,
  interface: 'eth0',
  address: '192.0.2.1',
  reason: undefined,
  activeSource: undefined,
  reasons: [],
  message: undefined,
  held: [],
  notHeld: [],
});

const addressOf = (cidr: string) => ({ address: cidr.slice(0, cidr.indexOf('/')), cidr }) as NetworkInterfaceInfo;

describe('watching what is in the way of groups', () => {
  it('tells each group once, the log once for all, both again when it is over, and leaves the leader of a vip group alone', async () => {
    const groups = new Map(
      [groupOf('a', 'layer2'), groupOf('b', 'layer2'), groupOf('c', 'vip')].map((group) => [
        group.metadata.name,
        group,
      ]),
    );
    const found: string[] = [];
    const log: string[] = [];
    let arpIgnore = 0;
    const watch = watchSurroundings({
      failed: (error) => assert.fail(String(error)),
      group: (name) => groups.get(name),
      found: (group, findings: readonly Finding[]) => found.push(`${group}: ${findings.map(({ reason }) => reason)}`),
      log: { warn: (message) => void log.push(message), info: (message) => void log.push(message) },
      read: () => ({
        ipv4: new Set(),
        interfaces: {},
        subnets: new Map(),
        hasInterface: () => true,
        hasArpOff: () => false,
        setting: () => arpIgnore,
      }),
      everyMs: 5,
    });
    for (const name of groups.keys())
      watch.report(name === 'c' ? { ...reportOf(name), state: 'Active' } : reportOf(name));
    await eventually('findings', () => found.length >= 2);
    arpIgnore = 1;
    await eventually('the end of it', () => found.length >= 4);
    watch.stop();
    assert.deepEqual(found, ['a: StrictArpOff', 'b: StrictArpOff', 'a: ', 'b: ']);
    assert.deepEqual(log, ['the kernel answers for addresses of a group, whoever leads', 'no longer in the way']);
  });

  it('tells nothing of an address that the engine has taken while its report of that is under way', async () => {
    const found: string[] = [];
    let looks = 0;
    let over = false;
    const watch = watchSurroundings({
      failed: (error) => assert.fail(String(error)),
      group: (name) => groupOf(name, 'vip'),
      found: (group, findings: readonly Finding[]) => found.push(`${group}: ${findings.map(({ reason }) => reason)}`),
      log: { warn: (message) => assert.fail(message), info: (message) => assert.fail(message) },
      read: () => {
        looks += 1;
        const state = looks % 2 === 0 ? 'Active' : 'Backup';
        if (!over) queueMicrotask(() => watch.report({ ...reportOf('a'), state })); // after this look, before the next
        return {
          ipv4: new Set(['192.0.2.100']),
          interfaces: { eth0: [addressOf('192.0.2.1/24'), addressOf('192.0.2.100/32')] },
          subnets: new Map(),
          hasInterface: () => false,
          hasArpOff: () => false,
          setting: () => 0,
        };
      },
      everyMs: 1,
    });
    watch.report(reportOf('a'));
    await eventually('some looks', () => looks >= 6, { everyMs: 1 });
    over = true;
    watch.stop();
    assert.deepEqual(found, []);
  });

  it('tells a group anew what is in its way when the node left it and took part again before the next look', async () => {
    const found: string[] = [];
    const watch = watchSurroundings({
      failed: (error) => assert.fail(String(error)),
      group: (name) => groupOf(name, 'layer2'),
      found: (group, findings: readonly Finding[]) => found.push(`${group}: ${findings.map(({ reason }) => reason)}`),
      log: { warn: () => {}, info: () => {} },
      read: () => ({
        ipv4: new Set(),
        interfaces: {},
        subnets: new Map(),
        hasInterface: () => true,
        hasArpOff: () => false,
        setting: () => 0,
      }),
      everyMs: 1,
    });
    watch.report(reportOf('a'));
    await eventually('findings', () => found.length === 1, { everyMs: 1 });
    watch.forget('a');
    watch.report(reportOf('a'));
    await eventually('the same findings', () => found.length === 3, { everyMs: 1 });
    watch.stop();
    assert.deepEqual(found, ['a: StrictArpOff', 'a: ', 'a: StrictArpOff']);
  });
});
