// MetalLB's part, as far as others see it: an image of it is not to be had. Its names, kinds and periods of grace are those of its manifest.
import { join } from 'node:path';
import { imageName } from '../../../scripts/packaging/image.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import type { RealNodes } from './cluster.js';
import { programOnEachNode, programSomewhere } from './objects.js';

export const metallbNamespace = 'metallb-system';

/**
 * What there is where MetalLB runs, in layer 2 mode: its kinds, a pool and its advertisement, the controller behind its webhook's Service, and
 * speakers, of which the one on `leader` answers for `address`.
 */
export async function runMetallb(
  cluster: RealNodes,
  o: { readonly leader: string; readonly address: string; readonly pool: string },
): Promise<void> {
  const image = await imageName();
  const metadata = (name: string) => ({ name, namespace: metallbNamespace });
  await cluster.kubectl(['create', 'namespace', metallbNamespace]);
  await cluster.kubectl(['create', '-f', join(projectRoot(), 'deploy/metallb/crds')]);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  await cluster.apply(
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: metadata('lan'),
      spec: { addresses: [o.pool] },
    },
    { apiVersion: 'metallb.io/v1beta1', kind: 'L2Advertisement', metadata: metadata('lan'), spec: {} },
    programSomewhere({
      name: 'controller',
      namespace: metallbNamespace,
      labels: { app: 'metallb', component: 'controller' },
      image,
      program: ['echo', '9443'],
      port: 9443,
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('metallb-webhook-service'),
      spec: { ports: [{ port: 443, targetPort: 9443 }], selector: { component: 'controller' } },
    },
    programOnEachNode({
      name: 'speaker',
      namespace: metallbNamespace,
      labels: { app: 'metallb', component: 'speaker' },
      image,
      program: ['metallb-speaker', '$(NODE)', o.leader, o.address, '7472'],
      port: 7472,
      pod: { hostNetwork: true, terminationGracePeriodSeconds: 2 },
    }),
  );
  for (const program of ['deployment/controller', 'daemonset/speaker'])
    await cluster.kubectl(['-n', metallbNamespace, 'rollout', 'status', program, '--timeout=60s']);
}

/** Nothing is left of it. */
export async function removeMetallb(cluster: RealNodes): Promise<void> {
  await cluster.kubectl(['delete', '--ignore-not-found', 'namespace', metallbNamespace]);
  await cluster.kubectl(['delete', '--ignore-not-found', '-f', join(projectRoot(), 'deploy/metallb/crds')]);
}
