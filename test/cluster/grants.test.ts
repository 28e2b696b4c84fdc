// Addresses that are never given or adopted, and those that stay a Service's whatever others write.
import assert from 'node:assert/strict';
import { parseNicAddress } from '../../src/api/agent-network.js';
import { newAddressesAnnotation } from '../../src/api/annotations.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { parseIp } from '../../src/core/ip/address.js';
import { nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

const label = 'eip.openelb.kubesphere.io/v1alpha2';
const requested = 'eip.openelb.kubesphere.io/v1alpha1';
const optIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };
const names = ['node-1', 'node-2', 'node-3'];

describe('grants in a cluster where others write as well', function () {
  this.timeout(90_000);
  let installed: InstalledCluster;
  let client: ApiClient;
  let controller: RunningController;

  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(names, {
      'node-1': {
        nics: new Map([['eth0', [parseNicAddress('198.51.100.11/24')!]]]),
        gateways: [parseIp('198.51.100.1')!],
      },
    });
    ({ client } = installed);
    for (const [at, name] of names.entries())
      await addressesOf(name, [`198.51.100.${11 + at}`, `203.0.113.${11 + at}`]);
    controller = await startControllerHere(installed.cluster.kubeconfig);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const addressesOf = (name: string, [internal, external]: readonly string[]) => {
    const addresses = [
      { type: 'Hostname', address: name },
      { type: 'InternalIP', address: internal },
      { type: 'ExternalIP', address: external },
    ];
    return client.mergePatch(nodes, name, { status: { addresses } }, { subresource: 'status' });
  };
  const createEip = (name: string, address: string, metadata: object = {}) =>
    client.create<Eip>(eips, {
      metadata: { name, ...metadata },
      spec: { address, protocol: 'vip', interface: 'eth0' },
    });
  const createService = (name: string, annotations: Record<string, string>, spec: object = {}) =>
    client.create(services, {
      metadata: { name, namespace: 'default', annotations: { ...optIn, ...annotations } },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Service);
  const service = (name: string) => client.get<Service>(services, `default/${name}`);
  const ingressOf = (object: Service | undefined) =>
    object?.status?.loadBalancer?.ingress?.map(({ ip, hostname }) => ip ?? hostname).join();
  const addressOf = async (name: string) => ingressOf(await service(name));
  const served = (name: string, address: string | undefined) =>
    eventually(`${name} at ${address}`, async () => (await addressOf(name)) === address);
  const anyAddress = (name: string) => eventually(`an address of ${name}`, () => addressOf(name));
  const writeStatus = (name: string, ingress: readonly object[] | null, fieldManager: string) =>
    client.mergePatch(
      services,
      `default/${name}`,
      { status: { loadBalancer: { ingress } } },
      { subresource: 'status', fieldManager },
    );
  const eventsAbout = async (name: string, reason: string) =>
    (
      await installed.kubectl(
        '-n',
        'default',
        'get',
        'events',
        '--field-selector',
        `involvedObject.name=${name},reason=${reason}`,
        '-o',
        'jsonpath={range .items[*]}{.message}{"\\n"}{end}',
      )
    ).trim();
  const told = (name: string, reason: string, pattern: RegExp) =>
    eventually(`an Event ${reason} about ${name}`, async () => pattern.test(await eventsAbout(name, reason)), {
      onTimeout: () => `wanted ${pattern}`,
    });
  const announced = async () =>
    (await client.list<VipGroup>(vipGroups)).items.flatMap(({ spec }) =>
      spec.eip === undefined ? [] : spec.addresses,
    );
  const groupWith = async (address: string) =>
    (await client.list<VipGroup>(vipGroups)).items.find(({ spec }) => spec.addresses.includes(address))?.metadata.name;
  const atRest = async () => {
    await eventually('rest', async () => (await controller.metric('openelb_controller_queue_depth')) === 0);
  };

  it('gives none of a node, a gateway, a subnet’s ends or another Service, and says in the Eip which it leaves out', async () => {
    await createService(
      'lists-some',
      { 'lb.kubesphere.io/v1alpha1': 'none' },
      { type: 'ClusterIP', externalIPs: ['198.51.100.2'] },
    );
    await createService('of-another', { 'lb.kubesphere.io/v1alpha1': 'none' });
    await writeStatus('of-another', [{ ip: '198.51.100.4' }], 'rival');
    await client.mergePatch(nodes, 'node-3', {
      spec: { podCIDR: '198.51.100.128/28', podCIDRs: ['198.51.100.128/28'] },
    });
    await client.create<VipGroup>(vipGroups, {
      metadata: { name: 'by-hand' },
      spec: {
        protocol: 'vip',
        interface: 'eth0',
        addresses: ['198.51.100.3'],
        members: [],
        vrrp: { virtualRouterId: 250 },
      },
    });
    await createEip('lan', '198.51.100.0/24');
    await eventually('what is left out', async () => (await client.get<Eip>(eips, 'lan'))?.status?.leftOut === 25);
    const { leftOutAddresses: out, poolSize } = (await client.get<Eip>(eips, 'lan'))!.status!;
    assert.equal(poolSize, 256);
    assert.deepEqual(out, {
      '198.51.100.0': 'the network address of subnet 198.51.100.0/24',
      '198.51.100.1': 'a gateway of the nodes',
      '198.51.100.2': 'among the externalIPs of Service default/lists-some',
      '198.51.100.3': 'announced by VipGroup by-hand, which belongs to no Eip',
      '198.51.100.4': 'an address of Service default/of-another, which another load balancer serves',
      '198.51.100.11': 'an address of node node-1',
      '198.51.100.12': 'an address of node node-2',
      '198.51.100.13': 'an address of node node-3',
      '198.51.100.128/28': 'for the Pods of node node-3',
      '198.51.100.255': 'the broadcast address of subnet 198.51.100.0/24',
    });
    const described = await installed.kubectl('describe', 'eip', 'lan');
    assert.match(described, /Left Out:\s+25/);
    assert.match(described, /198\.51\.100\.11:\s+an address of node node-1/);
    for (let at = 0; at < 12; at++) await createService(`many-${at}`, { [label]: 'lan' });
    const given = await Promise.all(Array.from({ length: 12 }, (_, at) => anyAddress(`many-${at}`)));
    const expected = [5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 19].map((last) => `198.51.100.${last}`);
    assert.deepEqual(given.toSorted(), expected.toSorted());
    await createService('asks', { [requested]: '198.51.100.12' });
    await told('asks', 'AddressExcluded', /198\.51\.100\.12 of Eip lan is an address of node node-2/);
    await client.mergePatch(services, 'default/asks', { metadata: { annotations: { [requested]: '203.0.113.12' } } });
    await createEip('external', '203.0.113.0/28');
    await told('asks', 'AddressExcluded', /203\.0\.113\.12 of Eip external is an address of node node-2/);
  });

  it('does not announce an address of a Service that a node gets, says so, and goes on when that is over', async () => {
    await eventually('it is announced', async () => (await announced()).includes('198.51.100.14'));
    const name = await eventually('who has it', async () => {
      const { items } = await client.list<Service>(services);
      return items.find((each) => ingressOf(each) === '198.51.100.14')?.metadata.name;
    });
    await addressesOf('node-2', ['198.51.100.14', '203.0.113.12']);
    await eventually('it is announced no more', async () => !(await announced()).includes('198.51.100.14'));
    await told(name, 'AddressOfNode', /nobody announces 198\.51\.100\.14: it is an address of node node-2/);
    await eventually('the Eip says so', async () => {
      const conditions = (await client.get<Eip>(eips, 'lan'))?.status?.conditions;
      const found = conditions?.find(({ type }) => type === 'Announced');
      return found?.status === 'False' && found.reason === 'AddressOfNode' && /198\.51\.100\.14/.test(found.message);
    });
    assert.equal(await addressOf(name), '198.51.100.14');
    await addressesOf('node-2', ['198.51.100.12', '203.0.113.12']);
    await eventually('it is announced again', async () => (await announced()).includes('198.51.100.14'));
  });

  for (const [what, ingress] of [
    ['node addresses, as ServiceLB of k3s', [{ ip: '198.51.100.11' }, { ip: '198.51.100.12' }]],
    ['an address of nobody’s pool', [{ ip: '8.8.8.8' }]],
    ['loopback', [{ ip: '127.0.0.1' }]],
    ['a host name, as cloud controllers', [{ hostname: 'lb.example.com' }]],
    ['its own address and another', [{ ip: '8.8.8.8' }, { ip: '198.51.100.60' }]],
    ['nothing', null],
  ] as const) {
    it(`puts back the address of a Service into whose status somebody writes ${what}`, async () => {
      const name = `rival-${what.replaceAll(/[^a-z]+/g, '-').slice(0, 20)}x`;
      await createService(
        name,
        { [requested]: '198.51.100.60', 'eip.openelb.kubesphere.io/sharing-key': 'rivals' },
        { ports: [{ port: 1000 + ([...name].reduce((sum, each) => sum * 7 + each.charCodeAt(0), 0) % 9000) }] },
      );
      await served(name, '198.51.100.60');
      await writeStatus(name, ingress, 'rival');
      await served(name, '198.51.100.60');
      await told(
        name,
        'StatusOverwritten',
        ingress === null ? /^somebody wrote nothing/ : /^"rival" wrote .* put back to 198\.51\.100\.60/,
      );
      assert.ok(
        (await announced()).every((address) => address.startsWith('198.51.100.') || address.startsWith('203.')),
      );
    });

    it(`gives a Service its own address again that finds there ${what} after a restart, and announces it all the time`, async () => {
      const name = `found-${what.replaceAll(/[^a-z]+/g, '-').slice(0, 20)}x`;
      await createService(name, { [label]: 'lan' });
      const own = await anyAddress(name);
      await eventually('it is announced', async () => (await announced()).includes(own));
      await controller.stop();
      await writeStatus(name, ingress, 'rival');
      const group = await groupWith(own);
      const watching = new AbortController();
      const without: string[] = [];
      const hear = (line: string) => {
        const { object } = JSON.parse(line) as { object: VipGroup };
        if (object.metadata.name === group && !object.spec.addresses.includes(own)) without.push(line);
      };
      const path = '/apis/network.kubesphere.io/v1alpha2/vipgroups';
      const watched = client.watch(path, { watch: 'true' }, hear, watching.signal).catch(() => {});
      controller = await startControllerHere(installed.cluster.kubeconfig);
      await served(name, own);
      await atRest();
      watching.abort();
      await watched;
      // What it may have had from OpenELB counts first.
      if (!what.includes('and another')) assert.deepEqual(without, []);
    });
  }

  it('does not answer each write of a rival, but ever more rarely', async () => {
    await createService('fought-over', { [label]: 'lan' });
    const own = await anyAddress('fought-over');
    await atRest();
    const ends = performance.now() + 3_000;
    /** As often as that it was put back before. */
    let undone = 0;
    while (performance.now() < ends) {
      if ((await addressOf('fought-over')) !== own) continue;
      await writeStatus('fought-over', [{ ip: '198.51.100.11' }], 'rival');
      undone++;
    }
    assert.ok(undone >= 2 && undone <= 5, `${undone}`);
    await eventually('its own address', async () => (await addressOf('fought-over')) === own, { withinMs: 15_000 });
  });

  it('leaves a status that it did not write alone while it has no pool for the Service', async () => {
    await createService('others', { [label]: 'absent' });
    await told('others', 'PoolUnknown', /absent/);
    await writeStatus('others', [{ ip: '198.51.100.11' }, { hostname: 'lb.example.com' }], 'rival');
    await atRest();
    await client.mergePatch(services, 'default/others', { metadata: { annotations: { touched: 'yes' } } });
    await atRest();
    assert.equal(await addressOf('others'), '198.51.100.11,lb.example.com');
    await createEip('absent', '203.0.113.64/28');
    await served('others', '203.0.113.64');
  });

  it('adopts what OpenELB wrote in a pool that the Service may use, and nothing else', async () => {
    await controller.stop();
    await createEip('legacy', '203.0.113.128/28');
    for (const [name, ip] of [
      ['adopted', '203.0.113.130'],
      ['moved', '192.0.2.200'],
    ] as const) {
      await createService(name, { [label]: 'legacy' });
      await writeStatus(name, [{ ip }], 'manager');
    }
    controller = await startControllerHere(installed.cluster.kubeconfig);
    await served('moved', '203.0.113.128');
    await atRest();
    await served('adopted', '203.0.113.130');
  });

  it('gives every Service what it had when an Eip is deleted and made again, before and after a restart', async () => {
    const spec = { [label]: 'again' };
    await createEip('again', '192.0.2.0/28');
    // In an order that is not that of the names.
    for (const name of ['again-c', 'again-a', 'again-b']) {
      await createService(name, spec);
      await anyAddress(name);
    }
    const all = async (): Promise<Readonly<Record<string, string | undefined>>> =>
      Object.fromEntries(
        await Promise.all(['a', 'b', 'c'].map(async (each) => [each, await addressOf(`again-${each}`)])),
      );
    const had = await all();
    assert.deepEqual({ ...had }, { a: '192.0.2.1', b: '192.0.2.2', c: '192.0.2.0' });
    await client.remove(eips, 'again');
    for (const each of ['a', 'b', 'c']) await served(`again-${each}`, undefined);
    await createService('again-0', spec);
    await createEip('again', '192.0.2.0/28');
    for (const each of ['a', 'b', 'c']) await served(`again-${each}`, had[each]);
    await served('again-0', '192.0.2.3');
    await client.remove(eips, 'again');
    for (const each of ['a', 'b', 'c', '0']) await served(`again-${each}`, undefined);
    await controller.stop();
    await createEip('again', '192.0.2.0/28');
    controller = await startControllerHere(installed.cluster.kubeconfig);
    for (const each of ['a', 'b', 'c']) await served(`again-${each}`, had[each]);
    await served('again-0', '192.0.2.3');
  });

  it('keeps what a shrinking Eip gave whose name is too long for a label', async () => {
    const long = `long-${'x'.repeat(70)}`;
    await createEip(long, '192.0.2.64/28');
    for (const at of [0, 1, 2]) {
      await createService(`long-${at}`, { [label]: long });
      await served(`long-${at}`, `192.0.2.${64 + at}`);
    }
    await client.mergePatch(eips, long, {
      metadata: { annotations: { 'eip.openelb.kubesphere.io/force-removal': 'true' } },
      spec: { address: '192.0.2.64' },
    });
    await eventually('the size', async () => (await client.get<Eip>(eips, long))?.status?.poolSize === 1);
    await atRest();
    await controller.stop();
    controller = await startControllerHere(installed.cluster.kubeconfig);
    await atRest();
    for (const at of [0, 1, 2]) await served(`long-${at}`, `192.0.2.${64 + at}`);
    assert.equal((await client.get<Eip>(eips, long))?.status?.usage, 3);
  });

  it('leaves a VipGroup that was made by hand as it is, though it is called like one of ours', async () => {
    const spec: VipGroup['spec'] = {
      protocol: 'vip',
      interface: 'eth7',
      addresses: ['192.0.2.250'],
      members: [],
      vrrp: { virtualRouterId: 249 },
    };
    await client.create<VipGroup>(vipGroups, { metadata: { name: 'named-0' }, spec });
    await createEip('named', '192.0.2.96/28');
    await eventually(
      'groups of its own',
      async () =>
        (await client.list<VipGroup>(vipGroups)).items.filter((each) => each.spec.eip === 'named').length === 3,
    );
    await atRest();
    const { spec: now } = (await client.get<VipGroup>(vipGroups, 'named-0'))!;
    assert.deepEqual([now.addresses, now.interface, now.eip], [['192.0.2.250'], 'eth7', undefined]);
  });

  it('remembers an address that an agent found another host to have, also when no Service wants it any more', async () => {
    await createEip('shared-lan', '192.0.2.160/30');
    await createService('unlucky', { [label]: 'shared-lan' });
    await served('unlucky', '192.0.2.160');
    const group = await eventually('its group', async () =>
      (await client.list<VipGroup>(vipGroups)).items.find(({ spec }) => spec.addresses.includes('192.0.2.160')),
    );
    const status: VipGroup['status'] = {
      holder: 'node-1',
      members: [{ node: 'node-1', state: 'Active' }],
      notHeld: [{ address: '192.0.2.160', reason: 'AnsweredElsewhere', message: '02:00:00:00:00:66' }],
    };
    await client.mergePatch(vipGroups, group.metadata.name, { status }, { subresource: 'status' });
    await told(
      'unlucky',
      'AnsweredElsewhere',
      /nobody announces 192\.0\.2\.160: node node-1 leads its group, but does not take it, because another host answers for it \(02:00:00:00:00:66\)/,
    );
    assert.equal(await eventsAbout('unlucky', 'Held'), '');
    await eventually('the Eip says so', async () => {
      const { conditions, leftOut } = (await client.get<Eip>(eips, 'shared-lan'))?.status ?? {};
      const found = conditions?.find(({ type }) => type === 'Announced');
      return found?.status === 'False' && found.reason === 'AnsweredElsewhere' && leftOut === 1;
    });
    assert.equal(await addressOf('unlucky'), '192.0.2.160', 'what was held before stays');
    await client.remove(services, 'default/unlucky');
    await createService('lucky', { [label]: 'shared-lan' });
    await served('lucky', '192.0.2.161');
  });

  it('exchanges a new address that another host had before anybody held it, also over a restart, and never one that was asked for', async () => {
    await createEip('settled', '192.0.2.176/30');
    const takenByOthers = async (address: string) => {
      const group = await eventually(`a group with ${address}`, async () =>
        (await client.list<VipGroup>(vipGroups)).items.find(({ spec }) => spec.addresses.includes(address)),
      );
      const said = group.status?.notHeld ?? [];
      const found = { address, reason: 'AnsweredElsewhere', message: '02:00:00:00:00:66', neverHeld: true };
      const member = { node: 'node-1', state: 'Active' as const };
      // A leader that holds none of the addresses is not called their holder.
      const status: VipGroup['status'] = { transitions: 1, members: [member], notHeld: [...said, found] };
      await client.mergePatch(vipGroups, group.metadata.name, { status }, { subresource: 'status' });
    };
    await createService('stubborn', { [label]: 'settled', [requested]: '192.0.2.176' });
    await served('stubborn', '192.0.2.176');
    await takenByOthers('192.0.2.176');
    await createService('exchanged', { [label]: 'settled' });
    await served('exchanged', '192.0.2.177');
    await takenByOthers('192.0.2.177');
    await served('exchanged', '192.0.2.178');
    await told(
      'exchanged',
      'AddressExchanged',
      /192\.0\.2\.177 is answered for by another host \(02:00:00:00:00:66\) and was never held here: exchanged for 192\.0\.2\.178/,
    );
    await controller.stop();
    await takenByOthers('192.0.2.178');
    controller = await startControllerHere(installed.cluster.kubeconfig);
    await served('exchanged', '192.0.2.179');
    const note = (await service('exchanged'))?.metadata.annotations?.[newAddressesAnnotation];
    const { addresses, exchanges } = JSON.parse(note ?? '{}') as { addresses?: unknown; exchanges?: unknown };
    assert.deepEqual([addresses, exchanges], [['192.0.2.179'], 2], 'the next controller goes on counting');
    await takenByOthers('192.0.2.179');
    await eventually('that there is no other', async () => {
      const { status } = (await service('exchanged')) as { status?: { conditions?: readonly { reason?: string }[] } };
      const full = status?.conditions?.some(({ reason }) => reason === 'PoolFull');
      return full || /PoolFull/.test(await eventsAbout('exchanged', 'PoolFull'));
    });
    assert.equal(await addressOf('exchanged'), '192.0.2.179');
    assert.equal(await addressOf('stubborn'), '192.0.2.176');
  });
});
