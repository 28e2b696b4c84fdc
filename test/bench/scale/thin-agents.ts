/** Agents without a kernel on all nodes of a cluster, and what they ask of its API server. */
import { join } from 'node:path';
import { forEachBounded } from '../../../src/controller/groups/bounded.js';
import { nodes } from '../../../src/platform/kubernetes/builtin-resources.js';
import { openClient } from '../../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../../src/platform/kubernetes/connection.js';
import type { Connection } from '../../../src/platform/kubernetes/credentials.js';
import type { Cluster } from '../../cluster/harness.js';
import { writeKubeconfig } from '../../cluster/kubeconfig.js';
import type { Lan } from './lan.js';
import { openPassage, type Passage } from './passage.js';
import { startThinAgent, type ThinAgent } from './thin-agent.js';

export interface ThinAgents {
  readonly lan: Lan;
  /** Requests of all of them so far, without watches. */
  calls(): number;
  readonly ways: readonly Passage[];
  /** Each in order and anew, so many at the same time. */
  restart(atOnce: number): Promise<void>;
  /** The nodes that were to be lost are. */
  lose(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param o.folder where kubeconfigs go
 * @param o.doomed those of the nodes that may be lost: they have a way of their own to the API server, which is cut then
 */
export async function startThinAgents(o: {
  readonly cluster: Cluster;
  readonly folder: string;
  readonly namespace: string;
  readonly nodes: readonly string[];
  readonly doomed: readonly string[];
}): Promise<ThinAgents> {
  const [way, doomedWay] = [await wayTo(o.cluster, o.folder, 'agents'), await wayTo(o.cluster, o.folder, 'doomed')];
  const [ordinary, cuttable] = [await connectionOf(way), await connectionOf(doomedWay)];
  const doomed = new Set(o.doomed);
  const lan: Lan = new Map();
  const agents = new Map<string, ThinAgent>();
  let calls = 0;
  const onCall = () => {
    calls += 1;
  };
  const start = async (node: string) => {
    const connection = doomed.has(node) ? cuttable : ordinary;
    const host = hostOf(o.nodes.indexOf(node));
    const agent = await startThinAgent({ connection, node, host, namespace: o.namespace, lan, onCall });
    agents.set(node, agent);
    await agent.synced;
  };
  await giveAddresses(ordinary, o.nodes);
  await forEachBounded(o.nodes, 16, start);
  return {
    lan,
    calls: () => calls,
    ways: [way.passage, doomedWay.passage],
    restart: (atOnce) =>
      forEachBounded(o.nodes, atOnce, async (node) => {
        await agents.get(node)!.stop();
        await start(node);
      }),
    async lose() {
      doomedWay.passage.cut();
      await Promise.all([...doomed].map((node) => agents.get(node)!.lose()));
    },
    async stop() {
      await Promise.all([...agents.values()].map((agent) => agent.stop()));
      for (const { passage } of [way, doomedWay]) passage.cut();
    },
  };
}

/** All of 127.0.0.0/8 is loopback. */
const hostOf = (index: number) => `127.1.${index >> 8}.${index & 255}`;

async function giveAddresses(connection: Connection, names: readonly string[]): Promise<void> {
  const client = openClient(connection);
  await forEachBounded([...names.entries()], 16, async ([index, name]) => {
    const status = { addresses: [{ type: 'InternalIP', address: hostOf(index) }] };
    await client.mergePatch(nodes, name, { status }, { subresource: 'status' });
  });
  client.close();
}

/** A passage to the API server, and a kubeconfig that leads through it. */
export async function wayTo(
  cluster: Cluster,
  folder: string,
  name: string,
): Promise<{ readonly passage: Passage; readonly kubeconfig: string }> {
  const { hostname: host, port, protocol } = new URL(cluster.url);
  const passage = await openPassage({ host, port: Number(port) });
  const kubeconfig = join(folder, name);
  await writeKubeconfig(kubeconfig, { ...cluster, url: `${protocol}//127.0.0.1:${passage.port}` });
  return { passage, kubeconfig };
}

const connectionOf = ({ kubeconfig }: { readonly kubeconfig: string }) => loadConnection({ kubeconfig, env: {} });
