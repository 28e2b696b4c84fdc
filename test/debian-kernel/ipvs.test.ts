import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { eventually } from '../lab/eventually.js';
import { httpGet } from '../lab/http.js';
import { findKubeProxy, kubeProxyOrSkip, startKubeProxy } from '../lab/kube-proxy.js';
import { macsThatAnswerFor } from '../lab/macs-that-answer.js';
import { startPods } from '../lab/pod.js';
import type { Process } from '../lab/process.js';
import { servicePorts, serviceWithPods } from '../lab/service-with-pods.js';
import { type Stack, startStack } from '../lab/stack.js';

/** What kube-proxy looks for before it takes IPVS; it cannot load them itself where /lib/modules is another kernel's. */
const modules = ['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh', 'nf_conntrack', 'dummy'];
const ipvs = ['--proxy-mode=ipvs', '--ipvs-min-sync-period=0s'];

describe('layer2 mode with kube-proxy in IPVS mode', function () {
  this.timeout(300_000);
  let stack: Stack;
  let proxies: readonly Process[];
  let address: string;

  before(async function () {
    kubeProxyOrSkip(this);
    const modprobe = (await readFile('/proc/sys/kernel/modprobe', 'utf8')).trim();
    await execa(modprobe, ['-a', ...modules]);
    stack = await startStack(`kernelipvs${process.pid}`, { nodeCount: 2, dualStack: true });
    const nodes = stack.nodes.map(({ host }) => host);
    const behind = await startPods({ lab: stack.lab.name, folder: stack.lab.folder, nodes });
    await stack.apply({
      apiVersion: 'network.kubesphere.io/v1alpha2',
      kind: 'Eip',
      metadata: { name: 'pool' },
      spec: { address: '10.77.0.100-10.77.0.109', protocol: 'layer2', interface: 'eth0', vrrp: { groups: 1 } },
    });
    proxies = await startProxies();
    const service = { name: 'web', pool: 'pool', family: 'IPv4', policy: 'Cluster', behind } as const;
    await stack.apply(...serviceWithPods({ ...service, port: servicePorts.http }));
    address = await stack.addressOf('web');
  });
  after(() => stack?.lab.close());
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    console.error(await stack.api.kubectl(['get', 'eip,vg,svc,endpointslices', '-A', '-o', 'wide']));
    for (const node of stack.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
    for (const proxy of proxies ?? []) console.error(`--- ${proxy.title}\n${proxy.log()}`);
  });

  const startProxies = (...flags: readonly string[]) =>
    Promise.all(stack.nodes.map(({ host }) => startKubeProxy(findKubeProxy()!, host, stack.api, [...ipvs, ...flags])));
  const macOf = async (name: string) => {
    const { host } = stack.nodes.find((node) => node.name === name)!;
    return (JSON.parse(await host.run('ip', ['-j', 'link', 'show', 'eth0'])) as { address: string }[])[0]!.address;
  };
  const answersAlone = (name: string) =>
    eventually(
      `${name} to answer alone`,
      async () => (await macsThatAnswerFor(stack.client, address)).join() === (await macOf(name)),
      { withinMs: 60_000 },
    );
  const served = () =>
    eventually(`${address} served`, async () => (await httpGet(stack.client, `http://${address}/`)).body, {
      withinMs: 60_000,
    });
  const saysKernelAnswers = async () =>
    (await stack.groupOf(address)).status?.conditions?.some(({ type }) => type === 'KernelAnswers') === true;

  it('without strictARP every node answers, and the group says so', async () => {
    await eventually(
      'the address on kube-ipvs0 of each node',
      async () => {
        for (const { host } of stack.nodes)
          if (!(await host.run('ip', ['address', 'show', 'dev', 'kube-ipvs0'])).includes(address)) return undefined;
        return true;
      },
      { withinMs: 60_000 },
    );
    await eventually('both NICs answering', async () => (await macsThatAnswerFor(stack.client, address)).length === 2);
    await eventually('the condition KernelAnswers', saysKernelAnswers, { withinMs: 90_000 });
  });

  it('with strictARP the leader answers alone, the group says nothing more, and IPVS takes requests to the Pods', async () => {
    for (const proxy of proxies) {
      proxy.signal('SIGTERM');
      await proxy.exited;
    }
    proxies = await startProxies('--ipvs-strict-arp');
    await answersAlone((await stack.holderOf(address)).name);
    await eventually('no condition KernelAnswers', async () => !(await saysKernelAnswers()), { withinMs: 90_000 });
    assert.match(await served(), /^pod-n[12] /);
  });

  it('after a cut cable another node answers alone, and serves', async () => {
    const leader = await stack.holderOf(address);
    const heir = stack.nodes.find((node) => node !== leader)!;
    await leader.host.cable.cut();
    await answersAlone(heir.name);
    // What the Pod of the lost node was asked fails: nobody tells kube-proxy here that it is gone.
    assert.match(await served(), new RegExp(`^pod-${heir.name} `));
  });
});
