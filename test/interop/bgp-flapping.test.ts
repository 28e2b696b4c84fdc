import { strict as assert } from 'node:assert';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { latenessBounds } from '../../src/agent/engine/lateness.js';
import type { EngineReport } from '../../src/agent/engine/messages.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { httpGet } from '../lab/http.js';
import { type Lab, openLab } from '../lab/lab.js';
import { type Node, startNode } from '../lab/node.js';
import { programArguments } from '../lab/process.js';
import { residentBytes } from '../lab/routers/program.js';

const head = { apiVersion: 'network.kubesphere.io/v1alpha2' };
const intervalMs = 10;
const seconds = 6;

describe('an agent one of whose routers floods while another flaps', function () {
  this.timeout(60_000);
  let lab: Lab;
  let node: Node;
  /** What each of them has said last: routes announced, sessions ended. */
  const told = { flood: 0, flap: 0 };

  before(async () => {
    lab = await openLab('flap');
    const manifests = join(lab.folder, 'manifests');
    mkdirSync(manifests);
    const flooding = await lab.addHost('flood', 1);
    const flapping = await lab.addHost('flap', 2);
    const host = await lab.addHost('n1', 11);
    const program = programArguments(new URL('../lab/programs/bgp-flood', import.meta.url), import.meta.url);
    const start = (on: Host, name: keyof typeof told, ...args: readonly string[]) => {
      on.start(name, process.execPath, [...program, ...args]).onLine((line) => {
        if (line !== 'ready') told[name] = Number(line);
      });
    };
    start(flooding, 'flood');
    start(flapping, 'flap', host.address);
    const peer = ({ name, address }: Host) => ({
      ...head,
      kind: 'BgpPeer',
      metadata: { name },
      spec: { conf: { neighborAddress: address, peerAs: 65_000 } },
    });
    const conf = { ...head, kind: 'BgpConf', metadata: { name: 'default' }, spec: { as: 65_001 } };
    const group = {
      ...head,
      kind: 'VipGroup',
      metadata: { name: 'vip' },
      spec: {
        protocol: 'vip',
        interface: 'eth0',
        addresses: ['10.77.0.100'],
        vrrp: { virtualRouterId: 1, advertisementInterval: `${intervalMs}ms` },
        members: [{ node: 'n1', priority: 100 }],
      },
    };
    const items = [conf, peer(flooding), peer(flapping), group];
    writeFileSync(join(manifests, 'all.json'), JSON.stringify({ kind: 'List', items }));
    node = await startNode(host, { manifests, folder: lab.folder });
  });
  after(() => lab?.close());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(node?.agent().log());
  });

  const latenessCounts = async () => {
    const { body } = await httpGet(node.host, 'http://127.0.0.1:17473/status');
    return (JSON.parse(body) as EngineReport).lateness.counts;
  };

  it('sends VRRP adverts in time and grows no memory', async () => {
    await eventually('the address', async () => (await node.host.addresses()).includes('10.77.0.100'));
    const pass = async () => {
      const begun = performance.now();
      await eventually('some seconds to pass', () => performance.now() - begun > seconds * 1000, { everyMs: 200 });
      return (performance.now() - begun) / 1000;
    };
    await eventually('both to be busy', () => told.flood > 500_000 && told.flap > 4, {
      onTimeout: () => `${JSON.stringify(told)}\n${node.agent().log()}`,
    });
    const before = { ...told, counts: await latenessCounts() };
    const first = await pass();
    // By then the agent has run whatever code there is for it, and its heaps are as large as they get.
    const memory = await residentBytes(node.agent().pid);
    const passed = first + (await pass());
    const counts = (await latenessCounts()).map((count, i) => count - before.counts[i]!);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const late = counts.slice(latenessBounds.indexOf(intervalMs * 1000) + 1).reduce((sum, count) => sum + count, 0);
    const grown = ((await residentBytes(node.agent().pid)) - memory) / 1e6;
    const flaps = told.flap - before.flap;
    const rate = (told.flood - before.flood) / passed;
    const said = `${Math.round(rate)} routes a second, ${flaps} flaps, ${late} of ${total} adverts late, ${Math.round(grown)} MB more`;
    assert.ok(rate > 100_000, said);
    assert.ok(flaps > 0, said);
    assert.ok(total > (0.9 * passed * 1000) / intervalMs, said);
    assert.ok(late / total < 0.01, said);
    assert.ok(grown < 20, said);
    console.log(`      ${said}`);
  });
});
