/** Which tasks follow from which change. A table: what is done then follows from the caches alone. */
import { protocolOf } from '../api/eip.js';
import type { Metadata } from '../api/metadata.js';
import type { VipGroup } from '../api/vip-group.js';
import { keyOf } from '../platform/kubernetes/resource.js';
import type { World } from './cache/world.js';
import type { Assignments } from './context/assignments.js';
import { gatherMs } from './events/holder-events/pending.js';
import { showsInvalid, validityAfterMs } from './groups/status/validity.js';
import { isLedByAnother } from './notes/handover-due.js';
import { progressOf } from './notes/rebalancing.js';
import { shownOf } from './objects/group-mentions.js';
import { sameJson } from './objects/same-json.js';
import type { Due, Task, TaskName } from './tasks.js';

export type Change =
  /** This controller leads from now on. */
  | { readonly of: 'leadership' }
  | { readonly of: 'service'; readonly key: string }
  /** Labels that Eips choose Services by have been read of all of these. */
  | { readonly of: 'service-labels' }
  | { readonly of: 'eip'; readonly name: string; readonly what: 'definition' | 'notes' | 'status' }
  | ({ readonly of: 'group' } & Versions)
  /** How a group stands, without its having been written. */
  | { readonly of: 'standing'; readonly group: VipGroup }
  /** Something is wrong with a group, or no longer is. */
  | { readonly of: 'validity'; readonly name: string; readonly refused: boolean }
  /** `definition`: what nodes do by it; else only its status. */
  | { readonly of: 'bgp-object'; readonly key: string; readonly what: 'definition' | 'status' }
  | { readonly of: 'node'; readonly name: string }
  | { readonly of: 'namespace'; readonly name: string }
  /** Which nodes have a ready endpoint of a Service. */
  | { readonly of: 'endpoints'; readonly service: string }
  /** A node's agent fell silent, or is heard of again. */
  | { readonly of: 'agent'; readonly node: string }
  /** What agents say of their nodes' networks. */
  | { readonly of: 'networks' }
  /** What is left out of pools. */
  | { readonly of: 'exclusions' }
  /** MetalLB's objects. */
  | { readonly of: 'metallb' }
  /** Whether MetalLB's controller runs. */
  | { readonly of: 'metallb-runs' };

/** An object before and after; undefined: it is not there. */
export interface Versions {
  readonly object: VipGroup | undefined;
  readonly previous: VipGroup | undefined;
}

/** What is known when something changes, the change included. */
export interface View {
  readonly world: {
    readonly services: { list(): Iterable<{ readonly metadata: Metadata }> };
    readonly eips: Pick<World['eips'], 'get' | 'list'>;
    readonly vipGroups: Pick<World['vipGroups'], 'get' | 'list'>;
  } & Pick<World, 'node' | 'bgpObjects'>;
  readonly assignments: {
    readonly ledger: Pick<Assignments['ledger'], 'holding'>;
    readonly grants: Assignments['grants'];
  };
  /** Whether a group says something of an agent that is not to be shown any more. */
  isAged(group: VipGroup): boolean;
  /** VipGroups that are refused as a whole. */
  refusedGroups(): readonly string[];
  /** Where MetalLB's objects stand that ours are made from; undefined: none are. */
  readonly metallb?: object | undefined;
  /** Nodes whose agents are silent. */
  silentNodes(): Iterable<string>;
}

/** How long changes of what is left out of pools are gathered, in milliseconds: nodes come and change by the dozen. */
const exclusionsMs = 100;

/** How long changes of sessions are gathered, in milliseconds: a router that restarts has all nodes write at once. */
const sessionsMs = 200;

/** How long changes of MetalLB's objects, and of those made of them, are gathered, in milliseconds. */
const metallbMs = 200;

/** How long virtual router IDs that somebody else left are gathered, in milliseconds. */
const idsMs = 200;

