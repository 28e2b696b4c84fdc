// What becomes of a thousand connections that a router spreads over all nodes, on each of which something is said twenty times a second,
// while an administrator takes nodes out of service and back.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import type { Process } from '../../lab/process.js';
import { birdConfiguration } from '../../lab/routers/bird-configuration.js';
import type { Talkers } from '../../lab/talkers.js';
import { clusterOrSkip } from '../lab/beside.js';
import { startBird } from '../lab/bird.js';
import type { RealNodes } from '../lab/cluster.js';
import { echoes, port, talkTo } from '../lab/connections.js';
import { addressOf, install, namespace, settled, tellFailure } from '../lab/installed.js';
import { pool } from '../lab/objects.js';

const count = 1_000;
const as = { nodes: 64512, router: 64513 };
/** Longer than it takes to say something on every connection, and to send again what was lost. */
const aWhileMs = 2_000;

for (const policy of ['Cluster', 'Local'] as const)
  describe(`connections that a router spreads over nodes, policy ${policy}`, function () {
    this.timeout(300_000);
    let cluster: RealNodes;
    let bird: Process | undefined;
    let address: string;
    let talkers: Talkers | undefined;
    const name = `routed-${policy.toLowerCase()}`;

    before(async function () {
      cluster = await clusterOrSkip(this);
      await install(cluster);
      const host = `r${policy[0]!.toLowerCase()}`;
      const router = await cluster.addHost(host, policy === 'Local' ? 251 : 252);
      const lines = birdConfiguration(
        { address: router },
        { as: as.router, neighbors: [{ at: { range: '10.198.0.0/24' }, as: as.nodes }] },
      );
      bird = await startBird(cluster, host, lines);
      // The client is on the link of the nodes, which the router is not to tell it.
      const noRedirects = ['all', 'eth0'].map((nic) => `net.ipv4.conf.${nic}.send_redirects=0`);
      await cluster.host(host).run('sysctl', ['-qw', ...noRedirects]);
      const range = policy === 'Local' ? '203.0.113.16/28' : '203.0.113.0/28';
      const objects = [
        await echoes(),
        { ...ours('BgpConf', 'default'), spec: { as: as.nodes } },
        { ...ours('BgpPeer', name), spec: { conf: { neighborAddress: router, peerAs: as.router } } },
        pool(name, { address: range, protocol: 'bgp' }),
        service(),
      ];
      await eventually('the kinds of the CRDs', () => cluster.apply(...objects).then(() => true), { everyMs: 200 });
      await cluster.kubectl(['rollout', 'status', 'daemonset/echo', '--timeout=60s']);
      address = await addressOf(cluster, name);
      await run('ip', ['-n', 'c1', 'route', 'replace', range, 'via', router]);
      await pathsBy(cluster.nodes);
      await settled(cluster);
    });
    after(async () => {
      await cluster?.kubectl(['delete', `service/${name}`, `eip/${name}`, `bgppeer/${name}`, 'bgpconf/default']);
      bird?.signal('SIGTERM');
    });
    afterEach(async function () {
      await talkers?.stop();
      talkers = undefined;
      await tellFailure(this.currentTest, cluster);
    });

    const ours = (kind: string, called: string) => ({
      apiVersion: 'network.kubesphere.io/v1alpha2',
      kind,
      metadata: { name: called },
    });
    const service = () => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name,
        annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', 'eip.openelb.kubesphere.io/v1alpha2': name },
      },
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: policy,
        selector: { app: 'echo' },
        ports: [{ protocol: 'TCP', port: port.outside, targetPort: port.inside }],
      },
    });
    const router = () => `r${policy[0]!.toLowerCase()}`;
    /** The router has a path to each of these nodes and to no other. */
    const pathsBy = (nodes: readonly string[]) => {
      const wanted = nodes.map((node) => `10.198.0.${10 + Number(node.slice(1))}`).sort();
      return eventually(`paths by ${nodes.join(', ')}`, async () => {
        const routes = await run('ip', ['-n', router(), 'route', 'show', address]);
        const gateways = [...routes.matchAll(/via (\S+)/g)].map(([, gateway]) => gateway).sort();
        return gateways.join() === wanted.join();
      });
    };
    const kept = async (act: () => Promise<void>) => {
      talkers = await talkTo(cluster, address, count);
      await wait(1_000);
      const steady = talkers.now();
      talkers.forget();
      await act();
      await wait(aWhileMs);
      const talks = await talkers.later();
      console.log(
        `      ${talks.broken.length} broken; silent for ${talks.longestMs} ms (before: ${steady.longestMs}); ` +
          `asked ${talks.latestMs} ms late`,
      );
      assert.deepEqual(talks.broken, []);
      await eventually('none that is silent', () => talkers!.now().silent === 0);
    };
    const [first = '', ...others] = ['n1', 'n2', 'n3'];

    it('are known to some on each node', async () => {
      talkers = await talkTo(cluster, address, count);
      const lists = await Promise.all(
        cluster.nodes.map((node) =>
          run('ip', ['netns', 'exec', node, 'conntrack', '-L', '-p', 'tcp', '--orig-dst', address]),
        ),
      );
      for (const list of lists) assert.ok(list.split('\n').length > count / 10, `${list.split('\n').length}`);
      const { items } = await cluster.get<{ items: readonly VipGroup[] }>('vipgroups');
      const group = items.find(({ spec }) => spec.addresses.includes(address))!;
      assert.deepEqual(
        group.status?.members?.map(({ state }) => state),
        ['Announcing', 'Announcing', 'Announcing'],
      );
    });

    it('outlive that a node is cordoned, and comes back', () =>
      kept(async () => {
        await cluster.kubectl(['cordon', first]);
        await pathsBy(others);
        await wait(aWhileMs);
        await cluster.kubectl(['uncordon', first]);
        await pathsBy(cluster.nodes);
      }));

    it('outlive that a node is drained, and comes back', () =>
      kept(async () => {
        await cluster.kubectl(['drain', first, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s']);
        await pathsBy(others);
        await wait(aWhileMs);
        await cluster.kubectl(['uncordon', first]);
        await pathsBy(cluster.nodes);
      }));

    it('outlive a rolling restart of all agents', () =>
      kept(async () => {
        const inNamespace = ['-n', namespace, 'rollout'];
        await cluster.kubectl([...inNamespace, 'restart', 'daemonset/openelb-agent']);
        await cluster.kubectl([...inNamespace, 'status', 'daemonset/openelb-agent', '--timeout=180s']);
        await pathsBy(cluster.nodes);
      }));
  });
