/** Nodes, pools and Services of a large cluster, and Services that come and go. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Eip } from '../../../src/api/eip.js';
import { forEachBounded } from '../../../src/controller/groups/bounded.js';
import type { Service } from '../../../src/controller/objects/builtin-objects.js';
import { eips } from '../../../src/controller/objects/resources.js';
import { endpointSlicesBeta, nodes, services } from '../../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../../src/platform/kubernetes/client.js';
import type { KubernetesObject } from '../../../src/platform/kubernetes/resource.js';
import { createService, createServices, removeServices } from '../../cluster/service-load.js';
import { endpointSlice } from '../../lab/endpoint-slice.js';
import type { Random } from '../../simulation/random.js';

export interface Size {
  readonly nodes: readonly string[];
  /** Services, and those of them whose policy is Local. */
  readonly services: number;
  readonly locals: number;
  /** Those of all pools, and how many sets of nodes the endpoints of Local Services are on, which have groups of their own. */
  readonly groups: number;
  readonly sets: number;
}

const groupsOfPool = 20;
const localPool = 'local';

function poolsOf({ groups }: Size): readonly string[] {
  return Array.from({ length: Math.ceil(groups / groupsOfPool) }, (_, at) => `pool-${at}`);
}

export async function furnish(client: ApiClient, size: Size, random: Random): Promise<void> {
  await forEachBounded(size.nodes, 16, async (name) => void (await client.create(nodes, { metadata: { name } })));
  const pools = poolsOf(size);
  for (const [at, name] of [localPool, ...pools].entries()) {
    const spec = {
      address: `10.${100 + at}.0.0/20`,
      protocol: 'vip',
      interface: `eth${at}`,
      vrrp: { groups: at === 0 ? 1 : groupsOfPool },
    };
    await client.create<Eip>(eips, { metadata: { name }, spec } as Eip);
  }
  const ordinary = Array.from({ length: size.services - size.locals }, (_, at) => `web-${at}`);
  await createServices(
    client,
    ordinary.map((name, at) => [name, pools[at % pools.length]!] as const),
  );
  await forEachBounded(localNames(size), 8, async (name) => {
    await client.create(endpointSlicesBeta, sliceOf(name, size, random));
    await createService(client, name, localPool, { externalTrafficPolicy: 'Local' });
  });
}

const localNames = ({ locals }: Size) => Array.from({ length: locals }, (_, at) => `local-${at}`);

/** Two endpoints, on one of the sets of nodes. */
function sliceOf(name: string, { nodes: names, sets }: Size, random: Random): KubernetesObject {
  const set = random.whole(0, sets - 1);
  const endpoints = [set, 7 * set + 1].map((at) => ({ node: names[at % names.length]! }));
  return endpointSlice('real', name, endpoints) as KubernetesObject;
}

/** Services come at a rate and go after a while; of the Local ones a tenth as many move an endpoint. Resolves when all are gone. */
export async function churn(
  client: ApiClient,
  size: Size,
  random: Random,
  o: { readonly rate: number; readonly seconds: number; readonly lifeMs: number },
): Promise<void> {
  const pools = poolsOf(size);
  const [remover, mover] = [client.reopen(), client.reopen()];
  const lives: Promise<unknown>[] = [];
  const began = performance.now();
  for (let at = 0; at < o.rate * o.seconds; at += 1) {
    await wait(Math.max(0, began + (at * 1000) / o.rate - performance.now()));
    const name = `brief-${at}`;
    const life = createService(client, name, pools[at % pools.length]!)
      .then(() => wait(o.lifeMs))
      .then(() => removeServices(remover, [name]));
    lives.push(life);
    if (at % 10 !== 0 || size.locals === 0) continue;
    const moved = `local-${random.whole(0, size.locals - 1)}`;
    const { endpoints } = sliceOf(moved, size, random) as KubernetesObject & { endpoints: unknown };
    lives.push(mover.mergePatch(endpointSlicesBeta, `default/${moved}`, { endpoints }));
  }
  await Promise.all(lives);
  remover.close();
  mover.close();
}

/** So many Services have an address. */
export async function served(client: ApiClient): Promise<number> {
  const { items } = await client.list<Service>(services, { namespace: 'default' });
  return items.filter(({ status }) => status?.loadBalancer?.ingress?.[0]?.ip !== undefined).length;
}
