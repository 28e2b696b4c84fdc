/** Everything the controller knows of the cluster: caches of the watched kinds, and what follows from them at once. */
import { type BgpConf, bgpConfName } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { Admission, Admit } from '../../platform/kubernetes/admission.js';
import * as builtin from '../../platform/kubernetes/builtin-resources.js';
import { type Cache, startCache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../../platform/kubernetes/clock.js';
import type { Apis } from '../../platform/kubernetes/discovery.js';
import { type KubernetesObject, keyOf, type ObjectMeta, type Resource } from '../../platform/kubernetes/resource.js';
import { outOfTouch } from '../../platform/kubernetes/touch.js';
import { admitBgpConf, admitBgpPeer } from '../objects/bgp-objects.js';
import * as kept from '../objects/builtin-objects.js';
import { admitEip, admitVipGroup } from '../objects/own-objects.js';
import { bgpConfs, bgpPeers, eips, vipGroups } from '../objects/resources.js';
import type { Routing } from '../routers/routing-fault.js';
import { bgpDifference, eipDifference, sameLabels, sameNode } from './differences.js';
import { admitEndpointSlice, admitEndpoints, createEndpointIndex, type EndpointNodes } from './endpoints.js';
import { type GroupIndex, indexGroup } from './group-index.js';
import { type KeptLabels, noteEip } from './kept-labels.js';
import { type EipPool, poolsOf } from './pools.js';
import { createRecent, type Recent } from './recent.js';

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

export function watchWorld(
  client: ApiClient,
  apis: Apis,
  changes: Changes,
  o: { readonly log: Log; readonly clock?: Clock },
): World {
  const clock = o.clock ?? systemClock;
  const caches: Cache<KubernetesObject>[] = [];
  const touches: (() => string | undefined)[] = [];
  /** What no decision needs. */
  const optional = new Set<unknown>();
  const watch = <T extends KubernetesObject>(
    resource: Resource,
    admit: Admit<T>,
    onChange: (key: string, object: T | undefined, previous: T | undefined) => void,
    recent?: () => Recent<T>,
    listed: () => void = () => {},
  ): Cache<T> => {
    const onList = () => {
      for (const gone of recent?.().listed() ?? []) onChange(keyOf(gone.metadata), undefined, gone);
      listed();
    };
    const cache = startCache<T>(client, resource, {
      admit,
      onChange,
      onList,
      onProblem: (metadata, problem, refused) => changes.problem(resource, metadata, problem, refused),
      many: true,
      log: o.log,
      clock,
    });
    caches.push(cache as unknown as Cache<KubernetesObject>);
    touches.push(() => outOfTouch(resource.plural, cache.health()));
    return cache;
  };

  let pools: readonly EipPool[] | undefined;
  const endpoints = createEndpointIndex();
  const groupOf: GroupIndex = new Map();
  // The callbacks run at the earliest after these are set, since a cache starts in the background.
  const onService = (key: string, object: kept.Service | undefined, previous: kept.Service | undefined) => {
    services.seen(key, object, previous);
    changes.service(key);
  };
  const labels: KeptLabels = new Map();
  const admitService = (object: unknown) => kept.admitService(object, labels);
  const reading = createReading();
  const onServices = () => {
    if (!reading.isUnderWay() || !serviceCache.isReadAnew()) return;
    reading.end();
    changes.serviceLabels();
  };
  const serviceCache = watch<kept.Service>(builtin.services, admitService, onService, () => services, onServices);
  const onEip = (name: string, object: Eip | undefined, previous: Eip | undefined) => {
    eipObjects.seen(name, object, previous);
    if (noteEip(labels, object, previous)) {
      reading.begin();
      serviceCache.readAnew();
    }
    const what = eipDifference(object, previous);
    if (what === 'definition') pools = undefined;
    changes.eip(name, what);
  };
  const eipCache = watch<Eip>(eips, admitEip, onEip, () => eipObjects);
  const onGroup = (name: string, object: VipGroup | undefined, previous: VipGroup | undefined) => {
    groups.seen(name, object, previous);
    indexGroup(groupOf, name, object, previous);
    changes.vipGroup(name, object, previous);
  };
  const groupCache = watch<VipGroup>(vipGroups, admitVipGroup, onGroup, () => groups);
  const services: Recent<kept.Service> = createRecent(serviceCache, clock.now, keptOf(admitService));
  const eipObjects: Recent<Eip> = createRecent(eipCache, clock.now, keptOf(admitEip));
  const groups: Recent<VipGroup> = createRecent(groupCache, clock.now, keptOf(admitVipGroup));
  const nodes = watch<kept.Node>(builtin.nodes, kept.admitNode, (name, object, previous) => {
    if (!sameNode(object, previous)) changes.node(name);
  });
  const namespaces = watch<kept.Namespace>(builtin.namespaces, kept.admitNamespace, (name, object, previous) => {
    if (!sameLabels(object, previous)) changes.namespace(name);
  });
  const [endpointsOf, admit] = endpointSource(apis);
  watch<EndpointNodes>(endpointsOf, admit, (key, object, previous) => {
    endpoints.put(key, object, previous);
    const service = object?.service ?? previous?.service;
    if (service !== undefined) changes.readyNodes(service);
  });
  // A server may lack them: an installation of OpenELB without BGP, or of an earlier version of ours.
  const watchBgp = <T extends BgpConf | BgpPeer>(
    resource: Resource,
    keep: Admit<T>,
  ): Pick<Cache<T>, 'get' | 'list'> => {
    if (!apis.has(`${resource.group}/${resource.version}`, resource.plural))
      return { get: () => undefined, list: () => [] };
    return watch<T>(resource, keep, (name, object, previous) =>
      changes.bgpObject(`${resource.plural}/${name}`, bgpDifference(object, previous)),
    );
  };
  const confs = watchBgp<BgpConf>(bgpConfs, admitBgpConf);
  const peers = watchBgp<BgpPeer>(bgpPeers, admitBgpPeer);

  const needed = caches.filter((cache) => !optional.has(cache));
  for (const cache of caches) cache.synced.catch(() => {}); // rejected when stopped before, which whoever stops it knows
  return {
    services,
    keepService: (object) => kept.keepService(object, labels),
    knowsLabels: () => !reading.isUnderWay(),
    eips: eipObjects,
    vipGroups: groups,
    groupWith: (address) => groups.get(groupOf.get(address) ?? ''),
    *bgpObjects() {
      for (const { metadata } of confs.list()) yield `${bgpConfs.plural}/${metadata.name}`;
      for (const { metadata } of peers.list()) yield `${bgpPeers.plural}/${metadata.name}`;
    },
    bgpConf: confs.get,
    bgpPeer: peers.get,
    routing: () => ({
      conf: confs.get(bgpConfName),
      otherConfs: [...confs.list()]
        .map(({ metadata }) => metadata.name)
        .filter((name) => name !== bgpConfName)
        .sort(),
      peers: [...peers.list()],
    }),
    node: (name) => nodes.get(name),
    nodes: () => nodes.list(),
    namespace: (name) => namespaces.get(name),
    namespaces: () => namespaces.list(),
    readyNodes: endpoints.nodes,
    hasEndpoints: endpoints.any,
    pools: () => {
      pools ??= poolsOf(eipCache.list());
      return pools;
    },
    synced: Promise.all(needed.map((cache) => cache.synced)).then(reading.ended),
    problem: () => {
      const behind = needed.find((cache) => !cache.isSynced());
      return behind && `waiting for the first list of a watched kind: ${behind.health().lastError ?? 'under way'}`;
    },
    outOfTouch: () => {
      for (const touch of touches) {
        const text = touch();
        if (text !== undefined) return text;
      }
      return undefined;
    },
    stop: async () => {
      reading.end();
      await Promise.all(caches.map((cache) => cache.stop()));
    },
  };
}

/** Something that is read, at times. */
function createReading() {
  let underWay = false;
  let waiting: (() => void)[] = [];
  return {
    begin: () => {
      underWay = true;
    },
    end: () => {
      underWay = false;
      for (const each of waiting) each();
      waiting = [];
    },
    isUnderWay: () => underWay,
    /** Resolves as soon as none is under way. */
    ended: () => new Promise<void>((resolve) => (underWay ? waiting.push(resolve) : resolve())),
  };
}

/** Kubernetes 1.21 and later have EndpointSlice v1, 1.17 to 1.24 v1beta1, all have Endpoints. */
function endpointSource(apis: Apis): [Resource, Admit<EndpointNodes>] {
  if (apis.has('discovery.k8s.io/v1', 'endpointslices')) return [builtin.endpointSlices, admitEndpointSlice];
  if (apis.has('discovery.k8s.io/v1beta1', 'endpointslices')) return [builtin.endpointSlicesBeta, admitEndpointSlice];
  return [builtin.endpoints, admitEndpoints];
}

/** What a cache would keep of the server's answer. */
function keptOf<T>(admit: (object: unknown) => Admission<T>): (answer: unknown) => T | undefined {
  return (answer) => admit(answer).object;
}
