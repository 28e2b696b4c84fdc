import assert from 'node:assert/strict';
import { foreignVirtualRouterIdsAnnotation, rebalanceAnnotation } from '../../src/api/annotations.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup, VipGroupStatus } from '../../src/api/vip-group.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { nodes } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import type { Cluster } from './harness.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

const nodeNames = ['node-0', 'node-1', 'node-2'];
type Report = NonNullable<VipGroupStatus['members']>[number];

/** The agents' part is played by the test: it writes what they would. */
describe('placement on the API server', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let cluster: Cluster;
  let client: ApiClient;
  let controller: RunningController;
  let kubectl: InstalledCluster['kubectl'];

  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(nodeNames);
    ({ cluster, client, kubectl } = installed);
    controller = await startControllerHere(cluster.kubeconfig);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const group = async (name: string) => (await client.get<VipGroup>(vipGroups, name))!;
  const groupsOf = async (eip: string) => {
    const { items } = await client.list<VipGroup>(vipGroups);
    return items.filter(({ spec }) => spec.eip === eip).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  };
  const idOf = async (name: string) => (await group(name)).spec.vrrp!.virtualRouterId;
  const annotation = async (eip: string, name: string) =>
    (await client.get<Eip>(eips, eip))?.metadata.annotations?.[name];
  const annotate = (eip: string, name: string, value: string | null) =>
    client.mergePatch<Eip>(eips, eip, { metadata: { annotations: { [name]: value } } });
  const messages = async (eip: string, reason: string) => {
    const selector = `involvedObject.kind=Eip,involvedObject.name=${eip},reason=${reason}`;
    const path = 'jsonpath={range .items[*]}{.message}{"\\n"}{end}';
    const text = await kubectl('-n', 'default', 'get', 'events', '--field-selector', selector, '-o', path);
    return text.split('\n').filter((line) => line !== '');
  };
  const told = (eip: string, reason: string, what: RegExp) =>
    eventually(`an Event ${reason} of ${eip} that says ${what}`, async () =>
      (await messages(eip, reason)).find((message) => what.test(message)),
    );
  const createEip = async (name: string, address: string, groups: number) => {
    await client.create<Eip>(eips, {
      metadata: { name },
      spec: { address, protocol: 'vip', interface: 'eth0', vrrp: { groups } },
    });
    await eventually(`${groups} groups of ${name}`, async () => (await groupsOf(name)).length === groups);
  };
  const write = (name: string, status: VipGroupStatus) =>
    client.mergePatch<VipGroup>(vipGroups, name, { status }, { subresource: 'status' });
  /** What the agents say of a group that `holder` leads and all follow. */
  const settled = ({ spec }: VipGroup, holder: string, o: Partial<Report> = {}): VipGroupStatus => ({
    holder,
    members: spec.members.map(({ node, address, priority }) => ({
      node,
      ...(address === undefined ? {} : { address }),
      priority,
      state: node === holder ? 'Active' : 'Backup',
      ...(node === holder ? o : {}),
    })),
  });
  /** So many consecutive IDs that no group has: which ones groups get depends on the cluster. */
  const freeIds = async (count: number) => {
    const { items } = await client.list<VipGroup>(vipGroups);
    const used = new Set(items.map(({ spec }) => spec.vrrp?.virtualRouterId));
    for (let first = 1; first + count <= 256; first++) {
      const ids = Array.from({ length: count }, (_, at) => first + at);
      if (!ids.some((id) => used.has(id))) return ids;
    }
    assert.fail(`there are no ${count} free IDs beside each other`);
  };
  const preferred = ({ spec }: VipGroup) => spec.members.reduce((a, b) => (b.priority > a.priority ? b : a)).node;
  const restart = async () => {
    await controller.stop();
    controller = await startControllerHere(cluster.kubeconfig);
  };

  const rest = () => eventually('rest', async () => (await controller.metric('openelb_controller_queue_depth')) === 0);

  describe('with a stranger on the LAN', () => {
    const report = async (name: string, address: string) => {
      const object = await group(name);
      const virtualRouterId = object.spec.vrrp!.virtualRouterId;
      await write(name, settled(object, preferred(object), { foreignRouter: { address, virtualRouterId } }));
      return virtualRouterId;
    };

    it('gives the group another ID, remembers the one it left, and says whose it is', async () => {
      await createEip('lan', '192.0.2.0/28', 2);
      const other = await idOf('lan-1');
      const before = await report('lan-0', '192.0.2.250');
      const after = await eventually('another ID', async () => {
        const id = await idOf('lan-0');
        return id === before ? undefined : id;
      });
      const { vrrp } = (await group('lan-0')).spec;
      assert.deepEqual(vrrp?.formerVirtualRouterIds, [before]);
      assert.equal(await idOf('lan-1'), other, 'the other group keeps its own');
      const [note, ...more] = JSON.parse((await annotation('lan', foreignVirtualRouterIdsAnnotation))!);
      assert.deepEqual(more, []);
      const { until, ...entry } = note;
      assert.deepEqual(entry, { id: before, ipFamily: 'IPv4', group: 'lan-0', by: '192.0.2.250' });
      assert.ok(Math.abs(Date.parse(until) - Date.now() - 24 * 3_600_000) < 60_000);
      const message = await told('lan', 'VirtualRouterIdChanged', /lan-0/);
      assert.match(message, new RegExp(`from virtual router ID ${before} to ${after}, because 192\\.0\\.2\\.250`));
    });

    it('remembers it across a restart, which writes nothing, and when the report is gone', async () => {
      const object = await group('lan-0');
      await write('lan-0', settled(object, preferred(object), {}));
      await write('lan-0', { members: null } as unknown as VipGroupStatus);
      const id = await idOf('lan-0');
      await rest();
      await restart();
      const looked = 'openelb_controller_reconciliations_total{result="ok"}';
      await eventually('all looked at', async () => (await controller.metric(looked)) >= 2);
      await rest();
      assert.equal(await controller.writes(), 0);
      const left = JSON.parse((await annotation('lan', foreignVirtualRouterIdsAnnotation))!)[0].id;
      const eip = `pool-of-${left}`;
      await createEip(eip, '198.51.100.0/24', 64);
      for (const { spec } of await groupsOf(eip)) assert.notEqual(spec.vrrp?.virtualRouterId, left);
      assert.equal(await idOf('lan-0'), id);
      await client.remove(eips, eip);
    });

    it('lets the group rest before it moves again', async () => {
      const id = await report('lan-0', '192.0.2.251');
      // What comes of this later report shows that the earlier one was attended to.
      const second = await report('lan-1', '192.0.2.251');
      await eventually('another ID for lan-1', async () => (await idOf('lan-1')) !== second);
      assert.equal(await idOf('lan-0'), id);
    });

    it('gives up after the third move of a day, and says what helps', async () => {
      const until = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
      const note = (id: number, hours: number) => ({
        ...{ id, ipFamily: 'IPv4', group: 'lan-0', by: '192.0.2.251', until: until(hours) },
      });
      const [first, second, third] = await freeIds(3);
      const notes = [note(first!, 5), note(second!, 10), note(third!, 15)];
      await annotate('lan', foreignVirtualRouterIdsAnnotation, JSON.stringify(notes));
      const id = await report('lan-0', '192.0.2.252');
      // Of the stranger before, the controller may have said the same already.
      const message = await told('lan', 'VirtualRouterIdConflict', /192\.0\.2\.252.*left three IDs/);
      assert.match(message, new RegExp(`group lan-0 stays at virtual router ID ${id} although 192\\.0\\.2\\.252`));
      assert.match(message, /--reserved-vrids .*--vrid-range .*authentication/);
      assert.equal(await idOf('lan-0'), id);
      await annotate('lan', foreignVirtualRouterIdsAnnotation, null);
      await eventually('another ID when its past is forgotten', async () => (await idOf('lan-0')) !== id);
    });

    it('takes none of its own nodes for a stranger', async () => {
      const object = await group('lan-0');
      await write('lan-0', { members: settled(object, preferred(object)).members });
      await annotate('lan', foreignVirtualRouterIdsAnnotation, null);
      await eventually('no former ID', async () => {
        const { spec } = await group('lan-0');
        return spec.vrrp?.formerVirtualRouterIds === undefined;
      });
      const [own, other] = [await report('lan-0', '10.0.0.3'), await report('lan-1', '192.0.2.253')];
      await eventually('another ID for lan-1', async () => (await idOf('lan-1')) !== other);
      assert.equal(await idOf('lan-0'), own);
    });

    it('stays when no ID is free, and says so', async () => {
      await controller.stop();
      const range = await freeIds(4);
      const [low, high] = [range.at(0), range.at(-1)];
      const flags = { 'vrid-range': `${low}-${high}` };
      controller = await startControllerHere(cluster.kubeconfig, { flags });
      await createEip('tight', '203.0.113.0/24', 1);
      const id = await report('tight-0', '203.0.113.250');
      await eventually('another ID', async () => (await idOf('tight-0')) !== id);
      await annotate('tight', foreignVirtualRouterIdsAnnotation, null);
      // By hand, as another user of the range would.
      const used = await idOf('tight-0');
      for (const [at, free] of range.filter((each) => each !== used).entries()) {
        await client.create<VipGroup>(vipGroups, {
          metadata: { name: `by-hand-${at}` },
          spec: { protocol: 'vip', interface: 'eth0', addresses: [], members: [], vrrp: { virtualRouterId: free } },
        } as VipGroup);
      }
      await eventually('all of them seen', async () => (await groupsOf('tight')).length === 1);
      await report('tight-0', '203.0.113.250');
      const message = await told('tight', 'NoVirtualRouterId', /tight-0 keeps/);
      assert.match(message, new RegExp(`every other from ${low} to ${high} is taken: widen --vrid-range`));
      assert.equal(await idOf('tight-0'), used);
      await client.remove(vipGroups, 'by-hand-0');
      await eventually('the one that is free again', async () => (await idOf('tight-0')) !== used);
      await client.remove(eips, 'tight');
      await controller.stop();
      controller = await startControllerHere(cluster.kubeconfig);
    });
  });

  describe('asked to rebalance', () => {
    const everywhere = async (eip: string, holder: string) => {
      for (const object of await groupsOf(eip)) await write(object.metadata.name, settled(object, holder));
    };
    const yielding = async (eip: string) => (await groupsOf(eip)).filter(({ spec }) => spec.vrrp?.yield === true);

    it('moves one group after the other, across a restart, and says what it did', async () => {
      await createEip('even', '198.51.100.0/24', 6);
      await everywhere('even', 'node-1');
      await annotate('even', rebalanceAnnotation, 'true');
      const order: string[] = [];
      for (let move = 0; move < 4; move++) {
        const [object] = await eventually('a leader asked to yield', async () => {
          const found = await yielding('even');
          assert.ok(found.length <= 1, 'one at a time');
          return found.length === 1 && !order.includes(found[0]!.metadata.name) && found;
        });
        order.push(object!.metadata.name);
        assert.notEqual(preferred(object!), 'node-1');
        if (move === 1) await restart();
        await write(object!.metadata.name, settled(object!, preferred(object!)));
      }
      await eventually('no annotation', async () => (await annotation('even', rebalanceAnnotation)) === undefined);
      await eventually('nobody asked to yield', async () => (await yielding('even')).length === 0);
      assert.deepEqual(order, [...order].sort());
      assert.match(await told('even', 'Rebalanced', /./), /^4 of 6 groups were brought to their preferred leaders$/);
    });

    it('writes nothing but the annotation when there is nothing to do', async () => {
      const before = (await groupsOf('even')).map(({ metadata }) => metadata.resourceVersion);
      await annotate('even', rebalanceAnnotation, 'true');
      await eventually('no annotation', async () => (await annotation('even', rebalanceAnnotation)) === undefined);
      assert.deepEqual(
        (await groupsOf('even')).map(({ metadata }) => metadata.resourceVersion),
        before,
      );
      await told('even', 'Rebalanced', /each of the 6 groups was led by its preferred leader already/);
    });

    it('skips a group whose preferred leader is out, and says why', async () => {
      const objects = await groupsOf('even');
      const [object] = objects.filter((each) => preferred(each) === 'node-2');
      for (const each of objects) await write(each.metadata.name, settled(each, preferred(each)));
      await write(object!.metadata.name, settled(object!, 'node-1'));
      await client.mergePatch(nodes, 'node-2', { spec: { unschedulable: true } });
      await eventually('a member of last resort', async () =>
        (await group(object!.metadata.name)).spec.members.some(({ lastResort }) => lastResort !== undefined),
      );
      for (const each of await groupsOf('even')) await write(each.metadata.name, settled(each, 'node-1'));
      await write(object!.metadata.name, settled(await group(object!.metadata.name), 'node-1'));
      await annotate('even', rebalanceAnnotation, 'true');
      const message = await eventually(
        'an Event',
        async () => {
          // Whoever can take over does, as the agents would have it.
          for (const each of await yielding('even')) await write(each.metadata.name, settled(each, preferred(each)));
          return (await messages('even', 'Rebalanced')).find((text) => text.includes('Cordoned'));
        },
        { withinMs: 40_000 },
      );
      assert.match(message, new RegExp(`stay where they are: .*${object!.metadata.name} \\(node-2: Cordoned\\)`));
      await client.mergePatch(nodes, 'node-2', { spec: { unschedulable: null } });
    });

    it('evens out who is preferred after a node has come late', async () => {
      await client.remove(nodes, 'node-2');
      await eventually('groups without it', async () =>
        (await groupsOf('even')).every(({ spec }) => spec.members.length === 2),
      );
      await client.create(nodes, { metadata: { name: 'node-2' } });
      const status = { addresses: [{ type: 'InternalIP', address: '10.0.0.3' }] };
      await client.mergePatch(nodes, 'node-2', { status }, { subresource: 'status' });
      await eventually('groups with it', async () =>
        (await groupsOf('even')).every(({ spec }) => spec.members.length === 3),
      );
      await everywhere('even', 'node-0');
      await annotate('even', rebalanceAnnotation, 'true');
      await eventually(
        'no annotation',
        async () => {
          for (const object of await groupsOf('even')) {
            const holder = object.spec.vrrp?.yield === true ? preferred(object) : object.status!.holder!;
            await write(object.metadata.name, settled(object, holder));
          }
          return (await annotation('even', rebalanceAnnotation)) === undefined;
        },
        { withinMs: 40_000 },
      );
      const objects = await groupsOf('even');
      for (const object of objects) assert.equal(object.status?.holder, preferred(object));
      assert.deepEqual(
        nodeNames.map((node) => objects.filter(({ status }) => status?.holder === node).length),
        [2, 2, 2],
      );
    });

    it('is told of any other value, and does nothing', async () => {
      await annotate('even', rebalanceAnnotation, 'now');
      await told('even', 'InvalidAnnotation', /rebalance is "now": write "true"/);
      assert.equal(await annotation('even', rebalanceAnnotation), 'now');
    });
  });
});
