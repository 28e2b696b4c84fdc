// Tests beside a real cluster, or skipped where there is none: those that find the product installed, and those that install it.
import { type RealNodes, realNodes } from './cluster.js';
import { deployResponders, type Installed, installed, tellFailure, uninstallAll } from './installed.js';

/** What tests have once they run. */
interface Found {
  cluster?: RealNodes;
  product?: Installed;
}

/** The product is not installed; the Pods that answer are there. */
export function besideEmpty(title: string, tests: (o: { readonly cluster: RealNodes }) => void): void {
  beside(title, tests as (o: Found) => void, async ({ cluster }) => {
    await uninstallAll(cluster!);
    await deployResponders(cluster!);
  });
}

/** The product is installed, and its Services are asked all the time. */
export function besideInstalled(
  title: string,
  tests: (o: { readonly cluster: RealNodes; readonly product: Installed }) => void,
): void {
  beside(title, tests as (o: Found) => void, async (found) => {
    found.product = await installed(found.cluster!);
  });
}

/** @param prepare runs before the tests, when there is a cluster */
function beside(title: string, tests: (o: Found) => void, prepare: (found: Found) => Promise<void>): void {
  describe(title, function () {
    this.timeout(400_000);
    const found: Found = {};
    before(async function () {
      found.cluster = await clusterOrSkip(this);
      await prepare(found);
    });
    after(() => found.product?.judge.end());
    afterEach(async function () {
      if (found.cluster !== undefined) await tellFailure(this.currentTest, found.cluster);
    });
    tests(found);
  });
}

/** The cluster around this; where there is none, the tests are skipped and it is said why. */
export async function clusterOrSkip(hook: Mocha.Context): Promise<RealNodes> {
  const cluster = await realNodes();
  if (cluster !== undefined) return cluster;
  console.log('    skipped: there is no cluster of real nodes around this: scripts/test cluster-nodes');
  return hook.skip();
}
