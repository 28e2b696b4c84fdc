import type { Eip } from '../../src/api/eip.js';
import { validateEip } from '../../src/api/validate.js';
import { loadBalancer } from '../../test/lab/stack.js';

/** Names and addresses that no sample of README.md, docs and deploy/samples has, so that those can be applied beside. */
export const poolName = 'playground';
export const serviceName = 'playground-web';
export const poolAddresses = '10.77.0.128/28';

/** The playground's pool. It is not the default one: a sample is. */
export function playgroundPool(o: { readonly mode: 'vip' | 'layer2'; readonly interval: string }): Eip & object {
  return {
    apiVersion: 'network.kubesphere.io/v1alpha2',
    kind: 'Eip',
    metadata: { name: poolName },
    spec: {
      address: poolAddresses,
      protocol: o.mode,
      interface: 'eth0',
      vrrp: { advertisementInterval: o.interval },
    },
  };
}

/** The Service that asks the pool for an address. */
export function playgroundService(): object {
  return loadBalancer(serviceName, { 'eip.openelb.kubesphere.io/v1alpha2': poolName });
}

/** What is wrong with the interval, in the words that a cluster's user would read. */
export function intervalProblem(o: { readonly mode: 'vip' | 'layer2'; readonly interval: string }): string | undefined {
  const valid = validateEip(playgroundPool(o));
  const problem = valid.ok ? undefined : valid.problems.find(({ path }) => path.endsWith('advertisementInterval'));
  return problem?.message;
}
