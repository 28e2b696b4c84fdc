/** Groups, and what there is to speak BGP by, from the cluster, with checkpoints behind it and status going back. */
import { parseListenAddress } from '../../cli/listen-address.js';
import { type ApiClient, openClient } from '../../platform/kubernetes/client.js';
import { type Connection, loadConnection } from '../../platform/kubernetes/connection.js';
import { ConnectionError } from '../../platform/kubernetes/connection-error.js';
import { isLoopback } from '../../platform/observability/loopback.js';
import { farewellFor } from '../bgp/farewell.js';
import type { Farewell } from '../engine/routing/contract.js';
import { daemonSetState } from '../sources/daemon-set.js';
import { watchKubernetesBgp } from '../sources/kubernetes-bgp.js';
import { type KubernetesGroups, watchKubernetesGroups } from '../sources/kubernetes-groups.js';
import { type Asked, createAsked } from '../status/asked.js';
import { type BgpStatusWriter, createBgpStatusWriter } from '../status/bgp-status-writer.js';
import { type Heartbeat, type HeartbeatOptions, startHeartbeat } from '../status/heartbeat.js';
import { createStatusWriter, type StatusWriter } from '../status/status-writer.js';
import { createOwnNetwork } from '../surroundings/own-network.js';
import { type Checkpoints, checkpointsIn, startFromCheckpoint } from './checkpoints.js';
import type { Feed, FeedOptions } from './contract.js';

/** How long a start waits for the API server before it goes by the checkpoint; groups stay silent about as long anyway. */
const patienceMs = 1_500;
/** How long a stop waits for the last status to be written. */
const lastWordsMs = 1_000;

/** What goes to the cluster and comes from it, on one connection. */
interface Cluster {
  readonly o: FeedOptions;
  readonly namespace: string;
  readonly client: ApiClient;
  readonly checkpoints: Checkpoints;
  readonly groups: KubernetesGroups;
  readonly routers: ReturnType<typeof watchKubernetesBgp>;
  readonly status: StatusWriter;
  readonly bgpStatus: BgpStatusWriter;
  readonly heartbeat: Heartbeat;
  readonly asked: Asked;
  /** The groups of the API server are known. */
  synced: boolean;
  /** When the checkpoint was saved that the agent went by at its start; undefined where it went by none. */
  checkpointOf: string | undefined;
}

/** Resolves at once, whether the API server answers or not; rejects when it is not known where it is. */
export async function feedFromCluster(o: FeedOptions): Promise<Feed> {
  const connection = await connectionOf(o);
  const c = follow(o, connection);
  const fallback = start(c, connection);
  return {
    source: {
      ...c.groups,
      problem: () => problem(c),
      refused: () => [...c.groups.refused(), ...c.routers.refused()],
      stop: async () => void (await Promise.all([c.groups.stop(), c.routers.stop()])),
    },
    status: c.status,
    problems: () => [
      c.groups.kept(),
      c.checkpoints.groups.problem(),
      c.checkpoints.bgp.problem(),
      c.heartbeat.refused(),
    ],
    bgpChanged: c.bgpStatus.changed,
    alive: c.asked.answer,
    farewell: () => farewell(c),
    async close() {
      clearTimeout(fallback);
      await close(c);
    },
  };
}

function connectionOf({ values, env }: FeedOptions): Promise<Connection> {
  return loadConnection({ kubeconfig: values.kubeconfig as string | undefined, env }).catch((error: unknown) => {
    const local = error instanceof ConnectionError && error.kind === 'configuration';
    throw local ? new Error('for a start without a cluster give --manifests DIR', { cause: error }) : error;
  });
}

