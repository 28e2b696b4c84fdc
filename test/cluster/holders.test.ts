// What `kubectl describe` tells of who announces an address. The agents' part, the status of a VipGroup, is played here.
import assert from 'node:assert/strict';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { endpointSlices, nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import type { Cluster } from './harness.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers';

describe('kubectl describe', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let cluster: Cluster;
  let client: ApiClient;
  let controller: RunningController;
  let kubectl: InstalledCluster['kubectl'];

  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(['n1', 'n2', 'n3']);
    ({ cluster, client, kubectl } = installed);
    controller = await startControllerHere(cluster.kubeconfig);
    await client.create(eips, {
      metadata: { name: 'lan', annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' } },
      spec: { address: '192.0.2.10-192.0.2.20', protocol: 'vip', interface: 'eth0', vrrp: { groups: 2 } },
    } as { metadata: { name: string } });
    await eventually('two groups', async () => (await groups()).length === 2);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const groups = async () => (await client.list<VipGroup>(vipGroups)).items;
  const createService = async (name: string, spec: object = {}) => {
    await client.create(services, {
      metadata: { name, namespace: 'default', annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb' } },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as { metadata: { name: string } });
  };
  /** What the agent on a node that leads writes. */
  const lead = (group: string, node: string, reason = 'no-response') =>
    client.apply(
      vipGroups,
      group,
      { status: { holder: node, reason, since: '2026-01-01T00:00:00Z', members: [{ node, state: 'Active' }] } },
      { fieldManager: `openelb-agent-${node}`, force: true, subresource: 'status' },
    );
  const events = async (kind: string, name: string) => {
    const description = await kubectl('describe', kind, name);
    const lines = description.slice(description.indexOf('Events:')).split('\n').slice(3);
    return lines.map((line) => /^\s*(\w+)\s+(\w+)\s+\S+(?: \(.*?\))?\s+\S+\s+(.*)$/.exec(line)?.slice(1) ?? [line]);
  };
  const hears = async (kind: string, name: string, type: string, reason: string, message: string | RegExp) => {
    let last: unknown;
    await eventually(
      `${kind} ${name}: ${type} ${reason} ${message}`,
      async () => {
        const all = await events(kind, name);
        last = all;
        const found = all.filter((each) => each[0] === type && each[1] === reason);
        return found.some(([, , text = '']) => (typeof message === 'string' ? text === message : message.test(text)));
      },
      { onTimeout: () => JSON.stringify(last, undefined, 1) },
    );
  };

  it('svc names the node that holds the address, and eip those that lead its groups, in one Event', async () => {
    await createService('web');
    const group = await eventually('its group', async () =>
      (await groups()).find(({ spec }) => spec.addresses.length > 0),
    );
    for (const { metadata } of await groups()) await lead(metadata.name, 'n1');
    await hears('svc', 'web', 'Normal', 'Held', '192.0.2.10 is held by node n1');
    await hears('eip', 'lan', 'Normal', 'Held', 'lan-0, lan-1 are held by node n1');
    assert.match(await kubectl('describe', 'eip', 'lan'), /Holders:\s+lan-0:\s+n1\s+lan-1:\s+n1/);
    await lead(group.metadata.name, 'n2');
    await hears('svc', 'web', 'Normal', 'Held', '192.0.2.10 is held by node n2 (was n1: no-response)');
    await hears('eip', 'lan', 'Normal', 'Held', `${group.metadata.name} is held by node n2 (was n1)`);
  });

  it('svc names the holder of a group that had one before the Service came', async () => {
    for (const { metadata } of await groups()) await lead(metadata.name, 'n2');
    await createService('late');
    await hears('svc', 'late', 'Normal', 'Held', '192.0.2.11 is held by node n2');
  });

  it('is told nothing again after a restart of the controller, and what has changed meanwhile', async () => {
    const known = async () => Object.values((await client.get<Eip>(eips, 'lan'))?.status?.holders ?? {}).join();
    await eventually('both holders in the status', async () => (await known()) === 'n2,n2');
    await eventually('rest', async () => (await controller.metric('openelb_holder_events_waiting')) === 0);
    const before = [...(await events('svc', 'web')), ...(await events('svc', 'late')), ...(await events('eip', 'lan'))];
    await controller.stop();
    const group = (await groups()).find(({ spec }) => spec.addresses.includes('192.0.2.10'))!;
    const other = (await groups()).find(({ spec }) => spec.addresses.includes('192.0.2.11'))!;
    assert.notEqual(group.metadata.name, other.metadata.name);
    await lead(group.metadata.name, 'n3', 'priority-zero');
    controller = await startControllerHere(cluster.kubeconfig);
    await hears('svc', 'web', 'Normal', 'Held', '192.0.2.10 is held by node n3 (was n2: priority-zero)');
    await hears('eip', 'lan', 'Normal', 'Held', `${group.metadata.name} is held by node n3 (was n2)`);
    await eventually('rest', async () => (await controller.metric('openelb_holder_events_waiting')) === 0);
    const after = [...(await events('svc', 'web')), ...(await events('svc', 'late')), ...(await events('eip', 'lan'))];
    assert.equal(after.length, before.length + 2, `${JSON.stringify(before)}\n${JSON.stringify(after)}`);
    assert.equal(await controller.metric('openelb_holder_events_total{result="told"}'), 1);
  });

  it('svc says which rule leaves no node to announce a Local address, and when one may again', async () => {
    const beta = cluster.kind === 'real'; // Kubernetes 1.20, which says the node in another place too
    const slices = { ...endpointSlices, version: beta ? 'v1beta1' : 'v1' };
    await createService('local', { externalTrafficPolicy: 'Local' });
    await hears(
      'svc',
      'local',
      'Warning',
      'NoReadyEndpoint',
      /^nobody announces 192\.0\.2\.12: .*the Service has none: get a Pod/,
    );
    await client.mergePatch(nodes, 'n3', { metadata: { labels: { [exclude]: '' } } });
    await client.create(slices, {
      metadata: { name: 'local-x', namespace: 'default', labels: { 'kubernetes.io/service-name': 'local' } },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.1.0.1'],
          conditions: { ready: true },
          ...(beta ? { topology: { 'kubernetes.io/hostname': 'n3' } } : { nodeName: 'n3' }),
        },
      ],
      ports: [],
    } as { metadata: { name: string } });
    await hears('svc', 'local', 'Warning', 'NoEligibleNode', /Eip lan: n3 has the label \S+: let one of them/);
    await client.mergePatch(nodes, 'n3', { metadata: { labels: { [exclude]: null } } });
    await hears('svc', 'local', 'Normal', 'Announceable', '192.0.2.12 may be announced again, by n3');
    const group = await eventually('its group', async () =>
      (await groups()).find(({ spec }) => spec.addresses.includes('192.0.2.12')),
    );
    await lead(group.metadata.name, 'n3');
    await hears('svc', 'local', 'Normal', 'Held', '192.0.2.12 is held by node n3');
  });

  it('svc and eip say that no node at all may announce, and when one may again', async () => {
    for (const name of ['n1', 'n2', 'n3'])
      await client.mergePatch(nodes, name, { metadata: { labels: { [exclude]: '' } } });
    await hears(
      'svc',
      'web',
      'Warning',
      'NoEligibleNode',
      /^nobody announces 192\.0\.2\.10: no node may announce the addresses of Eip lan: /,
    );
    await hears('eip', 'lan', 'Warning', 'NoEligibleNode', /^no node may announce its addresses: /);
    for (const name of ['n1', 'n2'])
      await client.mergePatch(nodes, name, { metadata: { labels: { [exclude]: null } } });
    await hears('svc', 'web', 'Normal', 'Held', /^192\.0\.2\.10 is held by node n\d/);
    await hears(
      'eip',
      'lan',
      'Normal',
      'Announceable',
      'every address has a node that may announce it and a virtual router ID again',
    );
  });

  it('marks a cordoned node as a member of last resort, and not when it is uncordoned', async () => {
    const marks = async () => {
      const members = (await groups())
        .filter(({ metadata }) => metadata.name !== 'lan-2')
        .flatMap(({ spec }) => spec.members);
      return [...new Set(members.map(({ node, lastResort }) => `${node} ${lastResort}`))].sort().join();
    };
    await client.mergePatch(nodes, 'n1', { spec: { unschedulable: true } });
    await eventually('the mark', async () => (await marks()) === 'n1 Cordoned,n2 undefined');
    await client.mergePatch(nodes, 'n1', { spec: { unschedulable: null } });
    await eventually('no mark', async () => (await marks()) === 'n1 undefined,n2 undefined');
  });
});
