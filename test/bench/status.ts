/**
 * How long `openelb-vip status` takes, the built program from its start to its end, with many groups on an API server. It is started as
 * `kubectl eip` and Debian's package start it: by the Node.js that they bring, with the flags that they give it.
 *
 *   node scripts/build.mjs && node --import=tsx test/bench/status.ts [--groups 1000] [--members 3] [--runs 20] [--node PATH]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { architectureOf } from '../../scripts/packaging/architecture.js';
import { nodeBinary } from '../../scripts/packaging/node-runtime.js';
import { flagsOfQuestions } from '../../scripts/tools/flags-of-node.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Eip } from '../../src/api/eip.js';
import { groupLabels } from '../../src/api/group-labels.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { forEachBounded } from '../../src/controller/groups/bounded.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { startInstalledCluster } from '../cluster/installed-cluster.js';
import { figure, quantile, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '1000' },
    members: { type: 'string', default: '3' },
    runs: { type: 'string', default: '20' },
    node: { type: 'string' },
  },
});
const [groups, members, runs] = [Number(values.groups), Number(values.members), Number(values.runs)];
const node = values.node ?? (await nodeBinary(architectureOf(undefined)));
const main = join(projectRoot(), 'dist/main.js');
const pools = 20;
const nodes = Array.from({ length: Math.max(10, members) }, (_, at) => `node-${at}`);

const installed = await startInstalledCluster(nodes);
const { client, cluster } = installed;
try {
  for (let at = 0; at < pools; at += 1) {
    const eip: Eip = { metadata: { name: `pool-${at}` }, spec: { address: `10.${at}.0.0/24`, protocol: 'vip' } };
    await client.create(eips, eip);
    const status = { usage: at * 10, poolSize: 256, ready: true };
    await client.mergePatch(eips, eip.metadata.name, { status }, { subresource: 'status' });
  }
  await forEachBounded(
    Array.from({ length: groups }, (_, at) => at),
    8,
    createGroup,
  );
  const kubeconfig = ['--kubeconfig', cluster.kubeconfig];
  const commands = {
    'Node.js alone': ['-e', '0'],
    'openelb-vip version': [...flagsOfQuestions, main, 'version'],
    'openelb-vip status': [...flagsOfQuestions, main, 'status', ...kubeconfig],
    'openelb-vip status -o wide': [...flagsOfQuestions, main, 'status', '-o', 'wide', ...kubeconfig],
    'openelb-vip status -o json': [...flagsOfQuestions, main, 'status', '-o', 'json', ...kubeconfig],
  };
  const took = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  // In turn, so that each has its share of what else the machine does.
  for (let run = 0; run < runs; run += 1)
    for (const [name, args] of Object.entries(commands)) {
      const began = performance.now();
      await execa(node, args);
      took.get(name)!.push(performance.now() - began);
    }
  const rows = [...took].map(([name, ms]) => [name, ...[0, 0.5, 1].map((share) => figure(quantile(ms, share)))]);
  console.log(`${groups} groups with ${members} members on the ${cluster.kind} API server, ${runs} runs each`);
  console.log(table(['command', 'least ms', 'median ms', 'most ms'], rows));
} finally {
  await installed.stop();
}

async function createGroup(at: number): Promise<void> {
  const name = `pool-${at % pools}-${Math.floor(at / pools)}`;
  const own = Array.from({ length: members }, (_, index) => nodes[(at + index) % nodes.length]!);
  const since = new Date().toISOString();
  const group: VipGroup = {
    metadata: {
      name,
      labels: groupLabels(
        name,
        own.map((node) => ({ node })),
      ),
    },
    spec: {
      eip: `pool-${at % pools}`,
      protocol: 'vip',
      addresses: [`10.${at % pools}.${Math.floor(at / pools / 250)}.${1 + (Math.floor(at / pools) % 250)}`],
      vrrp: { virtualRouterId: 1 + (at % 255) },
      members: own.map((node, index) => ({ node, priority: 254 - index, address: `192.0.2.${index + 1}` })),
    },
  };
  await client.create(vipGroups, group);
  const [holder] = own;
  for (const [index, node] of own.entries()) {
    const state = node === holder ? 'Active' : 'Backup';
    const entry = { node, state, since, priority: 254 - index, address: `192.0.2.${index + 1}`, interface: 'eth0' };
    const lead = node === holder ? { holder, since, transitions: 1, reason: 'no-response' } : {};
    const options = { fieldManager: `openelb-vip-agent-${node}`, force: true, subresource: 'status' };
    await client.apply(vipGroups, name, { status: { members: [entry], ...lead } }, options);
  }
}
