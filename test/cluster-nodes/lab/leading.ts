// Who leads what is judged, and what becomes of it when the one that leads fails.
import assert from 'node:assert/strict';
import { eventually } from '../../lab/eventually.js';
import { type Installed, namespace } from './installed.js';
import { losses, type Request, silentMs } from './judge.js';

/** With the policy Local, no other node takes part in an answer, so that what is lost is the load balancer's loss. */
export const judged = ['tcp', 'udp'] as const;

/** Adverts come each 250 ms: three of them, and what the machine, busy with a whole cluster, is late with. */
const failoverMs = 2_000;

/** Which of the judged ones a node leads. */
export async function ledBy(product: Installed, node: string): Promise<readonly string[]> {
  const holders = await Promise.all(judged.map((name) => product.holderOf(name)));
  return judged.filter((_, at) => holders[at] === node);
}

export async function leaderOf(product: Installed, service = 'tcp'): Promise<string> {
  return (await product.holderOf(service)) ?? assert.fail(`nobody leads ${service}`);
}

/** Waits until another node leads. */
export async function movesFrom(product: Installed, node: string): Promise<void> {
  const moved = async () => {
    const holder = await product.holderOf('tcp');
    return holder !== undefined && holder !== node;
  };
  await eventually(`another leader than ${node}`, moved, { withinMs: 45_000, everyMs: 200 });
}

/** Has a node take over from whoever leads. */
export async function makeLead(product: Installed, node: string): Promise<void> {
  const { cluster } = product;
  await product.settled();
  if ((await ledBy(product, node)).length === judged.length) return;
  const others = cluster.nodes.filter((each) => each !== node);
  await cluster.kubectl(['cordon', ...others]);
  await eventually(`${node} leads`, async () => (await ledBy(product, node)).length === judged.length);
  await cluster.kubectl(['uncordon', ...others]);
  await product.settled();
}

/** Somebody else answers for what a node led, after no longer than a failover takes. */
export function failsOver(seen: Seen, from: string, led: readonly string[]): void {
  for (const name of led) {
    const ms = silentMs(seen, name);
    console.log(`      ${name}: silent for ${Math.round(ms)} ms`);
    assert.ok(ms < failoverMs, losses(seen).join('; '));
    assert.notEqual(seen.get(name)!.findLast(({ by }) => by !== undefined)!.by, from);
  }
}

/** Of what is judged here. */
export function nothingIsLost(seen: Seen): void {
  assert.deepEqual(losses(new Map(judged.map((name) => [name, seen.get(name)!]))), []);
}

/** The node of the controller that leads. */
export async function controllersNode({ cluster }: Installed): Promise<string> {
  const pod = await eventually('a controller that leads', async () => {
    const path = 'jsonpath={.spec.holderIdentity}';
    const identity = await cluster.kubectl(['-n', namespace, 'get', 'lease', 'openelb-controller', '-o', path]);
    const { items } = await cluster.get<{ items: readonly PodObject[] }>('-n', namespace, 'pods');
    return items.find(({ metadata }) => identity.startsWith(metadata.name));
  });
  return pod.spec.nodeName;
}

type Seen = ReadonlyMap<string, readonly Request[]>;

interface PodObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName: string };
}
