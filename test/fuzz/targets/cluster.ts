import assert from 'node:assert/strict';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { confConfigured } from '../../../src/controller/bgp/conf-configured.js';
import { configured } from '../../../src/controller/bgp/peer-configured.js';
import { establishedText, establishedVerdict, sessionsOf } from '../../../src/controller/bgp/peer-established.js';
import { admitEndpointSlice, createEndpointIndex } from '../../../src/controller/cache/endpoints.js';
import { type EipPool, poolsOf } from '../../../src/controller/cache/pools.js';
import type { World } from '../../../src/controller/cache/world.js';
import { createAssignments } from '../../../src/controller/context/assignments.js';
import { eipStatus } from '../../../src/controller/eips/status.js';
import { eipWarnings } from '../../../src/controller/eips/warnings.js';
import { admitAgentLease } from '../../../src/controller/liveness/agent-lease.js';
import { eligibleNodes } from '../../../src/controller/nodes/eligible-nodes.js';
import { lastResort } from '../../../src/controller/nodes/last-resort.js';
import { foreignIdsOf, whyLeft } from '../../../src/controller/notes/foreign-routers.js';
import { admitBgpConf, admitBgpPeer } from '../../../src/controller/objects/bgp-objects.js';
import {
  admitNode,
  admitService,
  type Node,
  type Service,
  serviceKey,
} from '../../../src/controller/objects/builtin-objects.js';
import { groupOf } from '../../../src/controller/objects/group.js';
import { admitEip, admitVipGroup } from '../../../src/controller/objects/own-objects.js';
import { routingFault } from '../../../src/controller/routers/routing-fault.js';
import { sessionNodes } from '../../../src/controller/routers/session-nodes.js';
import { decideService } from '../../../src/controller/services/decide.js';
import { isOurs } from '../../../src/controller/services/ownership.js';
import { serviceWarnings } from '../../../src/controller/services/warnings.js';
import { createStandings } from '../../../src/controller/standing/standings.js';
import { viewOf } from '../../../src/controller/web/view.js';
import { formatIp } from '../../../src/core/ip/address.js';
import { contains } from '../../../src/core/ip/range.js';
import { noExclusions } from '../../../src/core/ipam/exclusions.js';
import { sharingObstacle, type Terms } from '../../../src/core/ipam/sharing.js';
import type { Admission } from '../../../src/platform/kubernetes/admission.js';
import { objectForm } from '../forms/objects.js';
import type { Target } from '../fuzzer.js';
import * as example from './example-objects.js';
import { clusterShape } from './object-shapes.js';

const seeds = [
  { eip: [example.eip], group: [example.group], service: [example.service], node: [example.node] },
  {
    eip: [example.eip, example.routedEip],
    group: [example.group, example.routedGroup],
    bgpConf: [example.bgpConf],
    bgpPeer: [example.bgpPeer],
    service: [
      example.service,
      { ...example.service, metadata: { ...example.service.metadata, name: 'mail', uid: 'u9' } },
    ],
    node: [example.node, { ...example.node, metadata: { ...example.node.metadata, name: 'n2' } }],
    slice: [example.slice],
    lease: [example.lease],
  },
];

/**
 * Any objects in the API: each is taken in, flagged or refused in words, and whatever the controller makes of them together, it can. Of what
 * it gives out, no address goes to two Services that do not share, and each is of a pool that is in order.
 */
export const target: Target<unknown> = {
  form: objectForm(clusterShape, seeds),
  seeds,
  run: (input) => judge(takeIn(input)),
};

function takeIn(input: unknown) {
  return {
    eips: kept(input, 'eip', admitEip),
    groups: kept(input, 'group', admitVipGroup),
    confs: kept(input, 'bgpConf', admitBgpConf),
    peers: kept(input, 'bgpPeer', admitBgpPeer),
    services: kept(input, 'service', admitService).filter(({ metadata }) => metadata.name !== ''),
    nodes: kept(input, 'node', admitNode),
    slices: kept(input, 'slice', admitEndpointSlice),
    leases: kept(input, 'lease', (object) => (hasMetadata(object) ? admitAgentLease(object) : { problem: 'is none' })),
  };
}

/** Each name once, as in a cluster. */
function kept<T>(input: unknown, kind: string, admit: (object: unknown) => Admission<T>): readonly T[] {
  const list = (input as Record<string, unknown> | null)?.[kind];
  const byName = new Map<string, T>();
  for (const object of Array.isArray(list) ? list : []) {
    const { object: found, problem } = admit(object);
    assert.ok(found !== undefined || (problem !== undefined && problem !== ''), 'nothing was kept, and nothing said');
    const { name, namespace } = (found as { metadata?: { name?: string; namespace?: string } })?.metadata ?? {};
    if (found !== undefined) byName.set(`${namespace}/${name}`, found);
  }
  return [...byName.values()];
}

function hasMetadata(object: unknown): object is { metadata: { name: string } } {
  const { metadata } = (object ?? {}) as { metadata?: unknown };
  return typeof metadata === 'object' && metadata !== null;
}

