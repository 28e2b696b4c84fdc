import assert from 'node:assert/strict';
import { askNode, everybodyIsBack, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';

const groups = [1, 2, 3, 4];
const addressesOf = (group: number) =>
  Array.from({ length: 200 }, (_, index) => `10.78.${group}.${index + 1}`).concat(`10.77.0.${100 + group}`);
const all = groups.flatMap(addressesOf);
const vip = '10.77.0.101';

describe('agents in network namespaces, with eight hundred addresses in four groups', function () {
  this.timeout(120_000);
  let subject: ManifestNodes;

  before(async () => {
    subject = await startManifestNodes(`oagmany${process.pid}`, 2);
    for (const group of groups)
      subject.write(`many-${group}`, {
        protocol: 'vip',
        interface: 'eth0',
        addresses: addressesOf(group),
        vrrp: { virtualRouterId: group, advertisementInterval: '100ms', fastDetection: { interval: '10ms' } },
      });
  });
  after(() => subject?.lab.close());
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || subject === undefined) return;
    for (const node of subject.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
  });

  const heldBy = async ({ host }: Node) => (await host.addresses()).filter((address) => all.includes(address));
  const routesOf = ({ host }: Node) => host.run('ip', ['route', 'show', 'table', 'main', 'type', 'local']);

  it('each is on the NIC of the successor after a takeover, and no route of it is left', async () => {
    const leader = await everybodyIsBack({ ...subject, vip });
    const successor = subject.nodes.find((node) => node !== leader)!;
    // It takes at once what a leader has led with for two intervals.
    const heard = async () => (await askNode(successor)).counters.adverts_received ?? 0;
    await eventually('the leader is heard for a while', async () => (await heard()) >= 5 * groups.length);
    const [before, monitor] = [
      await routesOf(leader),
      successor.host.start('routes', 'ip', ['-4', 'monitor', 'route']),
    ];
    const made = new Set<string>();
    monitor.onLine((line) => {
      const [, address] = /^local (10\.7[78]\.\d+\.\d+) .*proto 112/.exec(line) ?? [];
      if (address !== undefined) made.add(address);
    });
    leader.agent().signal('SIGKILL');
    await leader.agent().exited;
    await eventually('all are on the NIC', async () => (await heldBy(successor)).length === all.length);
    await eventually('no route is left', async () => (await routesOf(successor)) === before);
    assert.equal(before, '');
    monitor.signal('SIGTERM');
    assert.ok(made.size > 300, `${made.size} were answered for by routes first`);
  });

  it('a node that is handed them back has them, too, and the other has none and no route', async () => {
    const leader = await everybodyIsBack({ ...subject, vip });
    const other = subject.nodes.find((node) => node !== leader)!;
    leader.agent().signal('SIGTERM');
    await leader.agent().exited;
    await eventually('all are on the NIC', async () => (await heldBy(other)).length === all.length);
    assert.deepEqual([await heldBy(leader), await routesOf(leader), await routesOf(other)], [[], '', '']);
    leader.startAgent();
    assert.equal(await settledLeader({ ...subject, vip }), other);
  });
});
