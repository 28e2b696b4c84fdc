/** An agent without a kernel: its watches, its heartbeat and its status are the real ones, who leads says the `lan`. */
import { watchKubernetesBgp } from '../../../src/agent/sources/kubernetes-bgp.js';
import { watchKubernetesGroups } from '../../../src/agent/sources/kubernetes-groups.js';
import { createAsked } from '../../../src/agent/status/asked.js';
import { startHeartbeat } from '../../../src/agent/status/heartbeat.js';
import { createStatusWriter } from '../../../src/agent/status/status-writer.js';
import { alivePath } from '../../../src/api/asking.js';
import { openClient } from '../../../src/platform/kubernetes/client.js';
import type { Connection } from '../../../src/platform/kubernetes/credentials.js';
import type { ApiCall } from '../../../src/platform/observability/api-metrics.js';
import { serveRoutes } from '../../../src/platform/observability/health.js';
import { silentLogger } from '../../../src/platform/observability/log.js';
import { type Lan, resign, takePart, vanish } from './lan.js';

export interface ThinAgent {
  readonly node: string;
  readonly synced: Promise<unknown>;
  /** In order, with a last word. */
  stop(): Promise<void>;
  /** Its node is lost: nobody hears of it again. What it still tries has to be kept from the API server by its connection. */
  lose(): Promise<void>;
}

/** @param o.host a loopback address of its own, at which the controller asks it */
export async function startThinAgent(o: {
  readonly connection: Connection;
  readonly node: string;
  readonly host: string;
  readonly namespace: string;
  readonly lan: Lan;
  readonly onCall: (call: ApiCall) => void;
}): Promise<ThinAgent> {
  const { node, namespace, lan } = o;
  const log = silentLogger();
  const client = openClient(o.connection, { program: 'agent', onCall: o.onCall });
  const source = watchKubernetesGroups({
    ...{ client, node, namespace, log },
    onGroups: (groups) => takePart(lan, node, groups, status),
    onRefused: (group, problem) => status.refused(group, problem),
  });
  const status = createStatusWriter({ client, node, latest: source.latest, log });
  const bgp = watchKubernetesBgp({ client, node, namespace, onObjects() {}, log });
  const asked = createAsked({ client, namespace, lives: () => !status.isBehind() && source.problem() === undefined });
  const server = await serveRoutes({ host: o.host, port: 0 }, { [alivePath]: asked.answer });
  const heartbeat = startHeartbeat({
    ...{ client, node, namespace, log },
    asked: { port: Number(server.address.replace(/.*:/, '')), key: asked.key, isHeard: asked.isHeard },
    turns: () => performance.now(),
    scheduling: () => 'SCHED_RR',
    keepsConnections: () => [],
    network: () => ({ nics: new Map(), gateways: [] }),
  });
  const end = async () => {
    await server.close();
    await Promise.all([source.stop(), bgp.stop()]);
    await Promise.race([Promise.all([status.idle(), heartbeat.stop()]), late()]);
    void status.close();
    client.close();
  };
  return {
    node,
    synced: Promise.all([source.synced, bgp.synced]),
    async stop() {
      resign(lan, node);
      await end();
    },
    async lose() {
      vanish(lan, node);
      await end();
    },
  };
}

/** As an agent that ends waits for its last words. */
const late = () => new Promise((resolve) => setTimeout(resolve, 1_000));
