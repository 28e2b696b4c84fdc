// More groups wanted than there are virtual router IDs, in a whole cluster: who gets them, that it comes to rest, and what is told.
import assert from 'node:assert/strict';
import { type AgentNetwork, type NicAddress, parseNicAddress } from '../../src/api/agent-network.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { endpointSlices, nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import { type Cache, startCache } from '../../src/platform/kubernetes/cache.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

const nodeNames = (count: number) => Array.from({ length: count }, (_, at) => `node-${at}`);

describe('virtual router IDs', function () {
  this.timeout(120_000);
  let installed: InstalledCluster;
  let controller: RunningController | undefined;
  /** Everything that was ever seen of VipGroups, and what two had the same ID. */
  let seen: Cache<VipGroup>;
  let twice: string[];
  /** Every group there ever was, and how many came, changed or went. */
  let ever: Set<string>;
  let changes: number;

  const begin = async (
    nodes: number,
    flags: Readonly<Record<string, string>> = {},
    networks: Readonly<Record<string, AgentNetwork>> = {},
  ) => {
    installed = await startInstalledCluster(nodeNames(nodes), networks);
    twice = [];
    [ever, changes] = [new Set(), 0];
    seen = startCache<VipGroup>(installed.client.reopen(), vipGroups, {
      onChange: (name, group) => {
        if (group !== undefined) ever.add(group.metadata.uid ?? name);
        changes += 1;
        const id = group?.spec.vrrp?.virtualRouterId;
        for (const other of id === undefined ? [] : seen.list()) {
          const same = other.spec.vrrp?.virtualRouterId === id && other.spec.ipFamily === group!.spec.ipFamily;
          if (same && other.metadata.name !== name) twice.push(`${name} and ${other.metadata.name}: ${id}`);
        }
      },
    });
    await seen.synced;
    controller = await startControllerHere(installed.cluster.kubeconfig, { flags });
  };
  afterEach(async () => {
    await controller?.stop();
    controller = undefined;
    await seen?.stop();
    await installed?.stop();
  });

  const createEip = (name: string, address: string, vrrp: NonNullable<Eip['spec']['vrrp']> = {}) =>
    installed.client.create<Eip>(eips, {
      metadata: { name },
      spec: { address, protocol: 'vip', interface: 'eth0', vrrp },
    });
  const createService = (name: string, pool: string, spec: object = {}) =>
    installed.client.create(services, {
      metadata: {
        ...{ name, namespace: 'default' },
        annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', 'eip.openelb.kubesphere.io/v1alpha2': pool },
      },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as { metadata: { name: string } });
  const groups = async (eip?: string) => {
    const { items } = await installed.client.list<VipGroup>(vipGroups);
    return items.filter(({ spec }) => eip === undefined || spec.eip === eip);
  };
  /** Until nothing is left to do. Returns how many writes it took in all. */
  const rest = () =>
    eventually(
      'rest',
      async () => {
        const before = await controller!.writes();
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        const idle = (await controller!.metric('openelb_controller_queue_depth')) === 0;
        return idle && (await controller!.writes()) === before && { writes: before };
      },
      { withinMs: 60_000 },
    );

  it('are shared evenly by 20 pools of 16 nodes, which come to rest, and a restart writes nothing', async () => {
    await begin(16);
    await Promise.all(Array.from({ length: 20 }, (_, at) => createEip(`pool-${at}`, `10.1.${at}.0/24`)));
    await eventually('230 groups', async () => (await groups()).length === 230, { withinMs: 60_000 });
    const { writes } = await rest();
    console.log(`      ${ever.size} groups came, ${changes} changes of them, ${writes} writes in all`);
    // 320 are wanted. Where the plan does not settle thousands come and go.
    assert.ok(ever.size <= 320, `${ever.size} groups`);
    const all = await groups();
    assert.equal(all.length, 230);
    const ids = new Set(all.map(({ spec }) => spec.vrrp?.virtualRouterId));
    assert.equal(ids.size, 230);
    const counts = new Set(
      Array.from({ length: 20 }, (_, at) => all.filter(({ spec }) => spec.eip === `pool-${at}`).length),
    );
    assert.deepEqual([...counts].sort(), [11, 12]);
    await controller!.stop();
    controller = await startControllerHere(installed.cluster.kubeconfig);
    assert.equal((await rest()).writes, 0);
    assert.deepEqual(twice, [], 'no two groups had one ID at any time');
    await createEip('late', '10.2.0.0/24');
    await eventually('groups of the late pool', async () => (await groups('late')).length >= 10);
    assert.deepEqual(twice, []);
  });

  it('are enough for 300 Local Services with sets of nodes of their own, and for a pool that comes after', async () => {
    await begin(9);
    await createEip('local', '10.1.0.0/22');
    const versions = (await installed.kubectl('api-versions')).split('\n');
    const beta = !versions.includes('discovery.k8s.io/v1');
    const slices = { ...endpointSlices, version: beta ? 'v1beta1' : 'v1' };
    const readyOn = new Map<string, readonly string[]>();
    for (let at = 0; at < 300; at++) {
      const name = `local-${at}`;
      const bits = ((at * 197) % 511) + 1;
      const on = nodeNames(9).filter((_node, index) => (bits >> index) & 1);
      readyOn.set(name, on);
      await createService(name, 'local', { externalTrafficPolicy: 'Local' });
      await installed.client.create(slices, {
        metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        endpoints: on.map((node, index) => ({
          addresses: [`10.244.0.${index + 1}`],
          conditions: { ready: true },
          ...(beta ? { topology: { 'kubernetes.io/hostname': node } } : { nodeName: node }),
        })),
        ports: [],
      } as unknown as { metadata: { name: string } });
    }
    const addressOf = async () => {
      const { items } = await installed.client.list<{
        metadata: { name: string };
        status?: { loadBalancer?: { ingress?: { ip?: string }[] } };
      }>(services, { namespace: 'default' });
      return new Map(
        items.flatMap(({ metadata, status }) => {
          const ip = status?.loadBalancer?.ingress?.[0]?.ip;
          return ip === undefined ? [] : [[metadata.name, ip] as const];
        }),
      );
    };
    await eventually('300 addresses', async () => (await addressOf()).size === 300, { withinMs: 60_000 });
    await rest();
    const placed = new Map((await groups('local')).flatMap((group) => group.spec.addresses.map((a) => [a, group])));
    for (const [name, address] of await addressOf()) {
      const members = placed.get(address)?.spec.members.map(({ node }) => node) ?? [];
      assert.ok(members.length > 0, `${name} is announced`);
      assert.ok(
        members.every((node) => readyOn.get(name)?.includes(node)),
        `${name} only from nodes with endpoints`,
      );
    }
    await createEip('late', '10.2.0.0/24');
    await createService('late', 'late');
    await eventually('its address in a group', async () =>
      (await groups('late')).some(({ spec }) => spec.addresses.length === 1 && spec.members.length === 9),
    );
    assert.deepEqual(twice, []);
    for (const name of ['local', 'late']) {
      const eip = await installed.client.get<Eip>(eips, name);
      for (const { reason } of eip?.status?.conditions ?? []) assert.notEqual(reason, 'NoVirtualRouterId');
    }
  });

  it('are counted for each LAN: nodes in other subnets, and other NICs of the same, have them all again', async () => {
    const nic = (cidr: string): readonly NicAddress[] => [parseNicAddress(cidr)!];
    const node = (rack: number, host: number): AgentNetwork => ({
      nics: new Map([
        ['eth0', nic(`10.20.${rack}.${host}/24`)],
        ['eth1', nic(`10.30.0.${10 * rack + host}/24`)],
      ]),
      gateways: [],
    });
    const racks = { 'node-0': 1, 'node-1': 1, 'node-2': 2, 'node-3': 2 };
    const networks = Object.entries(racks).map(([name, rack], at) => [name, node(rack, 1 + (at % 2))] as const);
    await begin(4, { 'vrid-range': '1-3' }, Object.fromEntries(networks));
    for (const [name, rack] of Object.entries(racks))
      await installed.client.mergePatch(nodes, name, { metadata: { labels: { rack: `r${rack}` } } });
    const pool = (name: string, address: string, more: object) =>
      installed.client.create<Eip>(eips, {
        metadata: { name },
        spec: { address, protocol: 'vip', interface: 'eth0', vrrp: { groups: 3 }, ...more },
      });
    await pool('rack-1', '10.20.1.100-10.20.1.109', { nodeSelector: { rack: 'r1' } });
    await pool('rack-2', '10.20.2.100-10.20.2.109', { nodeSelector: { rack: 'r2' } });
    await pool('storage', '10.30.0.100-10.30.0.109', { interface: 'eth1' });
    const idsOf = async (eip: string) => (await groups(eip)).map(({ spec }) => spec.vrrp?.virtualRouterId).toSorted();
    for (const eip of ['rack-1', 'rack-2', 'storage'])
      await eventually(`three groups of ${eip}`, async () => (await groups(eip)).length === 3, {
        withinMs: 20_000,
        onTimeout: () => [...seen.list()].map(({ metadata, spec }) => `${metadata.name} ${spec.eip}`).join(),
      });
    for (const eip of ['rack-1', 'rack-2', 'storage']) assert.deepEqual(await idsOf(eip), [1, 2, 3], eip);

    await pool('rack-1-more', '10.20.1.110-10.20.1.119', { nodeSelector: { rack: 'r1' } });
    await eventually('a share of the LAN for the pool that comes later', async () => {
      const [first, more] = [await idsOf('rack-1'), await idsOf('rack-1-more')];
      return more.length > 0 && [...first, ...more].toSorted().join() === '1,2,3';
    });
    assert.deepEqual(await idsOf('rack-2'), [1, 2, 3], 'the other LANs are none of its business');
    assert.deepEqual(await idsOf('storage'), [1, 2, 3]);
    const sameLan = twice.filter((each) => /rack-1.* and .*rack-1/.test(each));
    assert.deepEqual(sameLan, []);
    assert.ok(
      twice.some((each) => /rack-1.* and .*rack-2|rack-2.* and .*rack-1/.test(each)),
      twice.join(),
    );

    // On the LAN of each of its subnets, a pool that names no NIC has its part.
    for (const eip of ['rack-1', 'rack-1-more', 'storage']) await installed.client.remove(eips, eip);
    await eventually('their groups gone', async () => (await groups()).length === 3);
    await pool('both', '10.20.1.120-10.20.1.129,10.30.0.120-10.30.0.129', { interface: '' });
    await eventually('three groups in each subnet', async () => (await groups('both')).length === 6, {
      withinMs: 20_000,
    });
    assert.deepEqual(await idsOf('both'), [1, 1, 2, 2, 3, 3]);
    const members = (await groups('both')).map(({ spec }) => `${spec.interface} ${spec.members.length}`);
    assert.deepEqual([...new Set(members)].sort(), ['subnet_of:10.20.1.120 2', 'subnet_of:10.30.0.120 4']);
  });

  it('that run out are told on Eip and Service, and counted; whoever is announced stays so', async () => {
    await begin(3, { 'vrid-range': '1-3' });
    for (const name of ['a', 'b', 'c']) {
      await createEip(name, `10.${name.charCodeAt(0)}.0.0/24`);
      await createService(name, name);
    }
    await eventually('three addresses in groups', async () => {
      const all = await groups();
      return all.filter(({ spec }) => spec.addresses.length === 1).length === 3 && all.length === 3;
    });
    await createEip('d', '10.9.0.0/24');
    await createService('d', 'd');
    const condition = await eventually('a condition', async () => {
      const eip = await installed.client.get<Eip>(eips, 'd');
      return eip?.status?.conditions?.find(({ type, status }) => type === 'Announced' && status === 'False');
    });
    assert.equal(condition.reason, 'NoVirtualRouterId');
    await eventually('a Warning of the Service', async () => {
      const text = await installed.kubectl('describe', 'service', 'd');
      return /Warning\s+NoGroup.*gets no virtual router ID/.test(text) && text;
    });
    await eventually('a Warning of the Eip', async () =>
      /Warning\s+NoVirtualRouterId.*--vrid-range/.test(await installed.kubectl('describe', 'eip', 'd')),
    );
    await eventually(
      'a metric',
      async () => (await controller!.metric('openelb_eip_addresses_unannounced{eip="d"}')) >= 1,
    );
    for (const name of ['a', 'b', 'c']) assert.equal((await groups(name))[0]?.spec.addresses.length, 1);
    await installed.client.remove(services, 'default/a');
    await eventually('its group when another lets go', async () => (await groups('d')).length === 1);
    assert.deepEqual(twice, []);
  });
});
