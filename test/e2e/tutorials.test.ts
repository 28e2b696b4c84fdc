// The manifests of widely read tutorials as they are, on an empty cluster, and what they promise: answers.
import assert from 'node:assert/strict';
import * as tutorials from '../cluster/metallb/tutorials.js';
import { eventually } from '../lab/eventually.js';
import { httpGet } from '../lab/http.js';
import { kubeProxyOrSkip, startKubeProxy } from '../lab/kube-proxy.js';
import { macOf, macsThatAnswerFor } from '../lab/macs-that-answer.js';
import { type Pod, startPods } from '../lab/pod.js';
import { programArguments } from '../lab/process.js';
import { startBird } from '../lab/routers/bird.js';
import { eventuallyGateways } from '../lab/routers/kernel-routes.js';
import { type Stack, startStack } from '../lab/stack.js';

describe('manifests of tutorials, applied as they are', function () {
  this.timeout(180_000);
  let stack: Stack;
  let pods: readonly Pod[];

  before(async function () {
    const program = kubeProxyOrSkip(this);
    stack = await startStack(`e2etutorials${process.pid}`, { metallb: true });
    const nodes = stack.nodes.map(({ host }) => host);
    pods = await startPods({ lab: stack.lab.name, folder: stack.lab.folder, nodes });
    await Promise.all(nodes.map((node) => startKubeProxy(program, node, stack.api)));
    // The networks that the tutorials are about.
    for (const [at, host] of [stack.client, ...nodes].entries())
      for (const network of ['192.168.1', '10.0.0'])
        await host.run('ip', ['address', 'add', `${network}.${10 + at}/24`, 'dev', 'eth0']);
    // Before anything is placed by them.
    await eventually('that each agent has told of them', async () => {
      const told = await stack.api.kubectl(['get', 'leases', '-n', 'openelb-system', '-o', 'yaml']);
      return nodes.every((_, at) => told.includes(`192.168.1.${11 + at}/24`) && told.includes(`10.0.0.${11 + at}/24`));
    });
    await stack.api.kubectl(['create', 'namespace', 'metallb-system']);
  });
  after(() => stack?.lab.close());
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    console.error(await stack.api.kubectl(['get', 'eip,vg,svc,endpointslices,events', '-A', '-o', 'wide']));
    for (const node of stack.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
    console.error(stack.controller().log());
  });

  const apply = (input: string) => stack.api.apply(['-f', '-'], { input });
  const remove = async (input: string) => {
    // An Eip of which a Service has an address is not deleted: the Service goes first.
    const documents = input.split('\n---\n').toReversed().join('\n---\n');
    await stack.api.kubectl(['delete', '-f', '-'], { input: documents });
    await eventually('nothing left of it', async () => (await stack.api.kubectl(['get', 'eips', '-o', 'name'])) === '');
  };
  /** As the controllers of Kubernetes would make it of the Pods that a Service selects. @param ports by their names in the Service */
  const back = (service: string, behind: readonly Pod[], ports: Readonly<Record<string, number>>) =>
    stack.apply({
      apiVersion: 'discovery.k8s.io/v1beta1',
      kind: 'EndpointSlice',
      metadata: { name: service, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      ports: Object.entries(ports).map(([name, port]) => ({ name, port, protocol: 'TCP' })),
      endpoints: behind.map(({ address, node }) => ({
        addresses: [address],
        conditions: { ready: true },
        topology: { 'kubernetes.io/hostname': node },
      })),
    });
  const answered = (address: string, by: RegExp) =>
    eventually(
      `an answer of ${address} by ${by}`,
      async () => {
        const { status, body } = await httpGet(stack.client, `http://${address}/`);
        return status === 200 && by.test(body) ? body : undefined;
      },
      { withinMs: 30_000 },
    );
  /** Each Pod that answers within some requests, with the ingress in front of it. */
  const answerers = async (address: string, count: number) => {
    const seen = new Set<string>();
    await eventually(`answers of ${count} Pods`, async () => {
      seen.add((await httpGet(stack.client, `http://${address}/`)).body.split(' answers')[0]!);
      return seen.size === count;
    });
    return [...seen].sort();
  };
  /** Nodes hand over on a busy machine, too: who does and who takes over both answer for a moment. */
  const answersAlone = async (address: string) => {
    await stack.settled();
    await eventually(`one node that answers for ${address}, which is its holder`, async () => {
      const node = await stack.holderOf(address);
      const macs = await macsThatAnswerFor(stack.client, address);
      return macs.length === 1 && macs[0] === (await macOf(node.host));
    });
  };

  it('a ConfigMap with address-pools: from a client to the VIP, to the ingress, to a Service and to its Pods', async () => {
    await apply(tutorials.layer2ConfigMap);
    await stack.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { ports: [{ name: 'http', port: 80 }], selector: { app: 'web' } },
    });
    const service = await stack.api.kubectl(['get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}']);
    const ingress = pods[0]!.start('ingress', process.execPath, [
      ...programArguments(new URL('../lab/programs/ingress', import.meta.url), import.meta.url),
      '8080',
      service,
    ]);
    await back('web', pods.slice(1), { http: 80 });
    await back('ingress-nginx-controller', pods.slice(0, 1), { http: 8080, https: 8443 });
    const address = await stack.addressOf('ingress-nginx-controller');
    assert.equal(address, '192.168.1.240');
    await answered(address, /^ingress: pod-n[23] answers/);
    assert.deepEqual(await answerers(address, 2), ['ingress: pod-n2', 'ingress: pod-n3']);
    await answersAlone(address);
    assert.ok(ingress.running(), ingress.log());
    await remove(tutorials.layer2ConfigMap);
  });

  it('IPAddressPool, BGPAdvertisement and BGPPeer: from a client by way of the router to the Pods', async () => {
    const router = await stack.lab.addHost('router', 1);
    await router.run('ip', ['address', 'add', '10.0.0.254/24', 'dev', 'eth0']);
    const nodes = stack.nodes.map((_, at) => `10.0.0.${11 + at}`);
    await startBird(stack.lab.folder, router, { lines: tutorials.router(nodes) });
    await stack.client.run('ip', ['route', 'add', '172.19.0.0/24', 'via', '10.0.0.254']);
    await apply(tutorials.bgp);
    await back('web-bgp', pods, { '': 80 });
    const address = await stack.addressOf('web-bgp');
    assert.equal(address, '172.19.0.0');
    await eventuallyGateways(router, `${address}/32`, nodes, { withinMs: 30_000 });
    await answered(address, /^pod-n[123] answers/);
    assert.deepEqual(await answerers(address, 3), ['pod-n1', 'pod-n2', 'pod-n3']);
    await remove(tutorials.bgp);
    await eventuallyGateways(router, `${address}/32`, [], { withinMs: 30_000 });
  });

  it("OpenELB's Eip and annotations: kubectl get eip shows USAGE 1 and TOTAL 31, and the address answers", async () => {
    await apply(tutorials.openelb);
    await back('nginx', pods, { '': 80 });
    const address = await stack.addressOf('nginx');
    assert.equal(address, '10.0.0.200');
    await answered(address, /^pod-n[123] answers/);
    await eventually('USAGE 1 and TOTAL 31', async () =>
      tutorials.eipTable.test(await stack.api.kubectl(['get', 'eip'])),
    );
  });

  it('the change of kube-proxy to strictARP: the address answers before it and after, by one node alone', async () => {
    await apply(tutorials.kubeProxy(false));
    const address = await stack.addressOf('nginx');
    await answersAlone(address);
    await answered(address, /^pod-n[123] answers/);
    const group = (await stack.groupOf(address)).metadata.uid;
    const config = await stack.api.kubectl(['get', 'configmap', 'kube-proxy', '-n', 'kube-system', '-o', 'yaml']);
    await apply(config.replace('strictARP: false', 'strictARP: true'));
    const read = ['get', 'configmap', 'kube-proxy', '-n', 'kube-system', '-o', 'jsonpath={.data.config\\.conf}'];
    assert.match(await stack.api.kubectl(read), /strictARP: true/);
    // debian-kernel has kube-proxy do it itself, on a kernel with IPVS.
    for (const node of stack.nodes) await node.host.run('sysctl', ['-qw', ...tutorials.strictArp]);
    await stack.client.run('ip', ['neighbor', 'flush', 'all']);
    await answered(address, /^pod-n[123] answers/);
    await answersAlone(address);
    assert.equal((await stack.groupOf(address)).metadata.uid, group);
    await stack.api.kubectl(['delete', 'configmap', 'kube-proxy', '-n', 'kube-system']);
    await remove(tutorials.openelb);
  });
});
