// What the controller makes of BgpConfs, BgpPeers and Eips of protocol bgp. The agents' part, what they say of their sessions, is played here.
import assert from 'node:assert/strict';
import type { BgpConf } from '../../src/api/bgp-conf.js';
import type { BgpPeer } from '../../src/api/bgp-peer.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { bgpConfs, bgpPeers, eips, vipGroups } from '../../src/controller/objects/resources.js';
import { endpointSlices, nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import type { Cluster } from './harness.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

type Named = { metadata: { name: string } };

describe('an Eip of protocol bgp', function () {
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
    // As in OpenELB, without a protocol it is bgp.
    await client.create(eips, {
      metadata: {
        name: 'wan',
        labels: { tier: 'gold' },
        annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' },
      },
      spec: { address: '198.51.100.0/28' },
    } as Named);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const createService = (name: string, spec: object = {}) =>
    client.create(services, {
      metadata: { name, namespace: 'default', annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb' } },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Named);
  const groups = async () => (await client.list<VipGroup>(vipGroups)).items;
  const groupWith = (address: string) =>
    eventually(`a group with ${address}`, async () =>
      (await groups()).find(({ spec }) => spec.addresses.includes(address)),
    );
  /** What an agent says of a group. Undefined: it takes its part back. */
  const sayOfGroup = (group: string, node: string, entry: object | undefined) =>
    client.apply(vipGroups, group, entry === undefined ? {} : { status: { members: [{ node, ...entry }] } }, {
      fieldManager: `openelb-agent-${node}`,
      force: true,
      subresource: 'status',
    });
  /** What an agent says of its session. Undefined: it takes its part back. */
  const sayOfPeer = (peer: string, node: string, entry: { state: string } | undefined) =>
    client.apply(
      bgpPeers,
      peer,
      entry === undefined
        ? {}
        : {
            status: {
              nodes: [{ node, ...entry }],
              nodesPeerStatus: { [node]: { peerState: { sessionState: entry.state.toUpperCase() } } },
            },
          },
      { fieldManager: `openelb-agent-${node}`, force: true, subresource: 'status' },
    );
  const messages = async (kind: string, name: string, reason: string) => {
    const selector = `involvedObject.kind=${kind},involvedObject.name=${name},reason=${reason}`;
    const path = 'jsonpath={range .items[*]}{.message}{"\\n"}{end}';
    return kubectl('-n', 'default', 'get', 'events', '--field-selector', selector, '-o', path);
  };
  const hears = async (kind: string, name: string, reason: string, message: RegExp) => {
    let last = '';
    await eventually(
      `an Event ${reason} about ${kind} ${name}`,
      async () => {
        last = await messages(kind, name, reason);
        return message.test(last);
      },
      { onTimeout: () => last },
    );
  };
  const condition = async (object: Promise<{ status?: unknown } | undefined>, type: string) => {
    const { conditions = [] } = ((await object)?.status ?? {}) as { conditions?: { type: string }[] };
    const found = conditions.find((each) => each.type === type) as
      | { status: string; reason: string; message: string }
      | undefined;
    return found && `${found.status} ${found.reason}: ${found.message}`;
  };
  const shows = (what: string, get: () => Promise<string | undefined>, expected: RegExp) => {
    let last: string | undefined;
    return eventually(
      `${what}: ${expected}`,
      async () => {
        last = await get();
        return expected.test(last ?? '');
      },
      { onTimeout: () => String(last) },
    );
  };
  const announced = () => condition(client.get<Eip>(eips, 'wan'), 'Announced');
  const ofPeer = (type: string) => condition(client.get<BgpPeer>(bgpPeers, 'tor'), type);
  const cells = async (...args: readonly string[]) =>
    (await kubectl('get', ...args)).trim().split('\n').at(-1)!.split(/ {2,}/);

  it('has one group, of all nodes, before the first Service', async () => {
    const [group] = await eventually('a group', async () => {
      const found = await groups();
      return found.length > 0 && found;
    });
    assert.deepEqual(
      [group?.metadata.name, group?.spec.protocol, group?.spec.members.map(({ node }) => node), group?.spec.eipLabels],
      ['wan-0', 'bgp', ['n1', 'n2', 'n3'], { tier: 'gold' }],
    );
    assert.equal(group?.spec.vrrp, undefined);
  });

  it('says what is missing before routers can be told, and what to do about it', async () => {
    await createService('web');
    await hears(
      'Service',
      'web',
      'NoBgpConf',
      /nobody announces 198\.51\.100\.0: there is no BgpConf of the name default: make one/,
    );
    await shows('the Eip', announced, /^False NoBgpConf: wan-0: there is no BgpConf/);
    const conf = {
      apiVersion: 'network.kubesphere.io/v1alpha2',
      kind: 'BgpConf',
      spec: { as: 50000, listenPort: 17900 },
    };
    await client.create(bgpConfs, { ...conf, metadata: { name: 'default' } } as Named);
    await client.create(bgpConfs, { ...conf, metadata: { name: 'second' } } as Named);
    await hears('Service', 'web', 'NoBgpPeer', /there is no BgpPeer: make one for each router/);
    await shows('the Eip', announced, /^False NoBgpPeer/);
    const of = (name: string) => condition(client.get<BgpConf>(bgpConfs, name), 'Configured');
    await shows('BgpConf default', () => of('default'), /^True Valid/);
    await shows(
      'BgpConf second',
      () => of('second'),
      /^False NotDefault: only the BgpConf of the name default has an effect/,
    );
    await hears('BgpConf', 'second', 'WithoutEffect', /metadata\.name: is "second"/);
  });

  it('says what is wrong with a BgpPeer, and which nodes it is for', async () => {
    await client.create(bgpPeers, {
      metadata: { name: 'tor' },
      spec: {
        conf: { neighborAddress: '10.0.0.254', peerAs: 50001, authPassword: 'hunter2' },
        nodeSelector: { matchLabels: { rack: 'a' } },
      },
    } as Named);
    await shows(
      'BgpPeer tor',
      () => ofPeer('Configured'),
      /^False NoNodeSelected: .*n1 is not chosen by its spec\.nodeSelector/,
    );
    await hears('BgpPeer', 'tor', 'PasswordInClearText', /use passwordSecret/);
    assert.doesNotMatch(await messages('BgpPeer', 'tor', 'PasswordInClearText'), /hunter2/);
    await shows('the Eip', announced, /^False NoBgpPeer: .*no BgpPeer is for a node that may announce/);
    for (const name of ['n1', 'n2']) await client.mergePatch(nodes, name, { metadata: { labels: { rack: 'a' } } });
    await shows('BgpPeer tor', () => ofPeer('Configured'), /^True Valid: 2 nodes are to have a session/);
    await client.mergePatch(bgpPeers, 'tor', { spec: { communities: ['web'] } });
    await shows(
      'BgpPeer tor',
      () => ofPeer('Configured'),
      /^False InvalidSpec: spec\.communities\[0\]: is "web": no well-known/,
    );
    await client.mergePatch(bgpConfs, 'default', { spec: { communityAliases: { web: '50000:80' } } });
    await shows('BgpPeer tor', () => ofPeer('Configured'), /^True Valid/);
    await client.mergePatch(bgpPeers, 'tor', { spec: { nodeSelector: null, conf: { authPassword: null } } });
    await shows('BgpPeer tor', () => ofPeer('Configured'), /^True Valid: 3 nodes/);
  });

  it('counts the nodes that have told routers, and tells the Service and the Eip', async () => {
    const lastClose = { direction: 'received', reason: 'peer-as', code: 2, subcode: 2, time: '2026-01-01T00:00:00Z' };
    for (const node of ['n1', 'n2']) {
      await sayOfPeer('tor', node, { state: 'Established' });
      await sayOfGroup('wan-0', node, { state: 'Announcing', routers: 1, routersWanted: 1 });
    }
    await sayOfPeer('tor', 'n3', { state: 'Active', lastClose } as never);
    await sayOfGroup('wan-0', 'n3', { state: 'Idle', message: 'no router has a session' });
    await shows('vipgroups', async () => (await cells('vipgroups', 'wan-0')).join(' '), /^wan-0 bgp 1 2\/3 \d+s \d+s$/);
    await shows(
      'bgppeers',
      async () => (await cells('bgppeers', 'tor')).join(' '),
      /^tor 10\.0\.0\.254 50001 2\/3 \d+s$/,
    );
    await shows(
      'BgpPeer tor',
      () => ofPeer('Established'),
      /^False NoneEstablished|^False SomeEstablished: 2 of 3 nodes have a session: n3: the router ended the last one: peer-as \(2\/2\)/,
    );
    await hears('Service', 'web', 'Announced', /^198\.51\.100\.0 is announced by n1, n2, to 1 router each$/m);
    await hears('Eip', 'wan', 'Held', /^wan-0 is announced by n1, n2, to 1 router each( \(was n1, to 1 router\))?$/m);
    await shows('the Eip', announced, /^True ByBgp/);
    assert.match(await kubectl('describe', 'eip', 'wan'), /Holders:\s+wan-0:\s+n1, n2, to 1 router each/);
  });

  it('follows the endpoints of externalTrafficPolicy Local in place, soon', async () => {
    const beta = cluster.kind === 'real'; // Kubernetes 1.20, which says the node in another place too
    const slices = { ...endpointSlices, version: beta ? 'v1beta1' : 'v1' };
    const endpoint = (nodeName: string) => ({
      addresses: ['10.1.0.1'],
      conditions: { ready: true },
      ...(beta ? { topology: { 'kubernetes.io/hostname': nodeName } } : { nodeName }),
    });
    await createService('local', { externalTrafficPolicy: 'Local' });
    const group = await groupWith('198.51.100.1');
    assert.notEqual(group.metadata.name, 'wan-0', 'Local addresses have groups of their own');
    const announcers = async () => {
      const { spec } = (await client.get<VipGroup>(vipGroups, group.metadata.name))!;
      return (spec.onlyOn?.['198.51.100.1'] ?? spec.members.map(({ node }) => node)).join();
    };
    assert.equal(await announcers(), '');
    await hears('Service', 'local', 'NoReadyEndpoint', /nobody announces 198\.51\.100\.1/);
    await client.create(slices, {
      metadata: { name: 'local-x', namespace: 'default', labels: { 'kubernetes.io/service-name': 'local' } },
      addressType: 'IPv4',
      endpoints: [endpoint('n3')],
      ports: [],
    } as Named);
    await shows('who announces', announcers, /^n3$/);
    const took: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      const [node] = [['n1', 'n2', 'n3'][turn % 3]!];
      await new Promise((resolve) => setTimeout(resolve, 150));
      const started = performance.now();
      await client.mergePatch(slices, 'default/local-x', { endpoints: [endpoint(node)] });
      while ((await announcers()) !== node) assert.ok(performance.now() - started < 5_000, 'it takes too long');
      took.push(performance.now() - started);
    }
    const median = took.sort((a, b) => a - b)[took.length / 2]!;
    console.log(
      `      a change of an endpoint is in the group after ${Math.round(median)} ms (median of ${took.length})`,
    );
    assert.ok(median < 500, `it took ${Math.round(median)} ms`);
    assert.deepEqual((await groupWith('198.51.100.1')).metadata.name, group.metadata.name, 'it stays where it is');
    assert.deepEqual((await groupWith('198.51.100.0')).metadata.name, 'wan-0');
  });

  it('marks a node that is cordoned, and counts it no more', async () => {
    await client.mergePatch(nodes, 'n2', { spec: { unschedulable: true } });
    await eventually('the mark', async () => {
      const group = await client.get<VipGroup>(vipGroups, 'wan-0');
      return group?.spec.members.find(({ node }) => node === 'n2')?.lastResort === 'Cordoned';
    });
    await shows('vipgroups', async () => (await cells('vipgroups', 'wan-0'))[3], /^1\/2$/);
    await hears('Eip', 'wan', 'Held', /^wan-0 is announced by n1, to 1 router \(was n1, n2, to 1 router each\)$/m);
    await client.mergePatch(nodes, 'n2', { spec: { unschedulable: null } });
    await shows('vipgroups', async () => (await cells('vipgroups', 'wan-0'))[3], /^2\/3$/);
  });

  it('says that nobody announces once no node has told a router any more, and why', async () => {
    for (const node of ['n1', 'n2', 'n3']) {
      await sayOfGroup('wan-0', node, { state: 'Idle', message: 'BgpPeer tor: the router does not answer' });
      await sayOfPeer('tor', node, { state: 'Idle' });
    }
    await hears('BgpPeer', 'tor', 'SessionLost', /node n1 has no session with the router any more/);
    await hears('Service', 'web', 'NoRouterTold', /no router was told: n1: BgpPeer tor: the router does not answer/);
    await shows('the Eip', announced, /^False NoRouterTold/);
    await shows('vipgroups', async () => (await cells('vipgroups', 'wan-0'))[3], /^0\/3$/);
  });

  it('lets agents take back what they said, also the last', async () => {
    for (const node of ['n1', 'n2', 'n3']) {
      await sayOfPeer('tor', node, undefined);
      await sayOfGroup('wan-0', node, undefined);
    }
    const { status } = (await client.get<BgpPeer>(bgpPeers, 'tor'))!;
    assert.deepEqual([status?.nodes ?? [], Object.values(status?.nodesPeerStatus ?? {}).filter(Boolean)], [[], []]);
    assert.equal((await ofPeer('Configured'))?.startsWith('True Valid'), true, 'what the controller said stays');
    await sayOfPeer('tor', 'n1', { state: 'Established' });
    await shows('bgppeers', async () => (await cells('bgppeers', 'tor'))[3], /^1\/3$/);
  });

  it('withdraws the address of a Service that is gone at once', async () => {
    await client.remove(services, 'default/web');
    await eventually('no such address', async () =>
      (await groups()).every(({ spec }) => !spec.addresses.includes('198.51.100.0')),
    );
  });
});
