/** Who takes note of a change by itself, before the tasks that follow from it are begun. */
import type { VipGroup } from '../api/vip-group.js';
import type { FaultyObjects } from './cache/faulty-objects.js';
import type { Changes } from './cache/world.js';
import type { HolderEvents } from './events/holder-events.js';
import type { ExclusionSource } from './exclusions/exclusions.js';
import type { Change, Versions } from './follow-ups.js';
import type { GroupsReconciler } from './groups/reconcile.js';
import type { Agents } from './liveness/agents.js';
import { vipGroups } from './objects/resources.js';
import type { ServiceReconciler } from './services/reconcile.js';
import type { Standings } from './standing/standings.js';

export interface Listeners {
  readonly agents: Pick<Agents, 'look'>;
  readonly exclusions: Pick<ExclusionSource, 'service' | 'group' | 'pools' | 'others'>;
  readonly standings: Pick<Standings, 'seen'>;
  readonly faulty: Pick<FaultyObjects, 'note'>;
  readonly services: Pick<ServiceReconciler, 'namespaceSeen' | 'poolsSeen'>;
  /** A Service has come, has changed, or is gone. */
  service(key: string): void;
  readonly groups: Pick<GroupsReconciler, 'freed'>;
  readonly holderEvents: Pick<HolderEvents, 'look' | 'group' | 'standing' | 'node'>;
  /** What there is of BGP objects has changed: addresses that nobody announces may lack something else. */
  routing(): void;
  /** People are told of conditions that agents wrote into a group. */
  tellConditions(object: VipGroup, previous: VipGroup | undefined): void;
  /** Whether only nodes with a ready endpoint may announce what a Service has. */
  isLocal(service: string): boolean;
  /** Whether it is the one in front of MetalLB's controller, whose Services are ours once that is gone; absent: it concerns nobody. */
  isMetallb?(service: string): boolean;
}

/** @param listeners asked at each change, since caches are made before most of those who listen */
export function watchChanges(listeners: () => Listeners, follow: (change: Change) => void): Changes {
  return {
    problem: (resource, metadata, problem, refused) => {
      listeners().faulty.note(resource, metadata, problem, refused);
      if (resource === vipGroups) follow({ of: 'validity', name: metadata.name, refused });
    },
    service: (key) => {
      listeners().exclusions.service(key);
      listeners().service(key);
      follow({ of: 'service', key });
    },
    serviceLabels: () => {
      listeners().services.poolsSeen();
      follow({ of: 'service-labels' });
    },
    eip: (name, what) => {
      if (what === 'notes') listeners().exclusions.others();
      if (what === 'definition') {
        listeners().exclusions.pools();
        listeners().services.poolsSeen();
      }
      follow({ of: 'eip', name, what });
    },
    vipGroup: (name, object, previous) => {
      const { standings, agents, exclusions, groups, holderEvents, tellConditions } = listeners();
      standings.seen(name);
      agents.look();
      exclusions.group(object, previous);
      const left = leftBy({ object, previous });
      if (left !== 'nothing') groups.freed(left === 'id' ? previous : undefined);
      if (object !== undefined) tellConditions(object, previous);
      holderEvents.group(object, previous);
      follow({ of: 'group', object, previous });
    },
    bgpObject: (key, what) => {
      listeners().agents.look();
      if (what === 'definition') listeners().routing();
      follow({ of: 'bgp-object', key, what });
    },
    node: (name) => {
      listeners().exclusions.others();
      listeners().holderEvents.node();
      follow({ of: 'node', name });
    },
    namespace: (name) => {
      listeners().services.namespaceSeen(name);
      follow({ of: 'namespace', name });
    },
    readyNodes: (service) => {
      if (listeners().isLocal(service)) listeners().holderEvents.look(service);
      if (listeners().isMetallb?.(service) === true) {
        // Addresses that it gave out are nobody else's, or are taken over.
        listeners().exclusions.pools();
        listeners().services.poolsSeen();
        follow({ of: 'metallb-runs' });
      }
      follow({ of: 'endpoints', service });
    },
  };
}

/** How a group stands has changed, without its having been written. */
export function restand(group: VipGroup, listeners: Listeners, follow: (change: Change) => void): void {
  listeners.standings.seen(group.metadata.name);
  listeners.holderEvents.standing(group.spec.addresses);
  follow({ of: 'standing', group });
}

/** What others may have that a group had: its virtual router ID (and addresses, perhaps), or addresses alone. */
export function leftBy({ object, previous }: Versions): 'id' | 'addresses' | 'nothing' {
  if (previous === undefined) return 'nothing';
  const former = previous.spec.vrrp?.virtualRouterId;
  if (former !== undefined && former !== object?.spec.vrrp?.virtualRouterId) return 'id';
  const left = previous.spec.addresses.some((each) => object?.spec.addresses.includes(each) !== true);
  return left ? 'addresses' : 'nothing';
}
