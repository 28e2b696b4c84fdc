import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { type Cluster, startCluster } from './harness.js';

const kind = process.env.KUBEBUILDER_ASSETS ? 'real' : 'small';
const group = { apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'VipGroup', metadata: { name: 'pool-0' } };

describe(`the status of a VipGroup on the ${kind} API server`, function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let kubectl: (args: readonly string[], input?: object) => Promise<string>;

  before(async function () {
    this.timeout(90_000);
    cluster = await startCluster();
    const { kubectl: binary } = await unpackTools();
    kubectl = async (args, input) => {
      const all = ['--kubeconfig', cluster.kubeconfig, ...args];
      return (await execa(binary, all, input === undefined ? {} : { input: JSON.stringify(input) })).stdout;
    };
    const validate = `--validate=${kind === 'real'}`;
    await kubectl(['apply', '--server-side', validate, '-f', join(projectRoot(), 'deploy', 'crds')]);
    await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    await kubectl(['apply', '--server-side', validate, '-f', '-'], {
      ...group,
      spec: {
        eip: 'pool',
        protocol: 'layer2',
        interface: 'eth0',
        addresses: ['192.0.2.100'],
        vrrp: { virtualRouterId: 7 },
        members: [{ node: 'n1', priority: 254 }],
      },
    });
  });
  after(() => cluster?.stop());

  /** As an agent does: its part, whole, and no spec, which kubectl would miss. The status that follows. */
  const say = async (node: string, status?: object) => {
    const flags = ['--server-side', '--force-conflicts', '--subresource=status', '--validate=false'];
    const part = { ...group, ...(status && { status }) };
    await kubectl(['apply', ...flags, '--field-manager', `openelb-agent-${node}`, '-f', '-'], part);
    return JSON.parse(await kubectl(['get', 'vipgroup', 'pool-0', '-o', 'json'])).status ?? {};
  };
  const member = (node: string) => ({ node, state: 'Backup', since: '2026-01-01T00:00:00Z' });
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const condition = { type: 'KernelAnswers', status: 'True', reason: 'StrictArpOff', message: '…', lastTransitionTime };

  it('lets a node take back its condition, also the last one there is', async () => {
    const members = [member('n1')];
    assert.equal((await say('n1', { members, conditions: [condition] })).conditions.length, 1);
    assert.equal((await say('n1', { members })).conditions?.length ?? 0, 0);
    assert.equal((await say('n1', { members, conditions: [condition] })).conditions.length, 1);
  });

  it('lets a node take back a condition that another node has as well, which stays', async () => {
    const seen = (node: string) => ({ ...condition, message: `… (seen by ${node})` });
    await say('n1', { members: [member('n1')], conditions: [seen('n1')] });
    await say('n2', { members: [member('n2')], conditions: [seen('n2')] });
    const left = await say('n2', { members: [member('n2')] });
    assert.deepEqual(
      left.conditions.map(({ type }: { type: string }) => type),
      ['KernelAnswers'],
    );
    await say('n2');
    await say('n1', { members: [member('n1')] });
  });

  it('lets a node take back the stranger that it saw', async () => {
    const foreignRouter = { address: '192.0.2.250', virtualRouterId: 7 };
    assert.deepEqual(
      (await say('n1', { members: [{ ...member('n1'), foreignRouter }] })).members[0].foreignRouter,
      foreignRouter,
    );
    assert.equal((await say('n1', { members: [member('n1')] })).members[0].foreignRouter ?? undefined, undefined);
  });

  it('has how many connections a node hands on, and nothing of that once it hands none on', async () => {
    const counts: unknown[] = [];
    for (const drainedConnections of [12, 0, undefined])
      counts.push(
        (await say('n1', { members: [{ ...member('n1'), drainedConnections }] })).members[0].drainedConnections,
      );
    assert.deepEqual(counts, [12, 0, undefined]);
  });

  it('lets the last member take back everything', async () => {
    const status = await say('n1');
    assert.deepEqual([status.members?.length ?? 0, status.conditions?.length ?? 0], [0, 0]);
  });
});
