/** What every reconciler works with. */

import type { VipGroup } from '../../api/vip-group.js';
import type { IpAddress } from '../../core/ip/address.js';
import type { Exclusions } from '../../core/ipam/exclusions.js';
import type { VirtualRouterIdRange } from '../../core/placement/group.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import type { EventRecorder } from '../../platform/kubernetes/events.js';
import type { World } from '../cache/world.js';
import type { Agents } from '../liveness/agents.js';
import type { ServedUnasked } from '../objects/served-unasked.js';
import type { Standings } from '../standing/standings.js';
import type { Assignments } from './assignments.js';
import type { Followings } from './following.js';

export interface Context {
  readonly client: ApiClient;
  readonly world: World;
  readonly assignments: Assignments;
  /** Addresses that are nobody's to have, as things stand now. */
  readonly exclusions: () => Exclusions;
  readonly agents: Pick<Agents, 'silence' | 'network' | 'heardAt' | 'beganMs' | 'keepsConnections'>;
  readonly standings: Standings;
  /** Addresses that no group has, for want of virtual router IDs, by Eip. */
  readonly unplaced: Map<string, readonly IpAddress[]>;
  /** What is said on our objects that are made from another load balancer's. */
  readonly following: Followings;
  /** Whether a VipGroup is not what is known of it any more, because somebody spoilt it. */
  readonly isDamaged: (group: VipGroup) => boolean;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly schedule: Schedule;
}

export interface Settings {
  /** LoadBalancer Services without class and annotation are ours too. */
  readonly allServices: ServedUnasked;
  /** Where MetalLB's objects stand that ours are made from; undefined: none are. */
  readonly metallb?: { readonly namespace: string /** Whether MetalLB runs itself. */; readonly runs?: () => boolean };
  readonly virtualRouterIds: VirtualRouterIdRange;
  /** Where the record of reservations is, and the Leases of the agents. */
  readonly namespace: string;
}

/** What is to be reconciled as soon as possible. */
export interface Schedule {
  service(key: string): void;
  /** The VipGroups of an Eip. */
  groups(eip: string): void;
  /** The status of an Eip. */
  status(eip: string): void;
  /** The status of a BgpConf or BgpPeer (`plural/name`). */
  bgp(key: string): void;
  /** What a Service is told about who announces its addresses. */
  tell(service: string): void;
  /** The Services that wait for an address. @param afterMs in how many milliseconds; default: as soon as possible */
  waiting(afterMs?: number): void;
}

export { fieldManager } from '../objects/field-manager.js';