/** In the order in which they are to be begun. */
export function followUps(change: Change, view: View): readonly Due[] {
  const rule = table[change.of] as (change: Change, view: View) => readonly Due[];
  return rule(change, view);
}

type Table = { readonly [K in Change['of']]: (change: Extract<Change, { of: K }>, view: View) => readonly Due[] };

const table: Table = {
  leadership: (_, view) => {
    const groups = [...view.world.vipGroups.list()];
    return [
      // Services first: groups are made from what all of them have.
      ...ofEveryService(view),
      ...ofEveryEip(view, 'groups'),
      ...groups.flatMap(({ spec }) => ofEip('groups', spec.eip)),
      ...view.refusedGroups().map((name) => due('valid', name)),
      ...groups.flatMap((group) => [
        ...ofAge(view, group),
        ...(showsInvalid(group) ? [due('valid', group.metadata.name)] : []),
      ]),
      ...[...view.silentNodes()].map((node) => due('lease', node)),
      ...ofEveryEip(view, 'status'),
      ...ofEveryBgpObject(view),
      ...ofMetallb(view),
    ];
  },
  service: ({ key }) => [due('service', key)],
  'service-labels': (_, view) => ofEveryService(view),
  eip: ({ name, what }, view) => [
    due('status', name),
    // A pool that changes may overlap others no more, or from now on.
    ...(what === 'definition' ? [...ofEveryService(view), ...ofEveryEip(view, 'status')] : []),
    ...(what === 'status' ? [] : [due('groups', name)]),
    // What is made of others may have been edited, or is to go once it is not in use any more.
    ...ofMetallb(view),
  ],
  group: ({ object, previous }, view) => {
    const planned = plannedFrom(view, { object, previous });
    const stays = object !== undefined && sameJson(planned(object), planned(previous));
    const shown = sameJson(shownOf(object), shownOf(previous)) ? undefined : (object ?? previous)?.spec.eip;
    const owners = new Set([object?.spec.eip, previous?.spec.eip]);
    return [
      ...ofAge(view, object),
      ...(object === undefined || idOf(object) === idOf(previous) ? [] : ofRivals(view, object)),
      ...(leavesIdOfNoEip({ object, previous }) ? ofEveryEip(view, 'groups', idsMs) : []),
      ...ofEip('status', shown, gatherMs),
      ...(stays ? [] : [...owners].flatMap((eip) => ofEip('groups', eip))),
    ];
  },
  standing: ({ group }, view) => [...ofAge(view, group), ...ofEip('status', group.spec.eip, gatherMs)],
  // What the controller still knows of the group puts it right again, where it is one of its own.
  validity: ({ name, refused }, { world }) => [
    ...(refused ? ofEip('groups', world.vipGroups.get(name)?.spec.eip) : []),
    due('valid', name, validityAfterMs),
  ],
  'bgp-object': ({ key, what }, view) =>
    what === 'status'
      ? [due('bgp', key, sessionsMs)]
      : [
          ...ofMetallb(view),
          due('bgp', key),
          // One may name communities of another, or be at the same router.
          ...ofEveryBgpObject(view, sessionsMs),
          // Who announces nothing does so for another reason now.
          ...[...view.world.vipGroups.list()]
            .filter(({ spec }) => spec.protocol === 'bgp')
            .flatMap((group) => [...ofAge(view, group), ...ofEip('status', group.spec.eip, gatherMs)]),
        ],
  node: ({ name }, view) => [
    ...ofEveryEip(view, 'groups'),
    ...ofEveryEip(view, 'status', gatherMs),
    ...ofEveryBgpObject(view, sessionsMs),
    ...(view.world.node(name) === undefined ? [due('lease', name)] : []),
  ],
  namespace: ({ name }, view) => [...ofEveryService(view, name), ...ofMetallb(view)],
  endpoints: ({ service }, view) =>
    isLocal(view, service) ? view.assignments.grants(service).map(({ pool }) => due('groups', pool)) : [],
  agent: ({ node }, view) => [due('lease', node), ...ofEveryBgpObject(view, sessionsMs)],
  networks: (_, view) => ofEveryEip(view, 'groups'),
  exclusions: () => [due('exclusions', '', exclusionsMs)],
  metallb: (_, view) => ofMetallb(view),
  'metallb-runs': (_, view) => [...ofEveryService(view), ...ofMetallb(view)],
};

