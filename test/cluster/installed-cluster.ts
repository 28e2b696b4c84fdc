import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { startHeartbeat } from '../../src/agent/status/heartbeat.js';
import type { AgentNetwork } from '../../src/api/agent-network.js';
import { nodes } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { silentLogger } from '../../src/platform/observability/log.js';
import { type Cluster, type ClusterOptions, startCluster } from './harness.js';

/** An API server with the CRDs, the namespace and some nodes: all that a controller needs to begin. */
export interface InstalledCluster {
  readonly cluster: Cluster;
  readonly client: ApiClient;
  /** Runs kubectl; what it wrote to stdout and stderr. */
  kubectl(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** The nodes' InternalIPs are 10.0.0.1, 10.0.0.2 and so on; of each an agent is heard, though none runs. */
export async function startInstalledCluster(
  nodeNames: readonly string[],
  networks: Readonly<Record<string, AgentNetwork>> = {},
  options: Pick<ClusterOptions, 'kind' | 'fewServices' | 'manifests' | 'dualStack'> = {},
): Promise<InstalledCluster> {
  const cluster = await startCluster(options);
  const { kubectl: binary } = await unpackTools();
  const kubectl = async (...args: readonly string[]) =>
    (await execa(binary, ['--kubeconfig', cluster.kubeconfig, ...args], { all: true })).all;
  const client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
  await kubectl('apply', '-f', join(projectRoot(), 'deploy/crds'));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await kubectl('create', 'namespace', 'openelb-system');
  for (const [at, name] of nodeNames.entries()) {
    await client.create(nodes, { metadata: { name } });
    const status = { addresses: [{ type: 'InternalIP', address: `10.0.0.${at + 1}` }] };
    await client.mergePatch(nodes, name, { status }, { subresource: 'status' });
  }
  const heartbeats = nodeNames.map((node) =>
    startHeartbeat({
      client,
      node,
      namespace: 'openelb-system',
      turns: () => performance.now(),
      scheduling: () => 'SCHED_RR',
      keepsConnections: () => [],
      network: () => networks[node] ?? { nics: new Map(), gateways: [] },
      log: silentLogger(),
    }),
  );
  return {
    cluster,
    client,
    kubectl,
    async stop() {
      await Promise.all(heartbeats.map((heartbeat) => heartbeat.stop()));
      client.close();
      await cluster.stop();
    },
  };
}
