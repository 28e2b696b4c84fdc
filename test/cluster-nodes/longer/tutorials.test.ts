// The manifests of widely read tutorials as they are, on an empty cluster of real nodes, by the commands of their pages. Where a page has an
// ingress controller, a Pod with a small HTTP proxy has its place: labelled as ingress-nginx is, behind the same Service.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { imageName } from '../../../scripts/packaging/image.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import * as tutorials from '../../cluster/metallb/tutorials.js';
import { run } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import { macOf, macsThatAnswerFor } from '../../lab/macs-that-answer.js';
import { probePort } from '../../lab/responder.js';
import { eventuallyGateways } from '../../lab/routers/kernel-routes.js';
import { besideEmpty } from '../lab/beside.js';
import { startBird } from '../lab/bird.js';
import { addressOf, namespace, settled, uninstallAll } from '../lab/installed.js';
import { programOnEachNode } from '../lab/objects.js';

const client = 'c1';
/** The networks that the tutorials are about, and the hosts in them, whose addresses end in 10, 11 and so on. */
const networks = ['192.168.1', '10.0.0'] as const;
const router = 'edge';

besideEmpty("a real cluster with nobody's load balancer, to which tutorials are applied as they are,", (o) => {
  const hosts = () => [client, ...o.cluster.nodes];
  const nodesOfTutorials = () => o.cluster.nodes.map((_, at) => `10.0.0.${11 + at}`);

  before(async () => {
    await inTheirNetworks('add');
    // As docs/migrating/metallb.md has it.
    const flags = ['--create-namespace', '--set', 'metallb.enabled=true,metallb.crds=true'];
    await o.cluster.helm(['upgrade', '--install', 'openelb', projectRoot(), '-n', namespace, ...flags]);
    await o.cluster.kubectl(['create', 'namespace', 'metallb-system']);
    await o.cluster.kubectl(['-n', namespace, 'rollout', 'status', 'daemonset/openelb-agent', '--timeout=60s']);
    const image = await imageName();
    const answers = (name: string) => {
      const program = ['responder', '$(NODE)', String(probePort), '80'] as const;
      return programOnEachNode({ name, image, program, port: 80 });
    };
    await o.cluster.apply(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { ports: [{ port: 80 }], selector: { app: 'web' } },
      },
      answers('web'),
      answers('nginx'),
      programOnEachNode({
        name: 'ingress-nginx',
        labels: { 'app.kubernetes.io/name': 'ingress-nginx' },
        image,
        // The kubelet tells each Pod of the Services that there are.
        program: ['ingress', '80', '$(WEB_SERVICE_HOST)'],
        port: 80,
      }),
    );
    for (const name of ['web', 'nginx', 'ingress-nginx'])
      await o.cluster.kubectl(['rollout', 'status', `daemonset/${name}`, '--timeout=60s']);
  });
  after(async () => {
    if (o.cluster === undefined) return;
    const leftovers = ['daemonset/web', 'daemonset/nginx', 'daemonset/ingress-nginx', 'service/web'];
    await o.cluster.kubectl(['delete', '--ignore-not-found', ...leftovers, 'namespace/metallb-system']);
    await o.cluster.kubectl(['delete', '--ignore-not-found', '-f', join(projectRoot(), 'deploy/metallb/crds')]);
    await uninstallAll(o.cluster);
    await inTheirNetworks('delete');
  });

  it('a ConfigMap with address-pools: from a client to the VIP, to the ingress, to a Service and to its Pods', async () => {
    await apply(tutorials.layer2ConfigMap);
    const address = await addressOf(o.cluster, 'ingress-nginx-controller');
    assert.equal(address, '192.168.1.240');
    await answered(address, /^ingress: n[123] answers/);
    assert.deepEqual(await answerers(address), ['ingress: n1', 'ingress: n2', 'ingress: n3']);
    await answersAlone(address);
    await remove(tutorials.layer2ConfigMap);
  });

  it('IPAddressPool, BGPAdvertisement and BGPPeer: from a client by way of a router to the Pods', async () => {
    const { cluster } = o;
    await cluster.addHost(router, 252);
    const edge = cluster.host(router);
    await edge.run('ip', ['address', 'add', '10.0.0.254/24', 'dev', 'eth0']);
    const bird = await startBird(cluster, router, tutorials.router(nodesOfTutorials()));
    try {
      await cluster.host(client).run('ip', ['route', 'add', '172.19.0.0/24', 'via', '10.0.0.254']);
      await apply(tutorials.bgp);
      const address = await addressOf(cluster, 'web-bgp');
      assert.equal(address, '172.19.0.0');
      await eventuallyGateways(edge, `${address}/32`, nodesOfTutorials());
      await answered(address, /^n[123] answers/);
      assert.deepEqual(await answerers(address), ['n1', 'n2', 'n3']);
      await remove(tutorials.bgp);
      await eventuallyGateways(edge, `${address}/32`, []);
    } finally {
      bird.signal('SIGTERM');
    }
  });

  it("OpenELB's Eip and annotations: kubectl get eip shows USAGE 1 and TOTAL 31, and curl is answered", async () => {
    await apply(tutorials.openelb);
    const address = await addressOf(o.cluster, 'nginx');
    assert.equal(address, '10.0.0.200');
    await answered(address, /^n[123] answers/);
    await eventually('USAGE 1 and TOTAL 31', async () =>
      tutorials.eipTable.test(await o.cluster.kubectl(['get', 'eip'])),
    );
  });

  it('the change of kube-proxy to strictARP: the address answers before it and after, by the same node alone', async () => {
    await apply(tutorials.kubeProxy(false));
    const address = await addressOf(o.cluster, 'nginx');
    await answered(address, /^n[123] answers/);
    const before = await answersAlone(address);
    const change = 'sed -e "s/strictARP: false/strictARP: true/"';
    const get = 'kubectl get configmap kube-proxy -n kube-system -o yaml';
    await run('bash', ['-c', `set -o pipefail; ${get} | ${change} | kubectl apply -f - -n kube-system`]);
    const read = ['get', 'configmap', 'kube-proxy', '-n', 'kube-system', '-o', 'jsonpath={.data.config\\.conf}'];
    assert.match(await o.cluster.kubectl(read), /strictARP: true/);
    // debian-kernel has kube-proxy do it itself, on a kernel with IPVS.
    for (const node of o.cluster.nodes) await o.cluster.host(node).run('sysctl', ['-qw', ...tutorials.strictArp]);
    await o.cluster.host(client).run('ip', ['neighbor', 'flush', 'all']);
    await answered(address, /^n[123] answers/);
    assert.deepEqual(await answersAlone(address), before);
    await o.cluster.kubectl(['delete', 'configmap', 'kube-proxy', '-n', 'kube-system']);
    await remove(tutorials.openelb);
  });

  const apply = (input: string) => o.cluster.kubectl(['apply', '-f', '-'], { input });
  async function remove(input: string): Promise<void> {
    // An Eip of which a Service has an address is not deleted: the Service goes first.
    const documents = input.split('\n---\n').toReversed().join('\n---\n');
    await o.cluster.kubectl(['delete', '-f', '-'], { input: documents });
    await eventually('nothing left of it', async () => (await o.cluster.kubectl(['get', 'eips', '-o', 'name'])) === '');
  }

  const curl = (address: string) =>
    o.cluster.host(client).run('curl', ['-sS', '--fail', '--max-time', '2', `http://${address}/`]);
  const answered = (address: string, by: RegExp) =>
    eventually(`an answer of ${address} by ${by}`, async () => by.test(await curl(address)));
  /** A Pod of every node answers within some requests: with the ingress in front of them, those behind it. */
  async function answerers(address: string): Promise<readonly string[]> {
    const seen = new Set<string>();
    await eventually('answers from every node', async () => {
      seen.add((await curl(address)).split(' answers')[0]!);
      return seen.size === o.cluster.nodes.length;
    });
    return [...seen].sort();
  }

  /** The leader answers for its address, and no other node. @returns its group, by uid, and its MAC */
  async function answersAlone(address: string): Promise<{ readonly uid: string | undefined; readonly mac: string }> {
    await settled(o.cluster); // who hands over and who takes over both answer for a moment
    const { items } = await o.cluster.get<{ items: readonly VipGroup[] }>('vipgroups');
    const { metadata, status } =
      items.find(({ spec }) => spec.addresses.includes(address)) ?? assert.fail(`no group has ${address}`);
    const mac = await macOf(o.cluster.host(status?.holder ?? assert.fail(`nobody leads ${address}`)));
    assert.deepEqual(await macsThatAnswerFor(o.cluster.host(client), address), [mac]);
    return { uid: metadata.uid, mac };
  }

  async function inTheirNetworks(act: 'add' | 'delete'): Promise<void> {
    for (const [at, name] of hosts().entries())
      for (const network of networks)
        await o.cluster.host(name).run('ip', ['address', act, `${network}.${10 + at}/24`, 'dev', 'eth0']);
  }
});
