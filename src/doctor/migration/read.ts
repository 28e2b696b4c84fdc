/** What a cluster says, as far as taking over from MetalLB depends on it. Reads only. */
import { agentLeaseSelector } from '../../api/agent-lease.js';
import { knownNow } from '../../controller/metallb/known-now.js';
import { webhookOfMetallb } from '../../controller/metallb/running.js';
import type { Known } from '../../controller/metallb/watched-kinds.js';
import { bgpConfs, bgpPeers, eips, vipGroups } from '../../controller/objects/resources.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import {
  configMaps,
  endpoints,
  leases,
  namespaces,
  nodes,
  pods,
  services,
} from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { KubernetesObject, Resource } from '../../platform/kubernetes/resource.js';

/** Lists of any JSON, as the API server has them. Those of kinds of ours are empty where it does not have these. */
export interface Seen {
  readonly metallbNamespace: string;
  readonly metallb: Known;
  /** Pods of MetalLB's namespace. */
  readonly pods: readonly unknown[];
  /** The Endpoints of MetalLB's webhook, by which our controller sees that its controller runs. */
  readonly webhook: unknown;
  /** The ConfigMap of kube-proxy; undefined: there is none. */
  readonly kubeProxy: unknown;
  readonly services: readonly unknown[];
  readonly namespaces: readonly unknown[];
  readonly nodes: readonly unknown[];
  readonly leases: readonly KubernetesObject[];
  readonly eips: readonly unknown[];
  readonly bgpConfs: readonly unknown[];
  readonly bgpPeers: readonly unknown[];
  readonly vipGroups: readonly unknown[];
}

/** Rejects when something cannot be read but one of MetalLB's kinds, of which that is said. */
export async function readCluster(
  client: ApiClient,
  o: { readonly metallbNamespace: string; readonly namespace: string },
): Promise<Seen> {
  const items = async (resource: Resource, selection = {}) =>
    (await client.list<KubernetesObject>(resource, selection)).items;
  const ours = (resource: Resource) =>
    items(resource).catch((error: unknown) => {
      if (hasStatus(error, 404)) return [];
      throw error;
    });
  const { metallbNamespace } = o;
  return {
    metallbNamespace,
    metallb: await knownNow(client, metallbNamespace),
    pods: await items(pods, { namespace: metallbNamespace }),
    webhook: await client.get(endpoints, webhookOfMetallb(metallbNamespace)),
    kubeProxy: await client.get(configMaps, 'kube-system/kube-proxy'),
    services: await items(services),
    namespaces: await items(namespaces),
    nodes: await items(nodes),
    leases: await items(leases, { namespace: o.namespace, labelSelector: agentLeaseSelector }),
    eips: await ours(eips),
    bgpConfs: await ours(bgpConfs),
    bgpPeers: await ours(bgpPeers),
    vipGroups: await ours(vipGroups),
  };
}
