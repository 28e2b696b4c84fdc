import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { endpointSlices, nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import type { Cluster } from './harness.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

const label = 'eip.openelb.kubesphere.io/v1alpha2';
const optIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };

describe('the controller', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let cluster: Cluster;
  let client: ApiClient;
  let controller: RunningController;
  let kubectl: InstalledCluster['kubectl'];

  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(['node-0', 'node-1', 'node-2']);
    ({ cluster, client, kubectl } = installed);
    controller = await startControllerHere(cluster.kubeconfig);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const createEip = (name: string, spec: Partial<Eip['spec']>, metadata: object = {}) =>
    client.create<Eip>(eips, {
      metadata: { name, ...metadata },
      spec: { address: '', protocol: 'vip', interface: 'eth0', ...spec },
    });
  const createService = (name: string, annotations: Record<string, string>, spec: object = {}) =>
    client.create(services, {
      metadata: { name, namespace: 'default', annotations },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Service);
  const service = (name: string) => client.get<Service>(services, `default/${name}`);
  const addressOf = (object: Service | undefined) => object?.status?.loadBalancer?.ingress?.map(({ ip }) => ip).join();
  const served = (name: string, address: string) =>
    eventually(`${name} at ${address}`, async () => addressOf(await service(name)) === address);
  const labelled = (name: string, eip: string | undefined) =>
    eventually(`${name} labelled ${eip}`, async () => (await service(name))?.metadata.labels?.[label] === eip);
  const groupsOf = async (eip: string) =>
    (await client.list<VipGroup>(vipGroups)).items.filter(({ spec }) => spec.eip === eip);
  const eventAbout = (kind: string, name: string, reason: string) =>
    eventually(`an Event ${reason} about ${kind} ${name}`, async () => {
      const selector = `involvedObject.kind=${kind},involvedObject.name=${name},reason=${reason}`;
      const text = await kubectl(
        '-n',
        'default',
        'get',
        'events',
        '--field-selector',
        selector,
        '-o',
        'jsonpath={range .items[*]}{.message}{"\\n"}{end}',
      );
      return text.trim() === '' ? undefined : text.trim();
    });

  it('shows a new Eip in the columns that OpenELB has', async () => {
    await kubectl('apply', '-f', await manifest({ name: 'lan', address: '192.0.2.10-192.0.2.12' }));
    await eventually('the size of the pool', async () => (await client.get<Eip>(eips, 'lan'))?.status?.poolSize === 3);
    assert.deepEqual(rows(await kubectl('get', 'eip', 'lan')), [
      ['NAME', 'CIDR', 'USAGE', 'TOTAL'],
      ['lan', '192.0.2.10-192.0.2.12', '0', '3'],
    ]);
    assert.match(
      rows(await kubectl('get', 'eip', 'lan', '-o', 'wide'))[0]!.join(' '),
      /^NAME CIDR USAGE TOTAL PROTOCOL INTERFACE READY REASON/,
    );
  });

  it('makes a VipGroup for each node before there is a Service, none of them with an address', async () => {
    const groups = await eventually('three VipGroups', async () => {
      const found = await groupsOf('lan');
      return found.length === 3 && found;
    });
    assert.deepEqual(
      groups.map(({ spec }) => [spec.addresses, spec.ipFamily]),
      groups.map(() => [[], 'IPv4']),
    );
    assert.equal(new Set(groups.map(({ spec }) => spec.vrrp?.virtualRouterId)).size, 3);
    const leaders = groups.map(({ spec }) => spec.members.find(({ priority }) => priority === 254)?.node);
    assert.deepEqual(leaders.sort(), ['node-0', 'node-1', 'node-2']);
  });

  it('gives an annotated Service an address, a label, an Event and a place in a VipGroup', async () => {
    const started = performance.now();
    await createService('web', { ...optIn, [label]: 'lan' });
    await served('web', '192.0.2.10');
    assert.ok(performance.now() - started < 1000, 'it took longer than a second');
    await labelled('web', 'lan');
    assert.equal(await eventAbout('Service', 'web', 'Allocated'), '192.0.2.10 from Eip lan');
    const [group, ...more] = await eventually('its VipGroup', async () => {
      const groups = (await groupsOf('lan')).filter(({ spec }) => spec.addresses.length > 0);
      return groups.length > 0 && groups;
    });
    assert.deepEqual(more, []);
    assert.equal((await groupsOf('lan')).length, 3);
    assert.deepEqual(group?.spec.addresses, ['192.0.2.10']);
    assert.deepEqual(group?.spec.members.map(({ priority }) => priority).sort(), [214, 234, 254]);
    assert.ok(
      group?.spec.members.every(({ address }) => address === undefined),
      'no agent has reported one',
    );
    const [head, row] = rows(await kubectl('get', 'vg', 'lan-0'));
    assert.deepEqual(head, ['NAME', 'PROTOCOL', 'VRID', 'ADDRESSES', 'HOLDER', 'NIC', 'ANNOUNCING', 'SINCE', 'AGE']);
    assert.deepEqual(row?.slice(0, 4), ['lan-0', 'vip', String(group?.spec.vrrp?.virtualRouterId), '1']);
    await eventually('the usage', async () => rows(await kubectl('get', 'eip', 'lan'))[1]?.[2] === '1');
    assert.deepEqual((await client.get<Eip>(eips, 'lan'))?.status?.used, { '192.0.2.10': 'default/web' });
  });

  it('gives the address that is asked for, by annotation before loadBalancerIP', async () => {
    await createService(
      'asks',
      { ...optIn, 'eip.openelb.kubesphere.io/v1alpha1': '192.0.2.12' },
      { loadBalancerIP: '192.0.2.11' },
    );
    await served('asks', '192.0.2.12');
  });

  it('gives the next free address when the Service of one is deleted', async () => {
    await createService('next', { ...optIn, [label]: 'lan' });
    await served('next', '192.0.2.11');
    await createService('late', { ...optIn, [label]: 'lan' });
    assert.match(
      await eventAbout('Service', 'late', 'PoolFull'),
      /every address of Eip lan \(3 IPv4 addresses\) is in use/,
    );
    await client.remove(services, 'default/next');
    await served('late', '192.0.2.11');
  });

  for (const [claim, annotations, reason, message] of [
    [
      'an address outside every pool',
      { 'eip.openelb.kubesphere.io/v1alpha1': '198.51.100.7' },
      'AddressOutsidePools',
      /no Eip holds 198\.51\.100\.7/,
    ],
    [
      'a taken address',
      { 'eip.openelb.kubesphere.io/v1alpha1': '192.0.2.10' },
      'AddressTaken',
      /192\.0\.2\.10 of Eip lan is in use by Service default\/web/,
    ],
    ['an unknown pool', { [label]: 'wan' }, 'PoolUnknown', /Eip wan does not exist/],
    ['what is no address', { 'eip.openelb.kubesphere.io/v1alpha1': 'ten' }, 'AddressInvalid', /"ten" is no IP address/],
    ['no pool where none is the default', {}, 'NoPool', /none is the default/],
  ] as const) {
    it(`tells a Service that asks for ${claim}`, async () => {
      const name = `bad-${reason.toLowerCase()}`;
      await createService(name, { ...optIn, ...annotations });
      assert.match(await eventAbout('Service', name, reason), message);
      assert.equal(addressOf(await service(name)), undefined);
      await client.remove(services, `default/${name}`);
    });
  }

  for (const [claim, spec, reason, message] of [
    ['a bad address', { address: '192.0.2.256' }, 'InvalidAddress', /"192\.0\.2\.256" is not an IP address/],
    ['a backwards range', { address: '192.0.2.99-192.0.2.90' }, 'InvalidAddress', /runs backwards/],
    [
      'an impossible interface',
      { address: '192.0.2.90', interface: 'a/b' },
      'InvalidInterface',
      /spec\.interface: "a\/b" is no NIC name/,
    ],
    [
      'addresses of another Eip',
      { address: '192.0.2.12-192.0.2.20' },
      'Overlap',
      /192\.0\.2\.12 belongs to Eip lan already/,
    ],
  ] as const) {
    it(`tells an Eip with ${claim}`, async () => {
      const name = `bad-${claim.replaceAll(' ', '-')}`.toLowerCase();
      await createEip(name, spec);
      assert.match(await eventAbout('Eip', name, reason), message);
      const { status } = (await client.get<Eip>(eips, name))!;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      assert.deepEqual([ready?.status, ready?.reason, status?.ready], ['False', reason, false]);
      await client.remove(eips, name);
    });
  }

  it('lets the server refuse an unknown protocol', async () => {
    await assert.rejects(
      createEip('bad-protocol', { address: '192.0.2.90', protocol: 'ospf' as 'vip' }),
      /Unsupported value: "ospf"/,
    );
  });

  it('follows the endpoints of externalTrafficPolicy Local', async () => {
    const beta = cluster.kind === 'real'; // Kubernetes 1.20, which says the node in another place too
    const slices = { ...endpointSlices, version: beta ? 'v1beta1' : 'v1' };
    const endpoint = (nodeName: string) => ({
      addresses: ['10.1.0.1'],
      conditions: { ready: true },
      ...(beta ? { topology: { 'kubernetes.io/hostname': nodeName } } : { nodeName }),
    });
    await createEip('locals', { address: '192.0.2.50-192.0.2.59' });
    await createService('local', { ...optIn, [label]: 'locals' }, { externalTrafficPolicy: 'Local' });
    await served('local', '192.0.2.50');
    const members = (expected: string) =>
      eventually(
        `members ${expected}`,
        async () =>
          (await groupsOf('locals'))
            .find(({ spec }) => spec.addresses.length > 0)
            ?.spec.members.map(({ node }) => node)
            .join() === expected,
      );
    await members('');
    await client.create(slices, {
      metadata: { name: 'local-x', namespace: 'default', labels: { 'kubernetes.io/service-name': 'local' } },
      addressType: 'IPv4',
      endpoints: [endpoint('node-1')],
      ports: [],
    } as { metadata: { name: string } });
    await members('node-1');
    await client.mergePatch(slices, 'default/local-x', { endpoints: [endpoint('node-2')] });
    await members('node-2');
    await client.remove(services, 'default/local');
    await eventually('no group but those of all nodes', async () => {
      const groups = await groupsOf('locals');
      return groups.length === 3 && groups.every(({ spec }) => spec.addresses.length + spec.members.length === 3);
    });
  });

  it('never touches Services of another class or without opting in', async () => {
    await createService('plain', {});
    if (cluster.kind !== 'real') await createService('foreign', optIn, { loadBalancerClass: 'example.com/other' });
    await createService('witness', { ...optIn, [label]: 'locals' });
    await served('witness', '192.0.2.50');
    for (const name of ['plain', ...(cluster.kind === 'real' ? [] : ['foreign'])]) {
      const object = await service(name);
      assert.equal(addressOf(object), undefined);
      assert.equal(object?.metadata.labels?.[label], undefined);
      await client.remove(services, `default/${name}`);
    }
  });

  it('takes address and label from a Service that stops being ours', async () => {
    await client.mergePatch(services, 'default/witness', {
      metadata: { annotations: { 'lb.kubesphere.io/v1alpha1': null } },
    });
    await eventually('no address', async () => addressOf(await service('witness')) === undefined);
    await labelled('witness', undefined);
    await client.remove(services, 'default/witness');
  });

  it("takes OpenELB's finalizers off, and leaves others", async () => {
    const finalizers = ['finalizer.ipam.kubesphere.io/v1alpha1', 'example.com/keep'];
    await createEip('adopted', { address: '192.0.2.70' }, { finalizers });
    await eventually(
      'one finalizer',
      async () => (await client.get<Eip>(eips, 'adopted'))?.metadata.finalizers?.join() === 'example.com/keep',
    );
    await client.mergePatch(eips, 'adopted', { metadata: { finalizers: null } });
    await client.remove(eips, 'adopted');
  });

  it('writes nothing when it is restarted and nothing changed', async () => {
    const versions = () =>
      kubectl(
        'get',
        'svc,eip,vg',
        '-A',
        '-o',
        'jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.resourceVersion} {end}',
      );
    await eventually('rest', async () => (await controller.metric('openelb_controller_queue_depth')) === 0);
    await controller.stop();
    const before = await versions();
    controller = await startControllerHere(cluster.kubeconfig);
    await eventually(
      'all looked at',
      async () => (await controller.metric('openelb_controller_reconciliations_total{result="ok"}')) >= 5,
    );
    await eventually('rest', async () => (await controller.metric('openelb_controller_queue_depth')) === 0);
    assert.equal(await versions(), before);
    assert.equal(await controller.writes(), 0);
  });

  it('keeps every address when an Eip becomes wrong, and when it is mended', async () => {
    const before = (await groupsOf('lan')).map(({ spec }) => spec);
    await client.mergePatch(eips, 'lan', { spec: { address: '192.0.2.12-192.0.2.10' } });
    await eventually('Ready False', async () => (await client.get<Eip>(eips, 'lan'))?.status?.ready === false);
    assert.equal(addressOf(await service('web')), '192.0.2.10');
    assert.deepEqual(
      (await groupsOf('lan')).map(({ spec }) => spec),
      before,
    );
    await client.mergePatch(eips, 'lan', { spec: { address: '192.0.2.10-192.0.2.12' } });
    await eventually('Ready True', async () => (await client.get<Eip>(eips, 'lan'))?.status?.ready === true);
    assert.deepEqual(
      (await groupsOf('lan')).map(({ spec }) => spec),
      before,
    );
  });

  it('takes a VipGroup back to what it should be, and gives the group whose ID it was made to take another', async () => {
    const [rival] = await groupsOf('locals');
    const wrong = { vrrp: { virtualRouterId: rival!.spec.vrrp!.virtualRouterId }, addresses: ['192.0.2.200'] };
    await client.mergePatch(vipGroups, 'lan-0', { spec: wrong });
    await eventually('the addresses', async () =>
      (await groupsOf('lan')).every(({ spec }) => !spec.addresses.includes('192.0.2.200')),
    );
    await eventually('each ID once', async () => {
      const ids = (await client.list<VipGroup>(vipGroups)).items.map(({ spec }) => spec.vrrp?.virtualRouterId);
      return new Set(ids).size === ids.length;
    });
  });

  it('adds a group for a node that joins, takes it away with the node, and leaves the others alone', async () => {
    const identity = ({ metadata, spec }: VipGroup) => [metadata.uid, spec.addresses, spec.vrrp?.virtualRouterId];
    const before = await groupsOf('locals');
    await client.create(nodes, { metadata: { name: 'node-3' } });
    const joined = await eventually('a fourth group', async () => {
      const groups = await groupsOf('locals');
      return groups.length === 4 && groups.every(({ spec }) => spec.members.length === 4) && groups;
    });
    const stayed = before.map(({ metadata }) => joined.find((each) => each.metadata.name === metadata.name)!);
    assert.deepEqual(stayed.map(identity), before.map(identity));
    await client.remove(nodes, 'node-3');
    const left = await eventually('three groups of three', async () => {
      const groups = await groupsOf('locals');
      return groups.length === 3 && groups.every(({ spec }) => spec.members.length === 3) && groups;
    });
    assert.deepEqual(left.map(identity), before.map(identity));
  });

  it('deletes the groups of an Eip that is deleted', async () => {
    await createEip('short-lived', { address: '192.0.2.200-192.0.2.203' });
    await eventually('three groups', async () => (await groupsOf('short-lived')).length === 3);
    await client.remove(eips, 'short-lived');
    await eventually('no group', async () => (await groupsOf('short-lived')).length === 0);
  });

  it('waits while another holds the lease, and takes over when that one ends', async () => {
    const second = await startControllerHere(cluster.kubeconfig, { leading: false });
    assert.equal(await second.metric('openelb_controller_leading'), 0);
    await controller.stop();
    controller = second;
    await eventually('the second leads', async () => (await second.metric('openelb_controller_leading')) === 1);
    assert.equal(await second.writes(), 0);
    await createService('after', { ...optIn, [label]: 'locals' });
    await served('after', '192.0.2.50');
  });

  it('ends with every address given once when two act at the same time', async () => {
    const rival = await startControllerHere(cluster.kubeconfig, { alone: true });
    try {
      await createEip('both', { address: '198.51.100.0/27' });
      const names = Array.from({ length: 24 }, (_, at) => `both-${at}`);
      await Promise.all(names.map((name) => createService(name, { ...optIn, [label]: 'both' })));
      await eventually('24 addresses', async () => {
        const all = (await client.list<Service>(services)).items.filter(({ metadata }) =>
          names.includes(metadata.name),
        );
        const addresses = all.map(addressOf).filter((address) => address !== undefined);
        return addresses.length === 24 && new Set(addresses).size === 24;
      });
      const rest = async () => (await client.list<VipGroup>(vipGroups)).metadata.resourceVersion;
      await eventually('each of them in one VipGroup', async () => {
        const placed = (await groupsOf('both')).flatMap(({ spec }) => spec.addresses);
        return placed.length === 24 && new Set(placed).size === 24;
      });
      await eventually('nothing more to write', async () => {
        const [before, writes] = [await rest(), (await controller.writes()) + (await rival.writes())];
        await new Promise((resolve) => setTimeout(resolve, 300));
        return (await rest()) === before && (await controller.writes()) + (await rival.writes()) === writes;
      });
    } finally {
      await rival.stop();
    }
  });
});

async function manifest({ name, address }: { name: string; address: string }): Promise<string> {
  const { mkdtemp, writeFile } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const file = join(await mkdtemp(join(tmpdir(), 'eip-')), 'eip.json');
  const eip = {
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'Eip',
    metadata: { name },
    spec: { address, protocol: 'vip', interface: 'eth0' },
  };
  await writeFile(file, JSON.stringify(eip));
  return file;
}

function rows(table: string): string[][] {
  return table.split('\n').map((line) => line.trim().split(/\s+/));
}
