// What somebody got wrong: each ends in a Pod, or an object, that says what to do, and nobody else is harmed by it.
import assert from 'node:assert/strict';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import { startProcess } from '../../lab/process.js';
import { besideInstalled } from '../lab/beside.js';
import { addressOf, manifest, namespace } from '../lab/installed.js';
import { losses } from '../lab/judge.js';
import { pool, service } from '../lab/objects.js';
import { previousChart } from '../lab/previous.js';

const stateDir = '/var/lib/openelb-vip';

besideInstalled('a cluster in which somebody got something wrong', (o) => {
  beforeEach(() => o.product.settled());

  const inNamespace = (...args: readonly string[]) => o.cluster.kubectl(['-n', namespace, ...args]);
  const nothingIsLost = async (act: () => Promise<void>) =>
    assert.deepEqual(losses(await o.product.judge.during(act)), []);
  const says = (pod: string, pattern: RegExp) =>
    eventually(`Pod ${pod} says ${pattern}`, async () => pattern.test(await inNamespace('logs', pod)), {
      everyMs: 300,
    });
  /** The node's agent, started anew. */
  const restarted = async (node: string) => {
    const before = await o.product.agentOn(node);
    await inNamespace('delete', 'pod', before);
    return eventually(`another agent on ${node}`, async () => {
      const pod = await o.product.agentOn(node);
      return pod !== before && (await inNamespace('get', 'pod', pod, '-o', 'name')) !== '' ? pod : undefined;
    });
  };
  /** In the mounts of a node's kubelet, which are what hostPath volumes show. */
  const onNode = async (node: string, ...command: readonly string[]) => {
    const [kubelet] = await o.cluster.processes(node, 'kubelet');
    return run('nsenter', ['-t', String(kubelet), '--mount', '--net', ...command]);
  };

  const stateDirs = {
    'can only be read': { mount: ['--bind', '-o', 'ro', stateDir, stateDir], reason: /EROFS|read-only file system/ },
    'is full': { mount: ['-t', 'tmpfs', '-o', 'size=4k', 'full', stateDir], reason: /ENOSPC|no space left/ },
  };
  for (const [what, { mount, reason }] of Object.entries(stateDirs)) {
    it(`a node whose folder for state ${what}: its agent says so, takes part, and nothing is lost`, async () => {
      const node = (await o.product.holderOf('tcp')) ?? assert.fail('nobody leads');
      await onNode(node, 'mount', ...mount);
      try {
        if (what === 'is full') await onNode(node, 'dd', 'if=/dev/zero', `of=${stateDir}/full`, 'bs=4k', 'count=1');
        await nothingIsLost(async () => {
          const pod = await restarted(node);
          await says(pod, /checkpoint not saved.*see that its folder has room and can be written to/);
          assert.match(await inNamespace('logs', pod), reason);
          await o.product.settled();
        });
      } finally {
        await onNode(node, 'umount', stateDir);
      }
    });
  }

  it('agents that may not write their Leases and statuses: they say which right they lack, and nothing is lost', async () => {
    await nothingIsLost(async () => {
      const none = JSON.stringify([{ op: 'replace', path: '/rules', value: [] }]);
      await inNamespace('patch', 'role', 'openelb-agent', '--type=json', '-p', none);
      const { rules } = await o.cluster.get<{ rules: readonly { resources: readonly string[] }[] }>(
        ...['clusterrole', 'openelb-agent'],
      );
      const kept = rules.filter(({ resources }) => !resources.some((resource) => resource.endsWith('/status')));
      assert.ok(kept.length < rules.length, JSON.stringify(rules));
      const patch = JSON.stringify([{ op: 'replace', path: '/rules', value: kept }]);
      await o.cluster.kubectl(['patch', 'clusterrole', 'openelb-agent', '--type=json', '-p', patch]);
      const pod = await restarted(o.cluster.nodes[0]!);
      await says(pod, /the heartbeat is not written.*cannot patch resource \\?"leases\\?"/);
      await says(pod, /status not written.*cannot patch resource \\?"vipgroups\/status\\?"/);
    });
    await o.cluster.kubectl(['apply', '-f', manifest()]);
  });

  it('agents that are given a wrong address of the API server: the first one says so, and the others stay', async () => {
    const host = '10.198.0.77';
    const rendered = await o.cluster.helm([
      ...['template', 'openelb', projectRoot(), '-n', namespace, '--set', `agent.apiServer.host=${host}`],
      ...['--show-only', 'templates/agent.yaml'],
    ]);
    await nothingIsLost(async () => {
      await o.cluster.kubectl(['apply', '-f', '-'], { input: rendered });
      const pod = await eventually('an agent that is not ready', async () => {
        const { items } = await o.cluster.get<{ items: readonly PodObject[] }>(
          ...['-n', namespace, 'pods', '-l', 'component=agent'],
        );
        return items.find(({ spec }) => JSON.stringify(spec).includes(host))?.metadata.name;
      });
      await says(pod, new RegExp(`API server https://${host}:6443 \\(from .*KUBERNETES_SERVICE_HOST`));
      await eventually('all others ready', async () => {
        const { status } = await o.cluster.get<{ status: { numberReady: number } }>(
          ...['-n', namespace, 'daemonset/openelb-agent'],
        );
        return status.numberReady === o.cluster.nodes.length - 1;
      });
    });
    await o.cluster.kubectl(['apply', '-f', manifest()]);
  });

  it("a node on which another program has the agent's ports: its agent names them, goes on, and has them when they are free", async () => {
    const [node = ''] = o.cluster.nodes;
    const take =
      "const take = (port) => require('node:net').createServer((s) => s.destroy()).on('error', () => setTimeout(take, 5, port)).listen(port);" +
      'take(17472); take(17473); process.stdin.resume().on("end", () => process.exit());';
    const occupant = startProcess({
      title: 'occupant',
      log: `${o.cluster.folder}/occupant.log`,
      command: 'nsenter',
      args: [`--net=/run/netns/${node}`, process.execPath, '-e', take],
    });
    try {
      await nothingIsLost(async () => {
        const pod = await restarted(node);
        for (const port of [17472, 17473])
          await says(pod, new RegExp(`not listening: the agent goes on without.*:${port}\\b`));
        await o.product.judge.answered('tcp');
      });
    } finally {
      occupant.end();
    }
    await o.product.settled();
  });

  it('CRDs of the release before that stay installed: all goes on, and a field that they lack is refused by its name', async () => {
    const crds = ['--kube-version=1.20.2', '--show-only', 'templates/crds.yaml'];
    await nothingIsLost(async () => {
      const older = await o.cluster.helm(['template', 'openelb', previousChart, '-n', namespace, ...crds]);
      await o.cluster.kubectl(['apply', '-f', '-'], { input: older });
      await restarted((await o.product.holderOf('tcp')) ?? assert.fail('nobody leads'));
      await o.product.settled();
      await o.cluster.apply(service({ name: 'another', pool: 'vip', protocol: 'TCP', policy: 'Local' }));
      await addressOf(o.cluster, 'another');
    });
    const newer = pool('newer', { address: '10.198.0.230', protocol: 'vip', vrrp: { drainConnections: '1m' } });
    await eventually('the server knows the older CRDs', () =>
      o.cluster.apply(newer).then(
        () => o.cluster.kubectl(['delete', 'eip', 'newer']).then(() => false),
        (error: Error) => error.message.includes('unknown field "drainConnections"'),
      ),
    );
    await o.cluster.kubectl(['delete', 'service', 'another']);
    await o.cluster.kubectl(['apply', '-f', manifest()]);
  });

  it('a webhook that the API server cannot reach: what is applied comes in after a moment, and a condition says what is wrong with it', async () => {
    const port = ['OUTPUT', '-p', 'tcp', '--dport', '9443', '-j', 'DROP'];
    const onServer = (command: string) => run('nsenter', ['--net=/run/netns/cp', 'iptables', command, ...port]);
    await onServer('-A');
    try {
      await nothingIsLost(async () => {
        const began = performance.now();
        await o.cluster.apply(pool('wrong', { address: '10.198.0.250-10.198.0.240', protocol: 'vip' }));
        const tookMs = performance.now() - began;
        assert.ok(tookMs < 10_000, `${Math.round(tookMs)} ms`);
        const path = 'jsonpath={.status.conditions[*].message}';
        const said = await eventually('a condition', async () =>
          o.cluster.kubectl(['get', 'eip', 'wrong', '-o', path]).then((text) => text || undefined),
        );
        assert.match(said, /10\.198\.0\.250-10\.198\.0\.240/);
        // What agents write is asked about as well.
        const leader = (await o.product.holderOf('tcp')) ?? assert.fail('nobody leads');
        await o.cluster.kubectl(['-n', namespace, 'delete', 'pod', await o.product.agentOn(leader)]);
        await o.product.settled();
      });
    } finally {
      await onServer('-D');
    }
    await o.cluster.kubectl(['delete', 'eip', 'wrong']);
  });

  it('a pool on a NIC that one node lacks: the other nodes serve it, and that one says why it does not', async () => {
    const [without = '', here = '', there = ''] = o.cluster.nodes;
    const others = [here, there];
    await run('ip', ['-n', here, 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan0', 'netns', there]);
    for (const node of others) {
      await run('ip', ['-n', node, 'addr', 'add', `10.199.0.${10 + Number(node.slice(1))}/24`, 'dev', 'lan0']);
      await run('ip', ['-n', node, 'link', 'set', 'lan0', 'up']);
    }
    await o.cluster.apply(
      pool('lan', { address: '10.199.0.200', protocol: 'vip', interface: 'lan0', vrrp: { groups: 1 } }),
    );
    await eventually('the node says so in the status of the group', async () => {
      const { state, message } = (await memberOf('lan', without)) ?? {};
      return state === 'Initialize' && message?.includes('there is no interface lan0 on this node');
    });
    await eventually('another one leads', async () => {
      const states = await Promise.all(others.map(async (node) => (await memberOf('lan', node))?.state));
      return states.includes('Active');
    });
    await o.cluster.kubectl(['delete', 'eip', 'lan']);
    await run('ip', ['-n', here, 'link', 'delete', 'lan0']);
  });

  async function memberOf(eip: string, node: string): Promise<Member | undefined> {
    const { items } = await o.cluster.get<{ items: readonly VipGroup[] }>('vipgroups');
    const group = items.find(({ metadata }) => metadata.name.startsWith(eip));
    return group?.status?.members?.find((member) => member.node === node);
  }
});

type Member = NonNullable<NonNullable<VipGroup['status']>['members']>[number];

interface PodObject {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}
