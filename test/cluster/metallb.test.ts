import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { BgpConf } from '../../src/api/bgp-conf.js';
import type { BgpPeer } from '../../src/api/bgp-peer.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { bgpConfs, bgpPeers, eips, vipGroups } from '../../src/controller/objects/resources.js';
import { coreEvents, services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';
import { type Asked, dualStackScenarios, scenarios, stories } from './metallb/scenarios.js';
import * as tutorials from './metallb/tutorials.js';

interface Event {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

/** A controller that follows MetalLB's objects, on a server that learns of MetalLB's kinds only after it has started. */
describe("MetalLB's objects", function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let client: ApiClient;
  let controller: RunningController;
  let binary: string;

  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(
      ['node-0', 'node-1'],
      {},
      { manifests: ['metallb/rbac.yaml'], dualStack: true },
    );
    ({ client } = installed);
    ({ kubectl: binary } = await unpackTools());
    await apply(
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: metallb-system}',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: tenant, labels: {team: net}}',
    );
    await client.mergePatch({ group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }, 'node-1', {
      metadata: { labels: { rack: 'b' } },
    });
    controller = await start();
    await installed.kubectl('create', '-f', join(projectRoot(), 'deploy/metallb/crds'));
    await installed.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  });
  const start = () =>
    startControllerHere(installed.cluster.kubeconfig, {
      flags: { 'metallb-objects': true, 'metallb-namespace': 'metallb-system' },
    });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  afterEach(async () => {
    for (const kind of ['ipaddresspools', 'l2advertisements', 'bgpadvertisements', 'bgppeers', 'communities'])
      await installed.kubectl('-n', 'metallb-system', 'delete', `${kind}.metallb.io`, '--all', '--wait=false');
    await installed.kubectl('-n', 'metallb-system', 'delete', 'configmap', 'config', '--ignore-not-found');
    for (const { metadata, spec } of (await client.list<Service>(services)).items)
      if (spec?.type === 'LoadBalancer') await client.remove(services, `${metadata.namespace}/${metadata.name}`);
    for (const { metadata } of (await client.list<Eip>(eips)).items)
      if (metadata.labels?.['openelb.io/made-from'] === undefined) await client.remove(eips, metadata.name);
    await eventually('nothing that is left', async () => (await client.list(eips)).items.length === 0);
  });

  const feed = (verb: string, input: string) =>
    execa(binary, ['--kubeconfig', installed.cluster.kubeconfig, verb, '-f', '-'], { input, all: true });
  const apply = (...documents: readonly string[]) => feed('apply', documents.join('\n---\n'));
  const remove = (...documents: readonly string[]) => feed('delete', documents.join('\n---\n'));
  const theirs = (kind: string, name: string, spec: object, version = 'v1beta1', labels = {}) =>
    JSON.stringify({
      apiVersion: `metallb.io/${version}`,
      kind,
      metadata: { name, namespace: 'metallb-system', labels },
      spec,
    });
  const pool = (name: string, spec: object) => theirs('IPAddressPool', name, spec);
  const advertised = (name: string, spec: object = {}) =>
    theirs('L2Advertisement', name, { ipAddressPools: [name], ...spec });
  const serviceOf = ({ name, namespace = 'default', labels = {}, annotations = {}, spec = {} }: Omit<Asked, 'gets'>) =>
    ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels, annotations },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    }) as Service;
  const eip = (name: string) => client.get<Eip>(eips, name);
  const groupWith = async (address: string) =>
    (await client.list<VipGroup>(vipGroups)).items.find(({ spec }) => spec.addresses.includes(address));
  /** Polls for what `look` finds, and says what it saw last when `check` never held. */
  const seen = async <T>(what: string, look: () => Promise<T>, check: (found: T) => boolean): Promise<T> => {
    let last: T | undefined;
    await eventually(
      what,
      async () => {
        last = await look();
        return check(last);
      },
      { withinMs: 15_000, onTimeout: () => JSON.stringify(last) },
    );
    return last!;
  };
  const told = async (kind: string, name: string) =>
    (await client.list<Event>(coreEvents)).items
      .filter(({ involvedObject: each }) => each.kind === kind && each.name === name)
      .map(({ reason, message }) => `${reason} ${message}`);
  const isTold = (kind: string, name: string, what: RegExp) =>
    seen(
      `${kind} ${name} told ${what}`,
      () => told(kind, name),
      (texts) => texts.some((text) => what.test(text)),
    );
  const read = (name: string, namespace = 'default') => client.get<Service>(services, `${namespace}/${name}`);
  const addressOf = (object: Service | undefined) => object?.status?.loadBalancer?.ingress?.map(({ ip }) => ip).join();
  const has = (name: string, address: string, namespace?: string) =>
    seen(
      `Service ${name} with ${address}`,
      () => read(name, namespace),
      (found) => addressOf(found) === address,
    );
  const follows = ({ status }: Eip, reason?: string) =>
    status?.conditions?.some((each) => each.type === 'FollowsOrigin' && (reason ?? each.reason) === each.reason) ===
    true;
  const followed = (name: string, check: (eip: Eip) => boolean = follows) =>
    seen(
      `Eip ${name} as its origin is`,
      () => eip(name),
      (found) => found !== undefined && check(found),
    );
  const goneEip = (name: string) => eventually(`no Eip ${name}`, async () => (await eip(name)) === undefined);

  describe('in tutorials', () => {
    it('give a Service without any annotation an address of the ConfigMap, which both nodes may announce', async () => {
      await apply(tutorials.layer2ConfigMap);
      await has('ingress-nginx-controller', '192.168.1.240');
      const group = await eventually('the group', () => groupWith('192.168.1.240'));
      assert.equal(group?.spec.protocol, 'layer2');
      assert.equal(group?.spec.members.length, 2);
      await remove(tutorials.layer2ConfigMap);
      await goneEip('default');
    });

    it('have a router told of what a Service asks for by its pool', async () => {
      await apply(tutorials.bgp);
      await has('web-bgp', '172.19.0.0');
      const group = await eventually('the group', () => groupWith('172.19.0.0'));
      assert.equal(group?.spec.protocol, 'bgp');
      const peer = await eventually('the BgpPeer', () => client.get<BgpPeer>(bgpPeers, 'router'));
      assert.equal((await client.get<BgpConf>(bgpConfs, 'default'))?.spec.as, 64513);
      assert.equal(peer?.spec.conf?.neighborAddress, '10.0.0.254');
      assert.equal(peer?.spec.conf?.peerAs, 64512);
      assert.equal(peer?.spec.transport?.remotePort, 1790);
      assert.deepEqual(peer?.spec.advertise, [{ eips: ['pool-bgp'] }]);
      await remove(tutorials.bgp);
      await goneEip('pool-bgp');
      await eventually('no BGP objects', async () => {
        const left = [await client.get(bgpConfs, 'default'), await client.get(bgpPeers, 'router')];
        return left.every((each) => each === undefined);
      });
    });

    it("serve OpenELB's Eip beside them, and count its addresses", async () => {
      await apply(tutorials.openelb);
      await has('nginx', '10.0.0.200');
      await eventually('USAGE 1 and TOTAL 31', async () =>
        tutorials.eipTable.test(await installed.kubectl('get', 'eip', 'eip-layer2')),
      );
      assert.equal((await read('nginx'))?.metadata.annotations?.['metallb.io/ip-allocated-from-pool'], undefined);
    });

    it('may change how kube-proxy answers for addresses, before and after: nothing of ours is written', async () => {
      await apply(tutorials.openelb, tutorials.kubeProxy(false));
      await has('nginx', '10.0.0.200');
      const before = await seen(
        'its group',
        () => groupWith('10.0.0.200'),
        (found) => found !== undefined,
      );
      await apply(tutorials.kubeProxy(true));
      await apply(pool('marker', { addresses: ['198.51.100.9/32'] }), advertised('marker'));
      await followed('marker');
      assert.equal((await groupWith('10.0.0.200'))?.metadata.uid, before?.metadata.uid);
      assert.equal(addressOf(await read('nginx')), '10.0.0.200');
    });
  });

  describe('decide which addresses Services get:', () => {
    for (const { title, pools, services: asked } of [...scenarios, ...dualStackScenarios]) {
      it(title, async () => {
        const objects = Object.entries(pools).flatMap(([name, spec]) => [pool(name, spec), advertised(name)]);
        await apply(...objects);
        for (const name of Object.keys(pools)) await followed(name);
        for (const each of asked) {
          const { name, namespace, gets, from } = each;
          await client.create(services, serviceOf(each));
          if (/^[0-9a-f:.,]+$/.test(gets)) await has(name, gets, namespace);
          else await isTold('Service', name, new RegExp(`^${gets} `));
          if (from === undefined) continue;
          const annotations = (await read(name, namespace))?.metadata.annotations;
          assert.equal(annotations?.['metallb.io/ip-allocated-from-pool'], from, name);
        }
      });
    }
  });

  describe('decide what becomes of addresses when something changes:', () => {
    const shows = (name: string, what: string) =>
      /^[0-9a-f:.,]+$/.test(what) ? has(name, what) : isTold('Service', name, new RegExp(`^${what} `));
    for (const { title, steps } of stories) {
      it(title, async () => {
        for (const { pools = {}, gonePools = [], created = [], changed = {}, gone = [], have } of steps) {
          for (const name of gone) await client.remove(services, `default/${name}`);
          for (const each of created) await client.create(services, serviceOf(each));
          for (const name of gonePools) await remove(pool(name, { addresses: ['192.0.2.1/32'] }));
          const objects = Object.entries(pools).flatMap(([name, spec]) => [pool(name, spec), advertised(name)]);
          if (objects.length > 0) await apply(...objects);
          for (const name of Object.keys(pools)) await followed(name);
          for (const name of gonePools) await followed(name, (found) => follows(found, 'OriginGone'));
          for (const [name, patch] of Object.entries(changed))
            await client.mergePatch(services, `default/${name}`, patch);
          for (const [name, what] of Object.entries(have)) await shows(name, what);
        }
      });
    }
  });

  describe('decide where addresses are announced:', () => {
    it('from the nodes and NICs that the advertisements of a pool select', async () => {
      const spec = {
        interfaces: ['eth1', 'eth2'],
        nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['b'] }] }],
      };
      const objects = [pool('racked', { addresses: ['198.51.100.100/32'] }), advertised('racked', spec)];
      await apply(...objects);
      const made = await followed('racked', (found) => found.spec.interface === 'eth1,eth2');
      assert.deepEqual(made?.spec.nodeSelector, { rack: 'b' });
      await client.create(services, serviceOf({ name: 'racked' }));
      await has('racked', '198.51.100.100');
      const group = await seen(
        'its group',
        () => groupWith('198.51.100.100'),
        (found) => found !== undefined,
      );
      assert.deepEqual(
        group?.spec.members.map(({ node }) => node),
        ['node-1'],
      );
    });

    it('from the nodes of any of several selectors, and from one that gets the labels later', async () => {
      const nodeSelectors = [{ matchLabels: { rack: 'b' } }, { matchLabels: { rack: 'c' } }];
      await apply(pool('racks', { addresses: ['198.51.100.151/32'] }), advertised('racks', { nodeSelectors }));
      await followed('racks');
      await client.create(services, serviceOf({ name: 'racks' }));
      await has('racks', '198.51.100.151');
      const membersAre = (...wanted: readonly string[]) =>
        seen(
          `its members ${wanted}`,
          () => groupWith('198.51.100.151'),
          (found) =>
            found?.spec.members
              .map(({ node }) => node)
              .sort()
              .join() === wanted.join(),
        );
      await membersAre('node-1');
      const rack = (value: string | null) =>
        installed.kubectl('label', 'node', 'node-0', value === null ? 'rack-' : `rack=${value}`);
      await rack('c');
      await membersAre('node-0', 'node-1');
      await rack(null);
      await membersAre('node-1');
    });

    it('on the NICs of all the advertisements of a pool, as they change', async () => {
      const on = (name: string, nic: string) =>
        theirs('L2Advertisement', name, { ipAddressPools: ['nics'], interfaces: [nic] });
      await apply(pool('nics', { addresses: ['198.51.100.153/32'] }), on('one', 'eth1'), on('two', 'eth2'));
      await followed('nics', (found) => found.spec.interface === 'eth1,eth2');
      await apply(on('two', 'eth3'));
      await followed('nics', (found) => found.spec.interface === 'eth1,eth3');
      await remove(on('two', 'eth3'));
      await followed('nics', (found) => found.spec.interface === 'eth1');
    });

    it('by nobody without an advertisement, which is said on both objects, and by nodes once there is one', async () => {
      await apply(pool('silent', { addresses: ['198.51.100.110/32'] }));
      const said = await followed('silent', (found) => follows(found, 'Differences'));
      assert.match(JSON.stringify(said?.status?.conditions), /no advertisement is for it/);
      await isTold('IPAddressPool', 'silent', /^NotAsWritten no advertisement is for it/);
      await client.create(services, serviceOf({ name: 'silent' }));
      await has('silent', '198.51.100.110');
      assert.deepEqual((await groupWith('198.51.100.110'))?.spec.members ?? [], []);
      await apply(advertised('silent'));
      await seen(
        'nodes that announce',
        () => groupWith('198.51.100.110'),
        (found) => found?.spec.members.length === 2,
      );
      assert.equal(addressOf(await read('silent')), '198.51.100.110');
    });

    it('to the routers of each advertisement, as it says', async () => {
      const peer = (name: string, address: string) =>
        theirs('BGPPeer', name, { myASN: 64513, peerASN: 64512, peerAddress: address }, 'v1beta1');
      const objects = [
        peer('one', '10.0.0.251'),
        peer('two', '10.0.0.252'),
        pool('routed', { addresses: ['198.51.100.120/30'] }),
        theirs('Community', 'names', { communities: [{ name: 'own', value: '64513:7' }] }),
        theirs('BGPAdvertisement', 'to-one', { ipAddressPools: ['routed'], peers: ['one'], communities: ['own'] }),
        theirs('BGPAdvertisement', 'to-two', { ipAddressPools: ['routed'], peers: ['two'], aggregationLength: 30 }),
      ];
      await apply(...objects);
      await followed('routed', (found) => found.spec.protocol === 'bgp');
      const advertises = async (name: string) => (await client.get<BgpPeer>(bgpPeers, name))?.spec.advertise;
      await seen(
        'the BgpPeers',
        () => advertises('two'),
        (found) => found !== undefined,
      );
      assert.deepEqual(await advertises('one'), [{ eips: ['routed'], communities: ['own'] }]);
      assert.deepEqual(await advertises('two'), [{ eips: ['routed'], aggregationLength: 30 }]);
      // What an advertisement says changes, and routers are told of it at once.
      await apply(
        theirs('Community', 'names', { communities: [{ name: 'own', value: '64513:8' }] }),
        theirs('BGPAdvertisement', 'to-two', { ipAddressPools: ['routed'], peers: ['two'], localPref: 150 }),
        theirs('BGPAdvertisement', 'more', { ipAddressPools: ['routed'], peers: ['one'], communities: ['1:2'] }),
      );
      await seen(
        'the changed BgpPeer',
        () => advertises('two'),
        (found) => JSON.stringify(found) === JSON.stringify([{ eips: ['routed'], localPref: 150 }]),
      );
      await seen(
        'the communities of both advertisements',
        () => advertises('one'),
        (found) => found?.[0]?.communities?.toSorted().join() === '1:2,own',
      );
      await seen(
        'the value of the alias',
        async () => (await client.get<BgpConf>(bgpConfs, 'default'))?.spec.communityAliases,
        (found) => found?.own === '64513:8',
      );
      const configured = async (name: string) =>
        (await client.get<BgpPeer>(bgpPeers, name))?.status?.conditions?.map(({ type, status }) => `${type} ${status}`);
      await seen(
        'conditions',
        () => configured('one'),
        (found = []) => ['FollowsOrigin True', 'Configured True'].every((each) => found.includes(each)),
      );
    });
  });

  describe('and ours that are made of them', () => {
    it("leave MetalLB's Services to it while it runs, and take them over with their addresses when it is gone", async () => {
      const isNew = installed.cluster.kind === 'small';
      const slice = (ready: boolean) =>
        JSON.stringify({
          apiVersion: `discovery.k8s.io/${isNew ? 'v1' : 'v1beta1'}`,
          kind: 'EndpointSlice',
          metadata: {
            name: 'webhook',
            namespace: 'metallb-system',
            labels: { 'kubernetes.io/service-name': 'metallb-webhook-service' },
          },
          addressType: 'IPv4',
          endpoints: [
            {
              addresses: ['10.244.0.9'],
              conditions: { ready },
              ...(isNew ? { nodeName: 'node-0' } : { topology: { 'kubernetes.io/hostname': 'node-0' } }),
            },
          ],
          ports: [{ name: '', port: 9443, protocol: 'TCP' }],
        });
      await apply(slice(true));
      const router = { myASN: 64513, peerASN: 64512, peerAddress: '10.0.0.253' };
      await apply(theirs('BGPPeer', 'held', router, 'v1beta2'));
      await isTold('BGPPeer', 'held', /a router takes one session from a node: the BgpPeer is made when it is gone/);
      await apply(pool('theirs', { addresses: ['198.51.100.180/30'] }), advertised('theirs'));
      await followed('theirs', (found) => follows(found, 'MetallbRuns'));
      await client.create(services, serviceOf({ name: 'served' }));
      const status = { loadBalancer: { ingress: [{ ip: '198.51.100.182' }] } };
      await client.mergePatch(services, 'default/served', { status }, { subresource: 'status' });
      await client.create(
        services,
        serviceOf({ name: 'ours', annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb' } }),
      );
      await has('ours', '198.51.100.180');
      await isTold('Service', 'ours', /^ClaimedTwice MetalLB runs, and serves every Service without a class/);
      await isTold('IPAddressPool', 'theirs', /MetalLB's controller still runs/);
      assert.equal((await read('served'))?.metadata.labels, undefined);
      assert.equal(await groupWith('198.51.100.182'), undefined);
      // Its Pod is started again.
      await apply(slice(false));
      await apply(pool('later', { addresses: ['198.51.100.190/32'] }), advertised('later'));
      await followed('later', (found) => follows(found, 'MetallbRuns'));
      assert.equal((await read('served'))?.metadata.labels, undefined);
      assert.equal(await client.get<BgpPeer>(bgpPeers, 'held'), undefined);
      await remove(slice(false));
      await seen(
        'it taken over',
        () => read('served'),
        (found) => found?.metadata.labels !== undefined,
      );
      assert.equal(addressOf(await read('served')), '198.51.100.182');
      await seen(
        'its group',
        () => groupWith('198.51.100.182'),
        (found) => found !== undefined,
      );
      await seen(
        'the BgpPeer',
        () => client.get<BgpPeer>(bgpPeers, 'held'),
        (found) => found?.spec.conf?.neighborAddress === '10.0.0.253',
      );
    });

    it('stay as they are while the ConfigMap cannot be read, and follow it when it can', async () => {
      const written = (config: string) =>
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'config', namespace: 'metallb-system' },
          data: { config },
        });
      const one = (address: string) =>
        `address-pools: [{name: Kept_Pool, protocol: layer2, addresses: [${address}], auto-assign: false}]`;
      await apply(written(one('198.51.100.200/32')));
      const made = await followed('kept-pool');
      for (const wrong of [`address-pools:\n- ${'['.repeat(3000)}`, 'address-pools: none']) {
        await apply(written(wrong));
        await followed('kept-pool', (found) => follows(found, 'OriginUnread'));
        await apply(written(one('198.51.100.200/32')));
        await followed('kept-pool', (found) => follows(found, 'AsOrigin'));
      }
      assert.equal((await eip('kept-pool'))?.metadata.uid, made?.metadata.uid);
      await apply(written(one('198.51.100.201/32')));
      await followed('kept-pool', (found) => found.spec.address === '198.51.100.201/32');
      await client.create(
        services,
        serviceOf({ name: 'asks', annotations: { 'metallb.universe.tf/address-pool': 'Kept_Pool' } }),
      );
      await has('asks', '198.51.100.201');
    });

    it('follow a change, and keep a Service what it has when its pool goes, until it goes itself', async () => {
      const grown = pool('going', { addresses: ['198.51.100.130/31', '198.51.100.140/32'] });
      await apply(pool('going', { addresses: ['198.51.100.130/31'] }), advertised('going'));
      await followed('going');
      await client.create(services, serviceOf({ name: 'stays' }));
      await has('stays', '198.51.100.130');
      await apply(grown);
      await followed('going', (found) => found.spec.address === '198.51.100.130/31, 198.51.100.140/32');
      await remove(grown);
      const left = await followed('going', (found) => follows(found, 'OriginGone'));
      assert.equal(left?.spec.disable, true);
      assert.match(JSON.stringify(left?.status?.conditions), /one address is in use: they stay/);
      assert.equal(addressOf(await read('stays')), '198.51.100.130');
      await apply(grown);
      await followed('going', (found) => found.spec.disable === undefined && follows(found, 'AsOrigin'));
      await remove(grown);
      await followed('going', (found) => follows(found, 'OriginGone'));
      await client.remove(services, 'default/stays');
      await goneEip('going');
      await remove(advertised('going'));
    });

    it('are left alone once a person has edited them, until that person hands them back', async () => {
      const first = pool('edited', { addresses: ['198.51.100.150/32'] });
      await apply(first, advertised('edited'));
      await followed('edited');
      await client.mergePatch(eips, 'edited', { spec: { avoidBuggyIPs: true } });
      await followed('edited', (found) => follows(found, 'EditedByHand'));
      await apply(
        pool('edited', { addresses: ['198.51.100.151/32'] }),
        pool('after', { addresses: ['198.51.100.152/32'] }),
      );
      await followed('after');
      assert.deepEqual((await eip('edited'))?.spec.address, '198.51.100.150/32');
      await client.mergePatch(eips, 'edited', { metadata: { annotations: { 'openelb.io/written': null } } });
      const back = await followed('edited', (found) => found.spec.address === '198.51.100.151/32');
      assert.equal(back?.spec.avoidBuggyIPs, undefined);
    });

    it('leave an Eip of a person alone that has the name, and one that has the addresses, and say so', async () => {
      await client.create<Eip>(eips, {
        metadata: { name: 'mine' },
        spec: { address: '203.0.113.0/28', protocol: 'layer2' },
      });
      await client.create(
        services,
        serviceOf({
          name: 'has',
          annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', 'eip.openelb.kubesphere.io/v1alpha2': 'mine' },
        }),
      );
      await has('has', '203.0.113.0');
      const objects = [
        pool('mine', { addresses: ['198.51.100.160/32'] }),
        pool('same', { addresses: ['203.0.113.8-203.0.113.20'] }),
        theirs('L2Advertisement', 'all', {}),
        theirs('L2Advertisement', 'none', { ipAddressPools: ['nobody'] }),
      ];
      await apply(...objects);
      await isTold('IPAddressPool', 'mine', /Eip mine is there already and was not made from this/);
      await isTold('IPAddressPool', 'same', /gives out nothing: spec\.address: 203\.0\.113\.8\/29 belongs to Eip mine/);
      await isTold(
        'Eip',
        'mine',
        /^Overlap Eip same, made from IPAddressPool metallb-system\/same, has addresses of this/,
      );
      await isTold('L2Advertisement', 'none', /selects no pool/);
      assert.equal((await eip('mine'))?.spec.address, '203.0.113.0/28');
      const overlapping = (await eip('same'))?.status?.conditions?.find(({ type }) => type === 'Ready');
      assert.equal(overlapping?.reason, 'Overlap');
      assert.equal(addressOf(await read('has')), '203.0.113.0');
      await remove(...objects);
      await goneEip('same');
      assert.notEqual(await eip('mine'), undefined);
    });

    it('go with what was deleted while no controller ran, but for what is in use', async () => {
      const [used, unused] = ['used', 'unused'].map((name, at) => [
        pool(name, { addresses: [`198.51.100.${155 + at}/32`] }),
        advertised(name),
      ]);
      await apply(...used!, ...unused!);
      for (const name of ['used', 'unused']) await followed(name);
      await client.create(services, serviceOf({ name: 'user', annotations: { 'metallb.io/address-pool': 'used' } }));
      await has('user', '198.51.100.155');
      await controller.stop();
      await remove(...used!, ...unused!);
      controller = await start();
      await goneEip('unused');
      await followed('used', (found) => follows(found, 'OriginGone') && found.spec.disable === true);
      assert.equal(addressOf(await read('user')), '198.51.100.155');
      await client.remove(services, 'default/user');
      await goneEip('used');
    });

    it('are one Eip where two objects would be the same, whose name cannot be longer than a name may be', async () => {
      const long = `${'p'.repeat(63)}.`.repeat(3) + 'p'.repeat(61);
      assert.equal(long.length, 253);
      const config = `address-pools: [{name: Two_Pools, protocol: layer2, addresses: [198.51.100.158/32]}, {name: two.pools, protocol: layer2, addresses: [198.51.100.159/32]}, {name: two-pools, protocol: layer2, addresses: [198.51.100.161/32]}]`;
      await apply(
        pool('two-pools', { addresses: ['198.51.100.157/32'] }),
        advertised('two-pools'),
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'config', namespace: 'metallb-system' },
          data: { config },
        }),
        pool(long, { addresses: ['198.51.100.162/32'] }),
      );
      const made = await followed('two-pools');
      assert.equal(made?.spec.address, '198.51.100.157/32');
      await followed('two.pools');
      await isTold('ConfigMap', 'config', /address pool Two_Pools: there is another one by this name/);
      await isTold('ConfigMap', 'config', /address pool two-pools: there is another one by this name/);
      await isTold('IPAddressPool', long, /cannot be made of it: metadata\.name: has 253 characters: at most 240/);
    });

    it('are what can be made of objects of any shape', async () => {
      const odd = {
        addresses: ['198.51.100.170/32'],
        serviceAllocation: { namespaces: [] },
        x: 7,
      };
      await apply(pool('odd', odd), pool('unusable', { addresses: ['nonsense'] }), advertised('odd'));
      await followed('odd');
      await isTold('IPAddressPool', 'unusable', /Eip unusable cannot be made of it: spec\.address/);
      await isTold('IPAddressPool', 'odd', /spec\.x: is not known here/);
      assert.equal(await eip('unusable'), undefined);
    });
  });
});
