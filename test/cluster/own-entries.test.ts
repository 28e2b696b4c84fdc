import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentLeaseLabels, agentLeaseName, agentLeaseNode } from '../../src/api/agent-lease.js';
import { seenBy } from '../../src/api/vip-group.js';
import { bgpConfs, bgpPeers, vipGroups } from '../../src/controller/objects/resources.js';
import { leases, pods, secrets } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { eventually } from '../lab/eventually.js';
import { createRawClient } from './contract/raw-client.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { freePort } from './free-port.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';
import { accessOf, kubeconfigOf } from './rbac/service-account.js';
import { callWebhookAt, webhookIsCalled } from './webhook-of.js';

const namespace = 'openelb-system';
const group = 'lan-0';

describe('the webhook that keeps an agent to its own entries, on a server without admission policies', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let folder: string;
  let controller: RunningController;
  let start: () => Promise<RunningController>;
  /** Agents by node, each with the token of its Pod; `unbound` has one of no Pod. */
  const agents = new Map<string, ApiClient>();

  before(async function () {
    this.timeout(180_000);
    if (!process.env.KUBEBUILDER_ASSETS) {
      console.log(
        '    skipped: KUBEBUILDER_ASSETS names no kube-apiserver, and the small one takes everybody for one user',
      );
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'openelb-own-entries-'));
    installed = await startInstalledCluster(['n1', 'n2']);
    const { cluster, client } = installed;
    const port = await freePort('127.0.0.1');
    await callWebhookAt(client, port);
    const program = await kubeconfigOf(await accessOf(installed, 'controller', folder), folder, 'controller');
    start = () => startControllerHere(program, { flags: { 'webhook-address': `127.0.0.1:${port}` } });
    controller = await start();
    await webhookIsCalled(client);
    const spec = {
      protocol: 'layer2',
      interface: 'eth0',
      addresses: ['192.0.2.1'],
      vrrp: { virtualRouterId: 7 },
      members: ['n1', 'n2'].map((node, at) => ({ node, priority: 254 - at })),
    };
    await client.create(vipGroups, { metadata: { name: group }, spec });
    const raw = createRawClient(cluster);
    const tokenOf = async (boundObjectRef?: object) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/openelb-agent/token`;
      const { body } = await raw.post(path, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [], ...(boundObjectRef && { boundObjectRef }) },
      });
      return body.status.token as string;
    };
    const agentWith = async (name: string, token: string) => {
      const access = { url: cluster.url, token, certificateAuthority: cluster.certificateAuthority! };
      const kubeconfig = await kubeconfigOf(access, folder, name);
      agents.set(name, openClient(await loadConnection({ kubeconfig, env: {} })));
    };
    for (const node of ['n1', 'n2']) {
      const pod = await client.create<{ metadata: { name: string; namespace: string; uid?: string } }>(pods, {
        metadata: { name: `openelb-agent-${node}`, namespace },
        spec: {
          nodeName: node,
          serviceAccountName: 'openelb-agent',
          automountServiceAccountToken: false,
          containers: [{ name: 'agent', image: 'none' }],
        },
      } as never);
      const { name, uid } = pod.metadata;
      await agentWith(node, await tokenOf({ kind: 'Pod', apiVersion: 'v1', name, uid }));
    }
    await agentWith('unbound', await tokenOf());
  });
  after(async () => {
    for (const agent of agents.values()) agent.close();
    await controller?.stop();
    await installed?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  /** As agents do, but for what it says of itself: any field manager will do. */
  const say = (agent: string, status: object, manager = `openelb-agent-${agent}`) =>
    agents
      .get(agent)!
      .apply(vipGroups, group, { status }, { fieldManager: manager, force: true, subresource: 'status' });
  const member = (node: string, state = 'Backup') => ({ node, state });
  const lease = (node: string) => ({
    metadata: {
      name: agentLeaseName(node),
      namespace,
      labels: agentLeaseLabels,
      annotations: { [agentLeaseNode]: node },
    },
    spec: { holderIdentity: node },
  });

  it('lets agents write their own entries, who leads, and what they see', async () => {
    await say('n1', {
      members: [member('n1', 'Active')],
      holder: 'n1',
      reason: 'initial-election',
      transitions: 1,
      conditions: [{ type: 'AddressConflict', status: 'True', message: `… ${seenBy('n1')}` }],
    });
    await say('n2', { members: [member('n2')] });
    await say('n1', { members: [member('n1', 'Active')], holder: 'n1', reason: 'initial-election', transitions: 1 });
  });

  it('refuses what another node would have to say, under any field manager', async () => {
    for (const manager of ['openelb-agent-n2', 'kubectl']) {
      const say2 = (status: object) => say('n2', status, manager);
      await assert.rejects(say2({ members: [member('n1', 'Lost')] }), /403.*no member .*own node, which is n2/);
      await assert.rejects(say2({ members: [member('n2')], holder: 'n1', reason: 'x' }), /403.*holder only to say/);
      const notHeld = [{ address: '192.0.2.1', reason: 'AnsweredElsewhere' }];
      await assert.rejects(say2({ members: [member('n2')], notHeld }), /403.*not held only while its own node/);
      const conditions = [{ type: 'AddressConflict', status: 'True', message: 'x' }];
      await assert.rejects(say2({ members: [member('n2')], conditions }), /403.*only conditions/);
    }
    // Under the other's name, what it leaves out is taken back.
    await assert.rejects(say('n2', { members: [member('n2')] }, 'openelb-agent-n1'), /403.*no member .*own node/);
  });

  it('refuses other ways to write the same', async () => {
    const n2 = agents.get('n2')!;
    const subresource = { subresource: 'status' };
    await assert.rejects(n2.mergePatch(vipGroups, group, { status: { members: [] } }, subresource), /403.*no member/);
    await assert.rejects(n2.mergePatch(vipGroups, group, { status: null }, subresource), /403.*no member/);
    const operation = { op: 'replace', path: '/status/holder', value: 'n9' } as const;
    await assert.rejects(n2.jsonPatch(vipGroups, group, [operation], subresource), /403.*holder only to say/);
  });

  it('keeps each to its own session with a router, and out of what the controller says', async () => {
    const conf = { neighborAddress: '192.0.2.254', peerAs: 64513 };
    await installed.client.create(bgpPeers, { metadata: { name: 'tor' }, spec: { conf } } as never);
    await installed.client.create(bgpConfs, { metadata: { name: 'default' }, spec: { as: 64512 } } as never);
    const write = (resource: typeof bgpPeers, name: string, agent: string, status: object) =>
      agents
        .get(agent)!
        .apply(
          resource,
          name,
          { status },
          { fieldManager: `openelb-agent-${agent}`, force: true, subresource: 'status' },
        );
    const session = (node: string, state = 'Established') => ({
      nodes: [{ node, state }],
      nodesPeerStatus: { [node]: { peerState: { sessionState: state } } },
    });
    await write(bgpPeers, 'tor', 'n1', session('n1'));
    await write(bgpPeers, 'tor', 'n2', session('n2'));
    await assert.rejects(write(bgpPeers, 'tor', 'n2', session('n1', 'Idle')), /403.*no entry of a BgpPeer/);
    await assert.rejects(write(bgpPeers, 'tor', 'n2', { established: '9/9' }), /403.*controller concludes/);
    await write(bgpConfs, 'default', 'n1', { nodesConfStatus: { n1: { routerId: '192.0.2.1' } } });
    const foreign = { nodesConfStatus: { n1: { routerId: '192.0.2.9' } } };
    await assert.rejects(write(bgpConfs, 'default', 'n2', foreign), /403.*no entry of a BgpPeer/);
  });

  it('keeps each to its own Lease, and out of those of the controller', async () => {
    const [n1, n2] = [agents.get('n1')!, agents.get('n2')!];
    const renew = (agent: ApiClient, node: string, spec: object) =>
      agent.mergePatch(leases, `${namespace}/${agentLeaseName(node)}`, { spec });
    await renew(n1, 'n1', { holderIdentity: 'n1' });
    await assert.rejects(renew(n2, 'n1', { holderIdentity: '' }), /403.*no Lease but that of its own node/);
    const unlabelled = { metadata: { labels: null } };
    const own = `${namespace}/${agentLeaseName('n1')}`;
    await assert.rejects(n2.mergePatch(leases, own, unlabelled), /403.*no Lease but that of its own node/);
    await assert.rejects(n2.create(leases, lease('n3')), /403.*no Lease but that of its own node/);
    for (const name of ['openelb-controller', 'openelb-placements', 'openelb-reservations']) {
      const spec = { holderIdentity: 'n2' };
      if ((await installed.client.get(leases, `${namespace}/${name}`)) === undefined) continue;
      await assert.rejects(n2.mergePatch(leases, `${namespace}/${name}`, { spec }), /403.*no Lease/, name);
    }
  });

  it('refuses a token that is bound to no Pod, whatever it writes', async () => {
    const conditions = [{ type: 'SettingsDiffer', status: 'True', message: 'x' }];
    for (const status of [{ conditions }, { members: [member('n1')] }])
      await assert.rejects(say('unbound', status), /403.*must be bound to its Pod/);
    await assert.rejects(agents.get('unbound')!.create(leases, lease('n3')), /403.*must be bound to its Pod/);
  });

  it('keeps its key from the agents, by the rights that they have', async () => {
    const n1 = agents.get('n1')!;
    const of = (name: string) => n1.get(secrets, `${namespace}/${name}`);
    const key = 'openelb-webhook-certificate';
    assert.ok(await installed.client.get(secrets, `${namespace}/${key}`));
    for (const name of [key, 'openelb-vrrp-keys', 'any']) await assert.rejects(of(name), /403 Forbidden/);
    await assert.rejects(n1.list(secrets, {}), /403 Forbidden/);
    assert.equal(await of('openelb-bgp-passwords'), undefined);
  });

  it('refuses what is too large to be looked at', async () => {
    // As much as the server takes, which the review has and more.
    const conditions = Array.from({ length: 60 }, (_, at) => ({
      type: `A${at}`,
      status: 'True',
      message: `${'x'.repeat(52_280)} ${seenBy('n2')}`,
    }));
    await assert.rejects(say('n2', { members: [member('n2')], conditions }), /429.*(not read|too much|more than)/);
  });

  it('is not in the way of the controller and of administrators', async () => {
    await installed.client.mergePatch(
      vipGroups,
      group,
      { status: { holder: 'n1', members: [member('n1', 'Lost'), member('n2')] } },
      { subresource: 'status' },
    );
    await say('n1', { members: [member('n1', 'Active')], holder: 'n1', transitions: 1 });
  });

  it('is not missed: without a controller agents say who leads, and the next one keeps them to it again', async () => {
    await controller.stop();
    await say('n2', { members: [member('n2', 'Active')], holder: 'n2', reason: 'no-response', transitions: 2 });
    controller = await start();
    await eventually('a review', () =>
      say('n1', { members: [member('n2', 'Lost')] }).then(
        () => false,
        (error: Error) => /403.*no member/.test(error.message),
      ),
    );
  });
});
