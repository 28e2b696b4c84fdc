/** Everything the controller knows of the cluster: caches of the watched kinds, and what follows from them at once. */
import { type BgpConf, bgpConfName } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../../platform/kubernetes/clock.js';
import type { Apis } from '../../platform/kubernetes/discovery.js';
import * as kept from '../objects/builtin-objects.js';
import { bgpConfs, bgpPeers } from '../objects/resources.js';
import type { Routing } from '../routers/routing-fault.js';
import { type EipPool, poolsOf } from './pools.js';
import type { Recent } from './recent.js';
import type { Changes } from './world/changes.js';
import { type Following, problemText, staleText } from './world/follow.js';
import type { WorldState } from './world/state.js';
import { watchKinds } from './world/watch.js';

export type { Changes };

export interface World {
  readonly services: Recent<kept.Service>;
  /** What is kept of a Service that the server sent. */
  keepService(object: unknown): kept.Service;
  /** Whether all labels that Eips choose Services by are kept of each; if not, they are being read. */
  knowsLabels(): boolean;
  readonly eips: Recent<Eip>;
  readonly vipGroups: Recent<VipGroup>;
  /** The group that has an address. */
  groupWith(address: string): VipGroup | undefined;
  /** BgpConf and BgpPeer, by `plural/name`. */
  bgpObjects(): Iterable<string>;
  bgpConf(name: string): BgpConf | undefined;
  bgpPeer(name: string): BgpPeer | undefined;
  /** What there is of BGP objects. */
  routing(): Routing;
  node(name: string): kept.Node | undefined;
  nodes(): Iterable<kept.Node>;
  namespace(name: string): kept.Namespace | undefined;
  namespaces(): Iterable<kept.Namespace>;
  /** The nodes that serve a Service (`namespace/name`) themselves, sorted; see `EndpointIndex.nodes`. */
  readyNodes(service: string): readonly string[];
  /** Whether a Service (`namespace/name`) has an endpoint, ready or not. */
  hasEndpoints(service: string): boolean;
  /** The pools that the Eips define now. */
  pools(): readonly EipPool[];
  readonly synced: Promise<void>;
  /** What is not up to date, for people; undefined when everything is. */
  problem(): string | undefined;
  /** That what is known may be out of date: since when nothing was heard from the API server, and why. */
  outOfTouch(): string | undefined;
  stop(): Promise<void>;
}

export function watchWorld(
  client: ApiClient,
  apis: Apis,
  changes: Changes,
  o: { readonly log: Log; readonly clock?: Clock },
): World {
  const following: Following = { client, changes, log: o.log, clock: o.clock ?? systemClock, kinds: [] };
  const state = watchKinds(following, apis, changes);
  const synced = Promise.all(following.kinds.map(({ cache }) => cache.synced)).then(state.reading.ended);
  synced.catch(() => {}); // rejected when stopped before, which whoever stops it knows
  const { services, eips, vipGroups, nodes, namespaces, endpoints, groupOf, labels, reading } = state;
  return {
    services,
    keepService: (object) => kept.keepService(object, labels),
    knowsLabels: () => !reading.isUnderWay(),
    eips,
    vipGroups,
    groupWith: (address) => vipGroups.get(groupOf.get(address) ?? ''),
    bgpObjects: () => bgpObjectsOf(state),
    bgpConf: state.bgpConfs.get,
    bgpPeer: state.bgpPeers.get,
    routing: () => routingOf(state),
    node: (name) => nodes.get(name),
    nodes: () => nodes.list(),
    namespace: (name) => namespaces.get(name),
    namespaces: () => namespaces.list(),
    readyNodes: endpoints.nodes,
    hasEndpoints: endpoints.any,
    pools: () => {
      state.pools ??= poolsOf(state.watchedEips.list());
      return state.pools;
    },
    synced,
    problem: () => problemText(following),
    outOfTouch: () => staleText(following),
    stop: async () => {
      reading.end();
      await Promise.all(following.kinds.map(({ cache }) => cache.stop()));
    },
  };
}

function* bgpObjectsOf(state: WorldState): Iterable<string> {
  for (const { metadata } of state.bgpConfs.list()) yield `${bgpConfs.plural}/${metadata.name}`;
  for (const { metadata } of state.bgpPeers.list()) yield `${bgpPeers.plural}/${metadata.name}`;
}

function routingOf(state: WorldState): Routing {
  return {
    conf: state.bgpConfs.get(bgpConfName),
    otherConfs: [...state.bgpConfs.list()]
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== bgpConfName)
      .sort(),
    peers: [...state.bgpPeers.list()],
  };
}