/** Whether only nodes with a ready endpoint may announce what a Service (`namespace/name`) has. */
export function isLocal({ assignments }: Pick<View, 'assignments'>, service: string): boolean {
  return assignments.ledger.holding(service)?.terms.local === true;
}

export function due(name: TaskName, key: string, afterMs?: number): Due {
  const task: Task = `${name}/${key}`;
  return afterMs === undefined ? { task } : { task, afterMs };
}

function ofEip(name: 'groups' | 'status', eip: string | undefined, afterMs?: number): readonly Due[] {
  return eip === undefined ? [] : [due(name, eip, afterMs)];
}

function ofEveryEip({ world }: View, name: 'groups' | 'status', afterMs?: number): readonly Due[] {
  return [...world.eips.list()].map(({ metadata }) => due(name, metadata.name, afterMs));
}

function ofEveryService({ world }: View, namespace?: string): readonly Due[] {
  const all = [...world.services.list()];
  const chosen = namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  return chosen.map(({ metadata }) => due('service', keyOf(metadata)));
}

function ofEveryBgpObject({ world }: View, afterMs?: number): readonly Due[] {
  return [...world.bgpObjects()].map((key) => due('bgp', key, afterMs));
}

/** Gathered: manifests are applied many at once. */
function ofMetallb({ metallb }: View): readonly Due[] {
  return metallb !== undefined ? [due('metallb', '', metallbMs)] : [];
}

/** A group says something that is not to be shown any more, or the wrong reason why nobody holds it. */
function ofAge(view: View, group: VipGroup | undefined): readonly Due[] {
  return group !== undefined && view.isAged(group) ? [due('aged', group.metadata.name)] : [];
}

/** Another Eip's group that has the same virtual router ID may have to leave it. */
function ofRivals({ world }: View, group: VipGroup): readonly Due[] {
  const rivals = [...world.vipGroups.list()].filter(
    (other) => idOf(other) === idOf(group) && other.spec.eip !== group.spec.eip,
  );
  return rivals.flatMap(({ spec }) => ofEip('groups', spec.eip));
}

/** A group that somebody made by hand leaves its virtual router ID, for which any group may have waited. */
function leavesIdOfNoEip({ object, previous }: Versions): boolean {
  const id = idOf(previous);
  return id !== undefined && id !== idOf(object) && previous?.spec.eip === undefined;
}

function idOf(group: VipGroup | undefined): number | undefined {
  return group?.spec.vrrp?.virtualRouterId;
}

/** What of a group the groups of its Eip are planned from; who leads only where that is about to be changed. */
function plannedFrom({ world }: View, { object, previous }: Versions): (group: VipGroup | undefined) => unknown {
  const eip = world.eips.get(object?.spec.eip ?? '');
  const moves =
    (eip !== undefined && progressOf(eip) !== undefined) ||
    [object, previous].some((each) => each !== undefined && isLedByAnother(each));
  // An address waits where it is for a leader of the group on the NIC that it is to go to.
  const waits = eip !== undefined && !eip.spec.interface && protocolOf(eip) !== 'bgp';
  return (group) => [
    group?.spec,
    group?.metadata.labels,
    group?.status?.members?.map(({ node, address, foreignRouter }) => [node, address, foreignRouter]),
    group?.status?.notHeld,
    moves && [group?.status?.holder, group?.status?.members],
    waits && group?.status?.holder === undefined,
  ];
}
