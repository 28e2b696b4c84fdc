// The kinds of Services and pools, each asked by a client on the LAN.
import assert from 'node:assert/strict';
import { run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import { birdConfiguration } from '../../lab/routers/bird-configuration.js';
import { besideInstalled } from '../lab/beside.js';
import { startBird } from '../lab/bird.js';
import { addressOf, namespace } from '../lab/installed.js';
import { type Judge, losses, startJudge } from '../lab/judge.js';
import { pool, service } from '../lab/objects.js';

const client = '10.198.0.100';
const as = { nodes: 64512, router: 64513 };

besideInstalled('a client on the LAN', (o) => {
  it('is answered on both addresses of a dual-stack Service', async () => {
    await o.cluster.apply(
      pool('both', { address: '10.198.0.220,fd98::220', protocol: 'vip', interface: 'eth0' }),
      dual(),
    );
    const { items } = { items: await addressesOf('both', 2) };
    const judge = judgeOf(Object.fromEntries(items.map((address) => [address, address])));
    try {
      for (const address of items) await judge.answered(address);
    } finally {
      judge.end();
      await o.cluster.kubectl(['delete', 'service/both', 'eip/both']);
    }
  });

  it('reaches an address in BGP by a router, which has a path to each node, and loses nothing when an agent is replaced', async () => {
    const router = await o.cluster.addHost('router', 253);
    const lines = birdConfiguration(
      { address: router },
      { as: as.router, neighbors: [{ at: { range: '10.198.0.0/24' }, as: as.nodes }] },
    );
    const bird = await startBird(o.cluster, 'router', lines);
    const peer = { neighborAddress: router, peerAs: as.router };
    await o.cluster.apply(
      {
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'BgpConf',
        metadata: { name: 'default' },
        spec: { as: as.nodes },
      },
      {
        apiVersion: 'network.kubesphere.io/v1alpha2',
        kind: 'BgpPeer',
        metadata: { name: 'router' },
        spec: { conf: peer },
      },
      pool('bgp', { address: '203.0.113.0/28', protocol: 'bgp' }),
      service({ name: 'routed', pool: 'bgp', protocol: 'TCP', policy: 'Cluster' }),
    );
    const address = await addressOf(o.cluster, 'routed');
    await run('ip', ['-n', 'c1', 'route', 'add', '203.0.113.0/24', 'via', router]);
    const judge = judgeOf({ routed: address });
    try {
      const paths = async () => (await run('ip', ['-n', 'router', 'route', 'show', address])).match(/via \S+/g) ?? [];
      await eventually('a path to each node', async () => (await paths()).length === o.cluster.nodes.length);
      const [node = ''] = o.cluster.nodes;
      const seen = await judge.during(async () => {
        await o.cluster.kubectl(['-n', namespace, 'delete', 'pod', await o.product.agentOn(node)]);
        await o.product.settled();
        await eventually('a path to each node', async () => (await paths()).length === o.cluster.nodes.length);
      });
      assert.deepEqual(losses(seen), []);
    } finally {
      judge.end();
      await o.cluster.kubectl(['delete', 'service/routed', 'eip/bgp', 'bgppeer/router', 'bgpconf/default']);
      bird.signal('SIGTERM');
    }
  });

  it("is seen by a Pod as itself with the traffic policy Local, and as a node with Cluster where another node's Pod answers", async () => {
    assert.equal((await o.product.judge.answered('tcp')).client, client);
    const leader = await o.product.holderOf('layer2');
    const byAnother = await eventually('an answer of another node than the leader', async () => {
      const answer = await o.product.judge.answered('layer2');
      return answer.by === leader ? undefined : answer;
    });
    assert.notEqual(byAnother.client, client);
  });

  const judgeOf = (addresses: Readonly<Record<string, string>>): Judge =>
    startJudge(
      o.cluster.folder,
      Object.fromEntries(
        Object.entries(addresses).map(([name, address]) => [name, { protocol: 'tcp' as const, address, port: 80 }]),
      ),
    );

  async function addressesOf(name: string, count: number): Promise<readonly string[]> {
    const path = 'jsonpath={.status.loadBalancer.ingress[*].ip}';
    return eventually(`${count} addresses of Service ${name}`, async () => {
      const found = (await o.cluster.kubectl(['get', 'service', name, '-o', path])).split(' ');
      return found.length === count && found;
    });
  }
});

/** A Service with an address of each family. */
function dual(): object {
  const one = service({ name: 'both', pool: 'vip', protocol: 'TCP', policy: 'Cluster' }) as {
    readonly metadata: { readonly annotations: object };
    readonly spec: object;
  };
  const annotations = { ...one.metadata.annotations, 'eip.openelb.kubesphere.io/v1alpha2': 'both' };
  return {
    ...one,
    metadata: { ...one.metadata, annotations },
    spec: { ...one.spec, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] },
  };
}
