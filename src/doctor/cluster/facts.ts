/** What is known of a cluster: gathered by `gather`, judged by the checks beside it. */
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';

/** What could be read, or why it could not. */
export type Read<T> =
  | { readonly ok: true; readonly items: readonly T[] }
  | { readonly ok: false; readonly why: 'absent' | 'forbidden' | 'failed'; readonly text: string };

export interface ClusterFacts {
  /** Of this program. */
  readonly version: string;
  readonly namespace: string;
  /** As /version of the API server says; undefined where it does not. */
  readonly server: { readonly major: number; readonly minor: number; readonly text: string } | undefined;
  readonly groups: Read<VipGroup>;
  readonly pools: Read<Eip>;
  readonly peers: Read<BgpPeer>;
  readonly confs: Read<unknown>;
  readonly nodes: Read<ClusterNode>;
  readonly agents: Read<AgentHeard>;
  readonly controllers: Read<{ readonly name: string; readonly agoMs: number }>;
  /** DaemonSets and Deployments of all namespaces, as far as they tell other load balancers. */
  readonly workloads: Read<Workload>;
  /** The ConfigMap kube-system/kube-proxy, where there is one. */
  readonly kubeProxy: Read<unknown>;
  /** Names of Cilium's policies for announcements on a LAN. */
  readonly ciliumPolicies: Read<string>;
}

export interface ClusterNode {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface AgentHeard {
  readonly node: string;
  readonly version: string | undefined;
  readonly ended: boolean;
  /** It was renewed, or heard by the controller, while the doctor looked. */
  readonly moves: boolean;
  /** How long ago it was renewed, by the clock of that node. */
  readonly agoMs: number;
  /** How far its clock is ahead of the controller's, or this machine's where that does not ask it, to a second; undefined: not known. */
  readonly clockMs: number | undefined;
}

export interface Workload {
  readonly kind: 'DaemonSet' | 'Deployment';
  /** `namespace/name`. */
  readonly name: string;
  readonly images: readonly string[];
}
