// biome-ignore-all lint/suspicious/noExplicitAny: the reconcilers are given as much of a context as they use.
// Owns: the deciding part of one controller, real but for its client and its watches: reconcilers, ledger, records, and which tasks follow
// from which change.
import { eipDifference } from '../../../../src/controller/cache/differences.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { createRecent, type Recent } from '../../../../src/controller/cache/recent.js';
import { createAssignments } from '../../../../src/controller/context/assignments.js';
import type { Context, Schedule } from '../../../../src/controller/context/context.js';
import { type Change, followUps, isLocal, type View } from '../../../../src/controller/follow-ups.js';
import { createGroupsReconciler } from '../../../../src/controller/groups/reconcile.js';
import { type Listeners, watchChanges } from '../../../../src/controller/listeners.js';
import { keepNamespace, keepService } from '../../../../src/controller/objects/builtin-objects.js';
import { createServiceReconciler } from '../../../../src/controller/services/reconcile.js';
import { noExclusions } from '../../../../src/core/ipam/exclusions.js';
import type { Clock } from '../../../../src/platform/kubernetes/clock.js';
import { keyOf } from '../../../../src/platform/kubernetes/resource.js';
import { createFaultyWatch, type FaultyWatch } from './faulty-watch.js';
import type { MemoryStore, StoredObject } from './memory-store.js';

export const watchedKinds = ['services', 'vipgroups', 'eips', 'namespaces'] as const;

export interface Decider {
  readonly watches: Readonly<Record<(typeof watchedKinds)[number], FaultyWatch>>;
  /** `service/KEY` and `groups/EIP`, as in the work queue. */
  readonly dirty: Set<string>;
  readonly running: Set<string>;
  start(task: string): void;
}

/** @param o.readyNodes of a Service, by key @param o.onBroken a defect of the controller */
export function createDecider(o: {
  readonly store: MemoryStore;
  readonly client: (owner: Decider) => any;
  readonly clock: Clock;
  readonly nodes: readonly any[];
  readonly readyNodes: (service: string) => readonly string[];
  readonly onBroken: (error: unknown) => void;
}): Decider {
  const dirty = new Set<string>();
  const running = new Set<string>();
  const same = (object: StoredObject) => object;
  const watch = (
    plural: string,
    keep: (object: any) => any,
    onChange: (key: string, object: any, previous: any) => void,
    recent?: () => Recent<any>,
  ) =>
    createFaultyWatch(o.store, plural, keep, onChange, () => {
      for (const gone of recent?.().listed() ?? []) onChange(keyOf(gone.metadata), undefined, gone);
    });

  const follow = (change: Change) => {
    for (const { task } of followUps(change, view)) if (/^(service|groups)\//.test(task)) dirty.add(task);
  };
  const changes = watchChanges(() => listeners, follow);
  const onService = (key: string, object: any, previous: any) => {
    services.seen(key, object, previous);
    changes.service(key);
  };
  const onGroup = (name: string, object: any, previous: any) => {
    vipGroups.seen(name, object, previous);
    changes.vipGroup(name, object, previous);
  };
  const onEip = (name: string, object: any, previous: any) => {
    eips.seen(name, object, previous);
    const what = eipDifference(object, previous);
    if (what === 'definition') pools = undefined;
    changes.eip(name, what);
  };
  const watches: Decider['watches'] = {
    services: watch(
      'services',
      (object) => keepService(object),
      onService,
      () => services,
    ),
    vipgroups: watch('vipgroups', same, onGroup, () => vipGroups),
    eips: watch('eips', same, onEip, () => eips),
    namespaces: watch('namespaces', keepNamespace, changes.namespace),
  };
  const recent = (kind: (typeof watchedKinds)[number]) => createRecent<any>(watches[kind].cache, o.clock.now);
  const [services, vipGroups, eips] = [recent('services'), recent('vipgroups'), recent('eips')];
  let pools: ReturnType<typeof poolsOf> | undefined;
  const schedule: Schedule = {
    service: (key) => dirty.add(`service/${key}`),
    groups: (eip) => dirty.add(`groups/${eip}`),
    status: () => {},
    bgp: () => {},
    tell: () => {},
    waiting: () => {
      for (const key of reconciler.waiting()) dirty.add(`service/${key}`);
    },
  };
  const world = {
    services,
    keepService,
    knowsLabels: () => true,
    vipGroups,
    eips,
    groupWith: (address: string) =>
      [...vipGroups.list()].find(({ spec }: any) => spec.addresses.includes(address)) as any,
    namespace: (name: string) => watches.namespaces.cache.get(name),
    nodes: () => o.nodes,
    node: (name: string) => o.nodes.find(({ metadata }) => metadata.name === name),
    readyNodes: o.readyNodes,
    routing: () => ({ conf: undefined, otherConfs: [], peers: [] }),
    pools: () => {
      pools ??= poolsOf(watches.eips.cache.list() as Iterable<any>);
      return pools;
    },
  };
  const decider: Decider = {
    watches,
    dirty,
    running,
    start: (task) => {
      dirty.delete(task);
      running.add(task);
      const slash = task.indexOf('/');
      const key = task.slice(slash + 1);
      const run = task.startsWith('service/') ? reconciler.reconcile(key) : groups.reconcile(key);
      run
        .then((again) => again && dirty.add(task))
        .catch((error) => {
          o.onBroken(error);
          dirty.add(task);
        })
        .finally(() => running.delete(task));
    },
  };
  const context = {
    client: o.client(decider),
    world,
    assignments: createAssignments(),
    exclusions: () => noExclusions,
    unplaced: new Map(),
    isDamaged: () => false,
    agents: {
      network: () => undefined,
      silence: () => undefined,
      heardAt: () => undefined,
      beganMs: () => undefined,
      keepsConnections: () => false,
    },
    clock: o.clock,
    recorder: { event: () => true },
    schedule,
    settings: {
      allServices: false,
      namespace: 'openelb-system',
      virtualRouterIds: { first: 1, last: 255, reserved: new Set() },
    },
  } as unknown as Context;
  const reconciler = createServiceReconciler(context);
  const groups = createGroupsReconciler(context);
  const nobody = () => {};
  const listeners: Listeners = {
    agents: { look: nobody },
    exclusions: { service: nobody, group: nobody, pools: nobody, others: nobody },
    standings: { seen: nobody },
    faulty: { note: nobody },
    services: reconciler,
    service: nobody,
    groups,
    holderEvents: { look: nobody, group: nobody, standing: nobody, node: nobody },
    routing: nobody,
    tellConditions: nobody,
    isLocal: (service) => isLocal(context, service),
  };
  const view: View = {
    world: { ...world, bgpObjects: () => [] },
    assignments: context.assignments,
    isAged: () => false,
    refusedGroups: () => [],
    silentNodes: () => [],
  };
  reconciler.load();
  follow({ of: 'leadership' });
  return decider;
}