/** Watches what the agent goes by, and writes what becomes of it. */
function follow(o: FeedOptions, connection: Connection): Cluster {
  const { values, node, agent, bgp, log, onCall } = o;
  const client = openClient(connection, { program: 'agent', onCall });
  const namespace = String(values.namespace);
  const checkpoints = checkpointsIn(String(values['state-dir']), node, log);
  let status: StatusWriter | undefined;
  const groups = watchKubernetesGroups({
    client,
    node,
    namespace,
    log,
    onGroups(all) {
      agent.apply(all);
      bgp.groups(all);
      checkpoints.groups.save(new Map(all));
    },
    onRefused(group, problem) {
      if (problem !== undefined) log.error('group refused: what it said before goes on', { group, problem });
      status?.refused(group, problem);
    },
  });
  status = createStatusWriter({ client, node, latest: groups.latest, log });
  const routers = watchKubernetesBgp({
    client,
    node,
    namespace,
    onObjects(objects) {
      bgp.configure(objects);
      checkpoints.bgp.save(objects);
    },
    log,
  });
  const latest = { peer: routers.latestPeer, conf: routers.latestConf, group: groups.latest };
  const bgpStatus = createBgpStatusWriter({ client, node, bgp, latest, log });
  const network = createOwnNetwork(() => performance.now());
  const { turns, scheduling, keepsConnections } = agent;
  const asked = createAsked({ client, namespace, lives: () => lives(cluster) });
  const heartbeat = startHeartbeat({
    ...{ client, node, namespace, turns, network, scheduling, keepsConnections, log },
    asked: askedAt(o, asked),
  });
  const cluster: Cluster = {
    ...{ o, namespace, client, checkpoints, groups, routers, status, bgpStatus, heartbeat, asked },
    synced: false,
    checkpointOf: undefined,
  };
  return cluster;
}

/** What the cluster shows of this node is so, and goes on being so. */
function lives({ groups, routers, heartbeat, status, bgpStatus }: Cluster): boolean {
  const isInTouch = [groups, routers, heartbeat].every((each) => each.problem() === undefined);
  return (
    isInTouch && heartbeat.refused() === undefined && heartbeat.moves() && !status.isBehind() && !bgpStatus.isBehind()
  );
}

/** Where others than this machine's programs reach the port of the metrics, the controller may, too. */
function askedAt({ values }: FeedOptions, { key, isHeard }: Asked): HeartbeatOptions['asked'] {
  const address = parseListenAddress(String(values['metrics-address']));
  if (address === undefined || address === 'off' || address.port === 0) return undefined;
  if (address.host !== undefined && isLoopback(address.host)) return undefined;
  return { port: address.port, key, isHeard };
}

/** Waits for the API server, and goes by the checkpoint where it does not answer soon. @returns the timer for that */
function start(c: Cluster, { server }: Connection): NodeJS.Timeout {
  const { agent, bgp, log } = c.o;
  const { checkpoints, groups: source, routers } = c;
  Promise.all([source.synced, routers.synced]).then(bgp.complete, () => {});
  source.synced.then(
    () => {
      c.synced = true;
      log.info('in touch with the API server', { server: server.origin });
    },
    () => {},
  );
  return setTimeout(() => {
    if (c.synced) return;
    void startFromCheckpoint({ checkpoints, source, agent, bgp, log }).then((savedAt) => {
      c.checkpointOf = savedAt;
    });
  }, patienceMs);
}

function problem({ groups, routers, heartbeat, synced, checkpointOf }: Cluster): string | undefined {
  const found = groups.problem() ?? routers.problem() ?? heartbeat.problem();
  if (found === undefined || synced || checkpointOf === undefined) return found;
  return `${found}; going by the checkpoint of ${checkpointOf}`;
}

async function farewell({ client, namespace, o: { values, node, bgp, log } }: Cluster): Promise<Farewell> {
  const leaving = bgp.leaving();
  const daemonSet = values['daemon-set'] as string | undefined;
  const asked = leaving === undefined && daemonSet !== undefined && [...bgp.peers()].length > 0;
  const state = asked ? await daemonSetState(client, `${namespace}/${daemonSet}`, log) : undefined;
  return farewellFor(node, leaving, state);
}

/** Writes the last status, unless that takes too long, and lets go of the connection. */
async function close({ client, checkpoints, status, bgpStatus, heartbeat }: Cluster): Promise<void> {
  const lastWords = Promise.all([status.idle(), bgpStatus.idle(), heartbeat.stop()]);
  await Promise.race([lastWords, new Promise((resolve) => setTimeout(resolve, lastWordsMs).unref())]);
  void status.close();
  void bgpStatus.close();
  await Promise.all([checkpoints.groups.idle(), checkpoints.bgp.idle()]);
  client.close();
}
