import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { excludeNodeLabel } from '../../src/api/annotations.js';
import { monotonicMicros } from '../lab/clock.js';
import { eventually } from '../lab/eventually.js';
import { httpGet } from '../lab/http.js';
import { kubeProxyOrSkip, startKubeProxy } from '../lab/kube-proxy.js';
import { macsThatAnswerFor } from '../lab/macs-that-answer.js';
import type { Node } from '../lab/node.js';
import { type Pod, startPods } from '../lab/pod.js';
import { startProber } from '../lab/prober.js';
import { type Family, servicePorts, serviceWithPods } from '../lab/service-with-pods.js';
import { silencesOf } from '../lab/silence.js';
import { type Stack, startStack } from '../lab/stack.js';

const pools: Readonly<Record<Family, string>> = { IPv4: '10.77.0.100-10.77.0.119', IPv6: 'fd77::100-fd77::119' };

describe('layer2 mode with kube-proxy', function () {
  this.timeout(180_000);
  let stack: Stack;
  let pods: readonly Pod[];

  before(async function () {
    const program = kubeProxyOrSkip(this);
    stack = await startStack(`e2elayer2${process.pid}`, { dualStack: true });
    const nodes = stack.nodes.map(({ host }) => host);
    pods = await startPods({ lab: stack.lab.name, folder: stack.lab.folder, nodes });
    await Promise.all(nodes.map((node) => startKubeProxy(program, node, stack.api)));
    for (const family of ['IPv4', 'IPv6'] as const) await stack.apply(pool(family));
  });
  after(() => stack?.lab.close());
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    console.error(await stack.api.kubectl(['get', 'eip,vg,svc,endpointslices', '-A', '-o', 'wide']));
    for (const node of stack.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
  });

  const pool = (family: Family, protocol = 'layer2') => ({
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'Eip',
    metadata: { name: family.toLowerCase() },
    spec: { address: pools[family], protocol, interface: 'eth0', vrrp: { groups: 1, advertisementInterval: '250ms' } },
  });
  /** A Service with these Pods behind it, as its controllers would make it, that answers. */
  const serve = async (
    name: string,
    family: Family,
    policy: string,
    behind: readonly Pod[],
    kind: keyof typeof servicePorts,
  ) => {
    await stack.apply(
      ...serviceWithPods({ name, pool: family.toLowerCase(), family, policy, behind, port: servicePorts[kind] }),
    );
    const address = await stack.addressOf(name);
    if (kind === 'http')
      await eventually(`${address} served`, () => ask(address).catch(() => undefined), { withinMs: 20_000 });
    return address;
  };
  const ask = async (address: string) => {
    const url = `http://${address.includes(':') ? `[${address}]` : address}/`;
    return (await httpGet(stack.client, url)).body;
  };
  const macOf = async (node: Node) =>
    (JSON.parse(await node.host.run('ip', ['-j', 'link', 'show', 'eth0'])) as { address: string }[])[0]!.address;
  const macsThatAnswer = (address: string) => macsThatAnswerFor(stack.client, address);
  const kubectl = (...args: readonly string[]) => stack.api.kubectl(args);
  /** Undoes a fault; again is harmless. */
  const recover = async (node: Node, fault: string) => {
    node.agent().signal('SIGCONT');
    await node.host.cable.heal();
    await kubectl('uncordon', node.name);
    await kubectl('label', 'node', node.name, `${excludeNodeLabel}-`);
    if (fault === 'SIGTERM' || fault === 'SIGKILL') await eventually('its end', () => !node.agent().running());
    if (!node.agent().running()) node.startAgent();
  };
  const nobodyHolds = async (address: string) => {
    for (const node of stack.nodes) assert.ok(!(await node.host.addresses()).includes(address), node.name);
  };

  for (const family of ['IPv4', 'IPv6'] as const) {
    it(`${family}, policy Cluster: every Pod serves, the leader alone answers for the address, and no NIC has it`, async () => {
      const address = await serve(`cluster-${family.toLowerCase()}`, family, 'Cluster', pods, 'http');
      await stack.settled();
      const holder = await stack.holderOf(address);
      const served = new Set<string>();
      await eventually('an answer of each Pod', async () => {
        served.add((await ask(address)).split(' ')[0]!);
        return served.size === pods.length;
      });
      assert.deepEqual(await macsThatAnswer(address), [await macOf(holder)]);
      await nobodyHolds(address);
    });

    it(`${family}, policy Local: the node with the Pod leads, and the Pod sees the client's own address`, async () => {
      const pod = pods[1]!;
      const address = await serve(`local-${family.toLowerCase()}`, family, 'Local', [pod], 'http');
      assert.equal((await stack.holderOf(address)).name, pod.node);
      const client = family === 'IPv4' ? stack.client.address : stack.client.address6;
      for (let i = 0; i < 5; i += 1) {
        const [by, to] = /^(\S+) .* to (\S+)$/.exec((await ask(address)).trim())!.slice(1);
        assert.deepEqual([by, to!.replace(/^::ffff:/, '')], [pod.name, client]);
      }
      await nobodyHolds(address);
    });

    describe(`${family}, when something happens to the leader`, () => {
      const bound = 1.1 * (3 * 250 + 250) * 1000;
      const signalled = (signal: NodeJS.Signals) => (leader: Node) => leader.agent().signal(signal);
      const faults = [
        { what: 'SIGTERM', most: 0, inflict: signalled('SIGTERM') },
        { what: 'SIGKILL', most: 0, inflict: signalled('SIGKILL') },
        { what: 'SIGSTOP', most: 0, inflict: signalled('SIGSTOP') },
        { what: 'a drain', most: 0, inflict: ({ name }: Node) => kubectl('drain', name, '--ignore-daemonsets') },
        {
          what: 'exclusion from load balancers',
          most: 0,
          inflict: ({ name }: Node) => kubectl('label', 'node', name, `${excludeNodeLabel}=`),
        },
        { what: 'a cut cable', most: bound, inflict: (leader: Node) => leader.host.cable.cut() },
      ];
      for (const { what, most, inflict } of faults) {
        it(`${what} costs ${most === 0 ? 'no probe' : 'at most the failover bound'}, and another answers alone`, async () => {
          // Behind the nodes that stay: what a dead node's own Pods lose is not the load balancer's doing.
          const before = await stack.holderOf(await stack.addressOf(`cluster-${family.toLowerCase()}`));
          const others = pods.filter((pod) => pod.node !== before.name);
          const address = await serve(`fault-${family.toLowerCase()}`, family, 'Cluster', others, 'probe');
          assert.equal((await stack.holderOf(address)).name, before.name);
          const prober = startProber(stack.client, address, 500);
          try {
            await prober.answered();
            await wait(300);
            const at = monotonicMicros();
            await inflict(before);
            const after = await stack.holderOf(address, { not: before.name });
            await prober.answered();
            await wait(500);
            if (what !== 'a cut cable') {
              assert.deepEqual(await macsThatAnswer(address), [await macOf(after)]);
            }
            await recover(before, what);
            await wait(1500);
            const silent = silencesOf(await prober.stop()).reduce(
              (sum, { from, to }) => sum + (to ?? Number.POSITIVE_INFINITY) - Math.max(from, at),
              0,
            );
            assert.ok(silent <= most, `${silent} us without an answer`);
            assert.deepEqual(await macsThatAnswer(address), [await macOf(after)]);
          } finally {
            if (before.agent().running()) before.agent().signal('SIGCONT');
            await prober.stop();
          }
        });
      }
    });

    it(`${family}: changing the Eip between vip and layer2 while it serves loses nothing and keeps the leader`, async () => {
      const address = await serve(`fault-${family.toLowerCase()}`, family, 'Cluster', pods, 'probe');
      const holder = await stack.holderOf(address);
      const prober = startProber(stack.client, address, 500);
      await prober.answered();
      for (const protocol of ['vip', 'layer2', 'vip', 'layer2'] as const) {
        await stack.apply(pool(family, protocol));
        await eventually(`${address} ${protocol === 'vip' ? 'on' : 'off'} the NIC`, async () => {
          return (await holder.host.addresses()).includes(address) === (protocol === 'vip');
        });
        await wait(500);
        assert.equal((await stack.holderOf(address)).name, holder.name);
      }
      assert.deepEqual(silencesOf(await prober.stop()), []);
    });
  }

  it('an address on kube-ipvs0 that the kernel answers for is told in the log, on the group and by an Event on the Eip', async () => {
    const address = await stack.addressOf('cluster-ipv4');
    const holder = await stack.holderOf(address);
    const node = stack.nodes.find((each) => each !== holder)!;
    // A veth, since not every kernel has the dummy links that kube-proxy makes.
    await node.host.run('ip', ['link', 'add', 'kube-ipvs0', 'type', 'veth', 'peer', 'name', 'kube-ipvs1']);
    try {
      await node.host.run('ip', ['address', 'add', `${address}/32`, 'dev', 'kube-ipvs0']);
      await eventually('both NICs answering', async () => (await macsThatAnswer(address)).length === 2);
      await eventually('a line in the log', () => /without strictARP/.test(node.agent().log()), { withinMs: 60_000 });
      const group = await eventually('a condition', async () => {
        const found = await stack.groupOf(address);
        return found.status?.conditions?.some(({ type }) => type === 'KernelAnswers') ? found : undefined;
      });
      assert.match(
        group.status!.conditions!.find(({ type }) => type === 'KernelAnswers')!.message!,
        new RegExp(`kube-ipvs0.*strictARP.*\\(seen by ${node.name}\\)`),
      );
      await eventually('an Event on the Eip', async () =>
        /without strictARP/.test(
          await stack.api.kubectl(['get', 'events', '-A', '--field-selector', 'involvedObject.kind=Eip', '-o', 'wide']),
        ),
      );
    } finally {
      await node.host.run('ip', ['link', 'del', 'kube-ipvs0']);
    }
  });
});
