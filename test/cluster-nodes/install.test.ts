// From nothing to an address that answers, and back, by what a user types.
import assert from 'node:assert/strict';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { besideEmpty } from './lab/beside.js';
import { type Installed, manifest, namespace, served } from './lab/installed.js';

besideEmpty('a real cluster without a load balancer', (o) => {
  const ways = {
    'kubectl apply': {
      // As docs/image.md has it.
      install: () => o.cluster.kubectl(['apply', '--server-side', '-f', manifest()]),
      uninstall: () => o.cluster.kubectl(['delete', '-f', manifest(), '--timeout=150s']),
    },
    'helm install': {
      install: () =>
        o.cluster.helm(['install', 'openelb', projectRoot(), '-n', namespace, '--create-namespace', '--wait=false']),
      uninstall: () => o.cluster.helm(['uninstall', 'openelb', '-n', namespace, '--timeout=30s']),
    },
  };

  for (const [way, { install, uninstall }] of Object.entries(ways)) {
    it(`has addresses that answer 20 s after ${way}; what is uninstalled with its Services left ends in 3 s`, async () => {
      const began = performance.now();
      await install();
      const product = await served(o.cluster);
      try {
        for (const name of product.addresses.keys()) await product.judge.answered(name);
        const tookMs = performance.now() - began;
        console.log(`      ${Math.round(tookMs)} ms to answers of all addresses`);
        assert.ok(tookMs < 20_000, `${Math.round(tookMs)} ms`);

        const [, lingerMs] = await Promise.all([uninstall(), lingering(product)]);
        console.log(`      addresses gone ${Math.round(lingerMs)} ms after the agents were told to end`);
        assert.ok(lingerMs < 3_000, `${Math.round(lingerMs)} ms`);
      } finally {
        product.judge.end();
      }
    });
  }

  it('refuses to be installed where Pod Security would keep the agents out, and says what to do', async () => {
    for (const level of ['baseline', 'restricted']) {
      await o.cluster.kubectl(['create', 'namespace', level]);
      await o.cluster.kubectl(['label', 'namespace', level, `pod-security.kubernetes.io/enforce=${level}`]);
      const installing = o.cluster.helm(['install', 'openelb', projectRoot(), '-n', level]);
      await assert.rejects(installing, (error: Error) => {
        assert.match(error.message, new RegExp(`the namespace ${level} enforces the Pod Security level ${level}`));
        const remedy = `kubectl label --overwrite namespace ${level} pod-security.kubernetes.io/enforce=privileged`;
        assert.ok(error.message.includes(remedy), error.message);
        return true;
      });
      await o.cluster.kubectl(['delete', 'namespace', level, '--wait=false']);
    }
  });

  /** How long an address stayed on a node's NIC after the agents' Pods were deleted, in milliseconds. */
  async function lingering({ addresses }: Installed): Promise<number> {
    const running = async () => {
      const { items } = await o.cluster.get<Pods>('-n', namespace, 'pods', '-l', 'component=agent');
      return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
    };
    await eventually('every agent told to end', async () => (await running()) === 0);
    const told = performance.now();
    await eventually('no address left', async () => {
      const onNics = (await Promise.all(o.cluster.nodes.map((node) => o.cluster.addresses(node)))).flat();
      return ![...addresses.values()].some((address) => onNics.includes(address));
    });
    return performance.now() - told;
  }
});

interface Pods {
  readonly items: readonly { readonly metadata: { readonly deletionTimestamp?: string } }[];
}