type Cluster = ReturnType<typeof takeIn>;

function judge(cluster: Cluster): void {
  const { eips, groups, services, nodes } = cluster;
  const pools = poolsOf(eips);
  const assignments = give(services, pools);
  const endpoints = createEndpointIndex();
  for (const slice of cluster.slices) endpoints.put(slice.metadata.name, slice, undefined);
  const routing = { conf: cluster.confs[0], otherConfs: [], peers: cluster.peers };
  const world = {
    eips: named<World['eips']>(eips),
    vipGroups: named<World['vipGroups']>(groups),
    nodes: () => nodes,
    pools: () => pools,
    routing: () => routing,
    groupWith: (address: string) => groups.find(({ spec }) => spec.addresses.includes(address)),
    problem: () => undefined,
    outOfTouch: () => undefined,
  };
  const standings = createStandings({
    world,
    agents: { silence: silent },
    unplaced: () => [],
    barred: () => undefined,
    clock: { now: () => 1, wall: () => 1, random: () => 0, after: () => () => {} },
    onUnled: () => {},
    onUngrouped: () => {},
  });
  for (const pool of pools) judgePool(pool, { groups, nodes, assignments, standings });
  for (const service of services)
    for (const { ip } of ingressOf(service)) standings.ofAddress(ip ?? '', 'lan', endpoints.nodes(serviceKey(service)));
  for (const each of groups) groupOf(each);
  for (const each of nodes) lastResort(each);
  const view = viewOf({ world, agents: { silence: silent, heardAt: () => 1 }, standings });
  assert.ok(view.groups.length === groups.length && JSON.stringify(view) !== '');
  standings.stop();
  judgeRouting(cluster, routing);
}

function silent(name: string) {
  return name === 'n1' ? undefined : ({ reason: 'NoHeartbeat', sinceMs: 0 } as const);
}

/** Services get addresses one after the other. */
function give(services: readonly Service[], pools: readonly EipPool[]): ReturnType<typeof createAssignments> {
  const assignments = createAssignments();
  const holders = new Map<string, Terms[]>();
  for (const service of services) {
    serviceWarnings(service, { allServices: true, eips: pools });
    if (!isOurs(service, true)) continue;
    const known = { namespace: undefined, pools, exclusions: noExclusions, before: [], useless: [] };
    const { request, decision } = decideService(service, known, { ledger: assignments.ledger, possible: [] });
    const { grants } = decision;
    for (const { address, pool } of grants) {
      const others = holders.get(formatIp(address)) ?? [];
      const of = pools.find(({ name }) => name === pool);
      const had = ingressOf(service).some(({ ip }) => ip === formatIp(address));
      assert.ok(
        had || (of !== undefined && of.fault === undefined && contains(of.ranges, address)),
        `${formatIp(address)} of ${pool}`,
      );
      for (const each of had ? [] : others) assert.equal(sharingObstacle(request.terms, each, address), undefined);
      holders.set(formatIp(address), [...others, request.terms]);
    }
    const { key, terms, created } = request;
    assignments.assign({ key, terms, created }, grants);
  }
  return assignments;
}

function judgePool(
  pool: EipPool,
  {
    groups,
    nodes,
    assignments,
    standings,
  }: {
    readonly groups: readonly VipGroup[];
    readonly nodes: readonly Node[];
    readonly assignments: ReturnType<typeof createAssignments>;
    readonly standings: ReturnType<typeof createStandings>;
  },
): void {
  const { eip, name } = pool;
  eipWarnings(eip);
  for (const { id } of foreignIdsOf(eip)) for (const { metadata } of groups) whyLeft(eip, metadata.name, id);
  const own = groups.filter(({ spec }) => spec.eip === name);
  const led = own.map((group) => ({ group, standing: standings.of(group) }));
  const eligible = eligibleNodes(eip, nodes).length;
  const status = eipStatus(pool, assignments.ofPool(name), eip.status, '2026-01-01T00:00:00Z', {
    led,
    unplaced: [],
    eligible,
    exclusions: noExclusions,
  });
  assert.ok(status.conditions?.every(({ message }) => message !== undefined && message !== ''));
}

function judgeRouting({ confs, peers, nodes }: Cluster, routing: Parameters<typeof routingFault>[0]): void {
  routingFault(routing, nodes);
  for (const conf of confs) confConfigured(conf);
  for (const peer of peers) {
    const chosen = sessionNodes(peer, nodes);
    const verdict = configured(peer, chosen, { routing, nodes });
    const sessions = sessionsOf(peer, chosen, silent);
    establishedText(sessions);
    establishedVerdict(peer, sessions, verdict, silent);
  }
}

function ingressOf({ status }: Service) {
  return status?.loadBalancer?.ingress ?? [];
}

/** As a cache has them, of which nobody here needs more. */
function named<Cached>(objects: readonly { readonly metadata: { readonly name: string } }[]): Cached {
  const get = (name: string) => objects.find(({ metadata }) => metadata.name === name);
  return { list: () => objects, get } as unknown as Cached;
}
