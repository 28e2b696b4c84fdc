/** What the world tells of itself. */
import type { VipGroup } from '../../../api/vip-group.js';
import type { ObjectMeta, Resource } from '../../../platform/kubernetes/resource.js';

/** What changed. Called after the world has it. */
export interface Changes {
  service(key: string): void;
  /** Labels of Services that were not kept so far have been read. */
  serviceLabels(): void;
  /** `definition`: what it gives and to whom; `notes`: what is written on it about its groups; else only its status. */
  eip(name: string, change: 'definition' | 'notes' | 'status'): void;
  vipGroup(name: string, object: VipGroup | undefined, previous: VipGroup | undefined): void;
  /** BgpConf or BgpPeer, by `plural/name`. `definition`: what nodes do by it; else only its status. */
  bgpObject(key: string, change: 'definition' | 'status'): void;
  /** Its labels, its addresses or those of its Pods, or whether it is of last resort. */
  node(name: string): void;
  /** Its labels. */
  namespace(name: string): void;
  /** The endpoints of a Service, and so the nodes with ready ones. */
  readyNodes(service: string): void;
  /** What is wrong with an object; undefined: no longer anything. `refused`: all of it; what was known of it before goes on. */
  problem(resource: Resource, metadata: ObjectMeta, problem: string | undefined, refused: boolean): void;
}
