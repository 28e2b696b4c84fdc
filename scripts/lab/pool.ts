import type { Eip } from '../../src/api/eip.js';
import { validateEip } from '../../src/api/validate.js';
import { loadBalancer } from '../../test/lab/stack.js';
import type { Mode, PlaygroundOptions } from './options.mjs';

/** Names and addresses that no sample of README.md, docs and deploy/samples has, so that those can be applied beside. */
export const poolName = 'playground';
export const serviceName = 'playground-web';
const addressesByMode = { vip: '10.77.0.128/28', layer2: '10.77.0.128/28', bgp: '10.77.1.0/28' } as const;

/** Those of the nodes' network, but for mode bgp: only a router knows the way to these. */
export function poolAddresses(mode: Mode): string {
  return addressesByMode[mode];
}

/** The playground's pool. It is not the default one: a sample is. */
export function playgroundPool({ mode, interval }: Pick<PlaygroundOptions, 'mode' | 'interval'>): Eip & object {
  return {
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'Eip',
    metadata: { name: poolName },
    spec: {
      address: poolAddresses(mode),
      protocol: mode,
      ...(mode !== 'bgp' && { interface: 'eth0', vrrp: { advertisementInterval: interval } }),
    },
  };
}

/** The Service that asks the pool for an address. */
export function playgroundService(): object {
  return loadBalancer(serviceName, { 'eip.openelb.kubesphere.io/v1alpha2': poolName });
}

/** What is wrong with the interval, in the words that a cluster's user would read. */
export function intervalProblem(o: Pick<PlaygroundOptions, 'mode' | 'interval'>): string | undefined {
  const valid = validateEip(playgroundPool(o));
  const problem = valid.ok ? undefined : valid.problems.find(({ path }) => path.endsWith('advertisementInterval'));
  return problem?.message;
}
