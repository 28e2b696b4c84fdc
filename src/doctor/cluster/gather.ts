/** Reads of a cluster what the doctor judges: all at once, and Leases again and again for some seconds. It changes nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  agentLeaseNode,
  agentLeaseRenewMs,
  agentLeaseVersion,
  controllerLeaseSelector,
} from '../../api/agent-lease.js';
import { clocksHeard, heartbeatSelector } from '../../api/heard-lease.js';
import type { Metadata } from '../../api/metadata.js';
import { readBgpPeer } from '../../api/read-bgp.js';
import { readEip, readVipGroup } from '../../api/read-for-people.js';
import { bgpConfs, bgpPeers, eips, vipGroups } from '../../controller/objects/resources.js';
import { fields, list } from '../../convert/document.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { configMaps, daemonSets, deployments, leases, nodes } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Lease, readLease } from '../../platform/kubernetes/lease-record.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { describeError } from '../../platform/observability/describe-error.js';
import { programVersion } from '../../platform/observability/program-version.js';
import { heardOf, isHeardLately } from '../../status/heard.js';
import type { AgentHeard, ClusterFacts, ClusterNode, Read, Workload } from './facts.js';

const ciliumPolicies: Resource = {
  group: 'cilium.io',
  version: 'v2alpha1',
  plural: 'ciliuml2announcementpolicies',
  kind: 'CiliumL2AnnouncementPolicy',
  namespaced: false,
};

/** Until each living agent has renewed its Lease once, and how often is looked meanwhile, in milliseconds. */
const [watchMs, lookEveryMs] = [agentLeaseRenewMs + 1_500, 500];

/** Rejects when there is no talking to the API server at all. */
export async function gatherCluster(client: ApiClient, namespace: string): Promise<ClusterFacts> {
  const server = await serverVersion(client);
  const read = <T>(resource: Resource, keep: (object: unknown) => T | undefined) =>
    attempt(async () => (await client.list<unknown>(resource)).items.flatMap((object) => keep(object) ?? []));
  const [groups, pools, peers, confs, found, agents, controllers, daemons, deployed, kubeProxy, cilium] =
    await Promise.all([
      read(vipGroups, (object) => readVipGroup(object as Parameters<typeof readVipGroup>[0])),
      read(eips, readEip),
      read(bgpPeers, readBgpPeer),
      read(bgpConfs, (object) => object),
      read(nodes, nodeOf),
      attempt(() => watchAgents(client, namespace)),
      attempt(() => controllersOf(client, namespace)),
      read(daemonSets, (object) => workloadOf('DaemonSet', object)),
      read(deployments, (object) => workloadOf('Deployment', object)),
      attempt(async () => {
        const map = await client.get<unknown>(configMaps, 'kube-system/kube-proxy');
        return map === undefined ? [] : [map];
      }),
      read(ciliumPolicies, (object) => String(fields(fields(object).metadata).name)),
    ]);
  return {
    version: programVersion().version,
    namespace,
    server,
    groups,
    pools,
    peers,
    confs,
    nodes: found,
    agents,
    controllers,
    workloads:
      daemons.ok && deployed.ok
        ? { ok: true, items: [...daemons.items, ...deployed.items] }
        : daemons.ok
          ? deployed
          : daemons,
    kubeProxy,
    ciliumPolicies: cilium,
  };
}

async function attempt<T>(run: () => Promise<readonly T[]>): Promise<Read<T>> {
  try {
    return { ok: true, items: await run() };
  } catch (error) {
    const why = hasStatus(error, 404) ? 'absent' : hasStatus(error, 403) ? 'forbidden' : 'failed';
    return { ok: false, why, text: why === 'absent' ? 'the API server does not know that kind' : describeError(error) };
  }
}

/** Rejects when nobody answers, which is no matter of rights. */
async function serverVersion(client: ApiClient): Promise<ClusterFacts['server']> {
  const { major, minor, gitVersion } = fields(await client.request<unknown>({ method: 'GET', path: '/version' }));
  const numbers = [major, minor].map((each) => Number.parseInt(String(each), 10));
  return numbers.some(Number.isNaN) ? undefined : { major: numbers[0]!, minor: numbers[1]!, text: String(gitVersion) };
}

async function watchAgents(client: ApiClient, namespace: string): Promise<readonly AgentHeard[]> {
  const look = async () => {
    const { items } = await client.list<Lease>(leases, { namespace, labelSelector: heartbeatSelector });
    return items.map(readLease);
  };
  let latest = await look();
  const firstWord = wordIn(latest);
  const first = heardOf(latest);
  const living = [...first.values()].filter(({ ended }) => !ended).length;
  const startedMs = performance.now();
  /** By node: how far its clock is ahead of this machine's, as far as a renewal has shown that. */
  const moved = new Map<string, number | undefined>();
  while (moved.size < living && performance.now() - startedMs < watchMs) {
    await pause(lookEveryMs);
    latest = await look();
    for (const [node, heard] of heardOf(latest)) {
      const before = first.get(node);
      if (moved.get(node) !== undefined || (before !== undefined && !isHeardLately(before, heard))) continue;
      // It was renewed some time since the look before.
      const isRenewed = before !== undefined && before.version !== heard.version;
      moved.set(node, isRenewed ? heard.atMs - (Date.now() - lookEveryMs / 2) : undefined);
    }
  }
  const nowMs = Date.now();
  const heard = heardOf(latest);
  const word = wordIn(latest);
  // One that is not renewed is of a controller that asks no more.
  const isNew = word?.metadata.resourceVersion !== firstWord?.metadata.resourceVersion;
  const clocks = word !== undefined && isNew ? clocksHeard(word) : undefined;
  return latest.flatMap((lease): AgentHeard[] => {
    const { annotations } = lease.metadata as Metadata;
    const node = annotations?.[agentLeaseNode];
    if (node === undefined) return [];
    const said = heard.get(node);
    return [
      {
        node,
        version: annotations?.[agentLeaseVersion],
        ended: !isHeld(lease),
        moves: moved.has(node),
        agoMs: said === undefined ? Number.POSITIVE_INFINITY : nowMs - said.atMs,
        clockMs: clocks?.get(node) ?? moved.get(node),
      },
    ];
  });
}

function wordIn(all: readonly Lease[]): Lease | undefined {
  return all.find((lease) => clocksHeard(lease) !== undefined);
}

function isHeld({ spec }: Lease): boolean {
  return Boolean(spec?.holderIdentity);
}

async function controllersOf(client: ApiClient, namespace: string) {
  const { items } = await client.list<Lease>(leases, { namespace, labelSelector: controllerLeaseSelector });
  return items.map(readLease).flatMap(({ metadata, spec }) => {
    const atMs = Date.parse(spec?.renewTime ?? '');
    return Number.isNaN(atMs) ? [] : [{ name: metadata.name, agoMs: Date.now() - atMs }];
  });
}

function nodeOf(object: unknown): ClusterNode | undefined {
  const { metadata, status } = fields(object);
  const addresses = list(fields(status).addresses).flatMap(({ address }) =>
    typeof address === 'string' ? [address] : [],
  );
  return { name: String(fields(metadata).name), addresses };
}

function workloadOf(kind: Workload['kind'], object: unknown): Workload {
  const { metadata, spec } = fields(object);
  const { namespace, name } = fields(metadata);
  const containers = list(fields(fields(fields(spec).template).spec).containers);
  const images = containers.flatMap(({ image }) => (typeof image === 'string' ? [image] : []));
  return { kind, name: `${String(namespace)}/${String(name)}`, images };
}
