/** What feeds the agent: the cluster (with a checkpoint behind it, and status going back), or a directory. */
import type { FlagValues } from '../cli/flags.js';
import { openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import { ConnectionError } from '../platform/kubernetes/connection-error.js';
import type { ApiCall } from '../platform/observability/api-metrics.js';
import { describeError, type Logger } from '../platform/observability/log.js';
import type { Agent } from './agent.js';
import { farewellFor } from './bgp/farewell.js';
import type { BgpManager } from './bgp/manager.js';
import type { Farewell } from './engine/routing/contract.js';
import { bgpCheckpointPath, loadBgpCheckpoint, saveBgpCheckpoint } from './sources/bgp-checkpoint.js';
import { checkpointPath, loadCheckpoint, saveCheckpoint } from './sources/checkpoint.js';
import { createCheckpointWriter } from './sources/checkpoint-writer.js';
import { daemonSetState } from './sources/daemon-set.js';
import type { GroupSource } from './sources/group-source.js';
import { watchKubernetesBgp } from './sources/kubernetes-bgp.js';
import { watchKubernetesGroups } from './sources/kubernetes-groups.js';
import { createBgpStatusWriter } from './status/bgp-status-writer.js';
import { startHeartbeat } from './status/heartbeat.js';
import { createStatusWriter, type StatusWriter } from './status/status-writer.js';
import { createOwnNetwork } from './surroundings/own-network.js';

/** How long a start waits for the API server before it goes by the checkpoint; groups stay silent about as long anyway. */
const patienceMs = 1_500;
/** How long a stop waits for the last status to be written. */
const lastWordsMs = 1_000;

export interface Feed {
  readonly source: GroupSource;
  /** Where the engine's reports go; undefined without a cluster. */
  readonly status: StatusWriter | undefined;
  /** What is not as it should be, though addresses are served. */
  problems(): readonly (string | undefined)[];
  /** Sessions with routers, or what they mean for groups, may stand otherwise than before. */
  bgpChanged(): void;
  /** How routers are to be left now that the agent stops. Never rejects. */
  farewell(): Promise<Farewell>;
  close(): Promise<void>;
}

export interface FeedOptions {
  readonly values: FlagValues;
  readonly node: string;
  readonly log: Logger;
  readonly agent: Agent;
  readonly bgp: BgpManager;
  readonly env: NodeJS.ProcessEnv;
  /** Told of each request to the API server. */
  readonly onCall: (call: ApiCall) => void;
}

/** Groups, and what there is to speak BGP by, from `--manifests`. Rejects when the directory cannot be read. */
export async function feedFromDirectory({ values, node, agent, bgp, log }: FeedOptions): Promise<Feed> {
  const directory = String(values.manifests);
  const { watchManifests } = await import('./sources/manifests.js'); // brings a YAML reader, which a cluster's agent does not need
  try {
    const source = await watchManifests({
      directory,
      node,
      passwordsDir: values['passwords-dir'] as string | undefined,
      onGroups(groups, files) {
        agent.apply(groups, files);
        bgp.groups(groups);
      },
      onBgp: bgp.configure,
      log,
    });
    if (!agent.configured()) agent.apply(new Map(), new Map());
    bgp.complete();
    const farewell = async () => farewellFor(node, undefined, undefined);
    return { source, status: undefined, problems: () => [], bgpChanged() {}, farewell, close: async () => {} };
  } catch (cause) {
    throw new Error(`--manifests ${directory}: the directory cannot be read`, { cause });
  }
}

/** Groups from the cluster. Resolves at once, whether the API server answers or not; rejects when it is not known where it is. */
export async function feedFromCluster({ values, node, agent, bgp, log, env, onCall }: FeedOptions): Promise<Feed> {
  const connection = await loadConnection({ kubeconfig: values.kubeconfig as string | undefined, env }).catch(
    (error: unknown) => {
      const local = error instanceof ConnectionError && error.kind === 'configuration';
      throw local ? new Error('for a start without a cluster give --manifests DIR', { cause: error }) : error;
    },
  );
  const client = openClient(connection, { program: 'agent', onCall });
  const path = checkpointPath(String(values['state-dir']), node);
  const namespace = String(values.namespace);
  const checkpoint = createCheckpointWriter({ path, what: 'the groups', write: saveCheckpoint, log });
  const bgpPath = bgpCheckpointPath(String(values['state-dir']), node);
  const bgpCheckpoint = createCheckpointWriter({
    path: bgpPath,
    what: 'the BgpConf and the BgpPeers',
    write: saveBgpCheckpoint,
    log,
  });
  let status: StatusWriter | undefined;
  const source = watchKubernetesGroups({
    client,
    node,
    namespace,
    log,
    onGroups(groups) {
      agent.apply(groups);
      bgp.groups(groups);
      checkpoint.save(new Map(groups));
    },
    onRefused(group, problem) {
      if (problem !== undefined) log.error('group refused: what it said before goes on', { group, problem });
      status?.refused(group, problem);
    },
  });
  status = createStatusWriter({ client, node, latest: source.latest, log });
  const bgpSource = watchKubernetesBgp({
    client,
    node,
    namespace,
    onObjects(objects) {
      bgp.configure(objects);
      bgpCheckpoint.save(objects);
    },
    log,
  });
  const latest = { peer: bgpSource.latestPeer, conf: bgpSource.latestConf, group: source.latest };
  const bgpStatus = createBgpStatusWriter({ client, node, bgp, latest, log });
  const bothSynced = Promise.all([source.synced, bgpSource.synced]);
  bothSynced.then(bgp.complete, () => {});
  const network = createOwnNetwork(() => performance.now());
  const heartbeat = startHeartbeat({
    client,
    node,
    namespace,
    turns: agent.turns,
    network,
    scheduling: agent.scheduling,
    keepsConnections: agent.keepsConnections,
    log,
  });
  let synced = false;
  let checkpointOf: string | undefined;
  source.synced.then(
    () => {
      synced = true;
      log.info('in touch with the API server', { server: connection.server.origin });
    },
    () => {},
  );
  const fallback = setTimeout(() => {
    if (synced) return;
    void startFromCheckpoint({ path, bgpPath, source, agent, bgp, log }).then((savedAt) => {
      checkpointOf = savedAt;
    });
  }, patienceMs);
  const problem = () => {
    const found = source.problem() ?? bgpSource.problem() ?? heartbeat.problem();
    if (found === undefined || synced || checkpointOf === undefined) return found;
    return `${found}; going by the checkpoint of ${checkpointOf}`;
  };
  return {
    source: {
      ...source,
      problem,
      refused: () => [...source.refused(), ...bgpSource.refused()],
      stop: async () => void (await Promise.all([source.stop(), bgpSource.stop()])),
    },
    status,
    problems: () => [source.kept(), checkpoint.problem(), bgpCheckpoint.problem(), heartbeat.refused()],
    bgpChanged: bgpStatus.changed,
    async farewell() {
      const leaving = bgp.leaving();
      const daemonSet = values['daemon-set'] as string | undefined;
      const asked = leaving === undefined && daemonSet !== undefined && [...bgp.peers()].length > 0;
      return farewellFor(
        node,
        leaving,
        asked ? await daemonSetState(client, `${namespace}/${daemonSet}`, log) : undefined,
      );
    },
    async close() {
      clearTimeout(fallback);
      const lastWords = Promise.all([status.idle(), bgpStatus.idle(), heartbeat.stop()]);
      await Promise.race([lastWords, new Promise((resolve) => setTimeout(resolve, lastWordsMs).unref())]);
      void status.close();
      void bgpStatus.close();
      await Promise.all([checkpoint.idle(), bgpCheckpoint.idle()]);
      client.close();
    },
  };
}

/** When the checkpoint was saved that the agent goes by now; undefined when it goes by none. */
async function startFromCheckpoint(o: {
  readonly path: string;
  readonly bgpPath: string;
  readonly source: GroupSource;
  readonly agent: Agent;
  readonly bgp: BgpManager;
  readonly log: Logger;
}): Promise<string | undefined> {
  const { path, source, agent, bgp, log } = o;
  const problem = source.problem() ?? 'no answer yet';
  try {
    const [checkpoint, objects] = await Promise.all([loadCheckpoint(path), loadBgpCheckpoint(o.bgpPath)]);
    if (agent.configured()) return undefined;
    if (checkpoint === undefined) {
      log.warn('the API server is unreachable and there is no checkpoint: waiting for it', { problem });
      return undefined;
    }
    const { savedAt, groups } = checkpoint;
    log.warn('the API server is unreachable: starting from the checkpoint', {
      problem,
      path,
      savedAt,
      groups: groups.size,
    });
    agent.apply(groups);
    if (objects !== undefined) bgp.configure(objects);
    bgp.groups(groups);
    return savedAt;
  } catch (error) {
    log.error('the API server is unreachable and the checkpoint is no help: waiting', {
      problem,
      error: describeError(error),
    });
    return undefined;
  }
}
