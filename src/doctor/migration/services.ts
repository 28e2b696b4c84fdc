/** What becomes of the addresses of Services when the controller takes them over: its own decisions, made on paper. Pure. */

import { agentLeaseNetwork, parseNetwork } from '../../api/agent-network.js';
import { loadBalancerClass, optInAnnotation } from '../../api/annotations.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { type Eip, protocolOf } from '../../api/eip.js';
import { isSelected } from '../../api/label-selector.js';
import type { Metadata } from '../../api/metadata.js';
import { labelsOf } from '../../controller/cache/kept-labels.js';
import { poolsOf } from '../../controller/cache/pools.js';
import { createExclusionSource } from '../../controller/exclusions/exclusions.js';
import { keepAgentLease } from '../../controller/liveness/agent-lease.js';
import { nodeOf } from '../../controller/liveness/silence.js';
import { keyOf } from '../../controller/metallb/plan.js';
import { eligibleNodes } from '../../controller/nodes/eligible-nodes.js';
import {
  keepNamespace,
  keepNode,
  keepService,
  type Node,
  type Service,
  serviceKey,
} from '../../controller/objects/builtin-objects.js';
import { admitVipGroup } from '../../controller/objects/own-objects.js';
import { bgpPeers, eips } from '../../controller/objects/resources.js';
import { sessionNodes } from '../../controller/routers/session-nodes.js';
import { addressesOf, decideService, has, refusalOf } from '../../controller/services/decide.js';
import { grantedInStatus } from '../../controller/services/granted.js';
import { isOurs } from '../../controller/services/ownership.js';
import { serviceRequest, statusAddresses } from '../../controller/services/request.js';
import { formatIp } from '../../core/ip/address.js';
import { createLedger } from '../../core/ipam/ledger.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import type { Afterwards } from './afterwards.js';
import type { Seen } from './read.js';

/** Of a Service of type LoadBalancer. */
export interface Fate {
  /** `namespace/name`. */
  readonly service: string;
  /** What its status says now. */
  readonly addresses: readonly string[];
  /** `keeps` what it has, or has nothing and gets nothing; `gets` one where it had none; `changes`: not all that it has stays; `left`: it is not taken over. */
  readonly outcome: 'keeps' | 'gets' | 'changes' | 'left';
  /** For people: from which Eip, and who announces it; or why not. */
  readonly how: string;
  /** Nobody will announce it; `asBefore`: nor does MetalLB. */
  readonly silence?: 'new' | 'asBefore';
}

/** In the order of their names. */
export function fatesOf(seen: Seen, then: Afterwards, nowMs: number): readonly Fate[] {
  const labels = new Set(then.eips.flatMap(labelsOf));
  const services = new Map(
    seen.services
      .map((each) => keepService(each, labels))
      .filter(({ metadata }) => metadata.name !== '')
      .map((each) => [serviceKey(each), each]),
  );
  const nodes = seen.nodes.map(keepNode);
  const namespaces = new Map(seen.namespaces.map(keepNamespace).map((each) => [each.metadata.name, each]));
  const pools = poolsOf(then.eips);
  const groups = seen.vipGroups.flatMap((each) => admitVipGroup(each).object ?? []);
  const source = createExclusionSource({
    world: {
      nodes: () => nodes,
      pools: () => pools,
      services: { get: (key) => services.get(key), list: () => services.values() },
      vipGroups: { list: () => groups },
      eips: { list: () => then.eips },
    },
    networks: () => networksOf(seen),
    wall: () => nowMs,
    // Those that say nothing are ours when MetalLB is gone.
    allServices: true,
    changed: () => {},
  });
  source.pools();
  const exclusions = source.current();
  const ledger = createLedger();
  const namespaceOf = ({ metadata }: Service) => namespaces.get(metadata.namespace ?? '');
  const ours = [...services.values()].filter((each) => isOurs(each, true)).sort(seniorFirst);
  for (const service of ours) {
    const request = serviceRequest(service, namespaceOf(service), [], pools);
    const { key, terms, created } = request;
    ledger.hold({ key, terms, created, addresses: grantedInStatus(service, request, pools, exclusions) });
  }
  const fates = ours.map((service): Fate => {
    const key = serviceKey(service);
    ledger.release(key);
    const known = { namespace: namespaceOf(service), pools, exclusions, before: [], useless: [] };
    const { request, decision } = decideService(service, known, { ledger, possible: [] });
    const granted = addressesOf(decision.grants);
    ledger.hold({ key, terms: request.terms, created: request.created, addresses: granted });
    const had = statusAddresses(service);
    const stays = had.every((address) => has(granted, address));
    const gets = had.length === 0 && granted.length > 0;
    const ways = new Map(decision.grants.map(({ pool }) => [pool, wayOf(pool, then, nodes)]));
    const from = [...ways].map(([pool, way]) => `Eip ${pool}, ${way.text}`).join('; ');
    const isNew = granted.some((address) => !has(had, address));
    const why = refusalOf(decision)?.message;
    // Which one depends on who is decided on first.
    const lead = isNew ? (had.length === 0 ? 'gets an address' : 'gets another') : stays ? '' : 'loses it';
    const how = [lead, from, why ?? ''];
    const silences = granted.length === 0 ? [] : [...ways.values()].flatMap(({ silence }) => silence ?? []);
    const silence = silences.find((each) => each === 'new') ?? silences[0];
    return {
      service: key,
      addresses: had.map(formatIp),
      outcome: gets ? 'gets' : stays ? 'keeps' : 'changes',
      how: how.filter((each) => each !== '').join(': '),
      ...(silence === undefined ? {} : { silence }),
    };
  });
  const left = [...services.values()].filter((each) => each.spec?.type === 'LoadBalancer' && !isOurs(each, true));
  return [...fates, ...left.map(fateOfOther)].sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** One that is not taken over. */
function fateOfOther(service: Service): Fate {
  const { loadBalancerClass: wanted } = service.spec ?? {};
  const how =
    wanted === undefined || wanted === ''
      ? `its annotation ${optInAnnotation} says that it is not ours`
      : `its class ${wanted} cannot be changed in place: delete it and create it with ${loadBalancerClass}, or without a class`;
  const addresses = statusAddresses(service).map(formatIp);
  return { service: serviceKey(service), addresses, outcome: 'left', how };
}

/** Who will announce the addresses of an Eip. */
function wayOf(
  name: string,
  then: Afterwards,
  nodes: readonly Node[],
): { readonly text: string; readonly silence?: 'new' | 'asBefore' } {
  const eip = then.eips.find(({ metadata }) => metadata.name === name) as Eip;
  const eligible = eligibleNodes(eip, nodes);
  const isAsOrigin = follows(then, eips, name);
  if (eligible.length === 0) return { text: 'which no node may announce', silence: isAsOrigin ? 'asBefore' : 'new' };
  if (protocolOf(eip) !== 'bgp') return { text: `by ARP and NDP from one of ${namesText(eligible)}` };
  const routers = then.bgpPeers.filter(
    (peer) => isTold(peer, eip) && sessionNodes(peer, nodes).some((node) => eligible.includes(node)),
  );
  if (routers.length === 0) {
    const made = then.wanted.filter(({ resource }) => resource === bgpPeers);
    const isSame = isAsOrigin && made.every((peer) => follows(then, bgpPeers, peer.name));
    return { text: 'of which no BgpPeer tells a router', silence: isSame ? 'asBefore' : 'new' };
  }
  const peers = routers.map(({ metadata }) => metadata.name).sort();
  return { text: `by BGP from ${namesText(eligible)}, by BgpPeer ${namesText(peers)}` };
}

/** Whether an object of ours will be as MetalLB's that it is made from: who announces, and who does not, is the same. */
function follows({ plan }: Afterwards, resource: Resource, name: string): boolean {
  return plan.following.get(keyOf({ resource, name }))?.status === 'True';
}

/** Whether a router is told of an Eip. */
function isTold({ spec }: BgpPeer, { metadata }: Eip): boolean {
  if (spec.conf?.adminDown === true) return false;
  const { advertise = [] } = spec;
  const isNamed = ({ eips = [], eipSelector }: (typeof advertise)[number]) =>
    (eips.length === 0 && eipSelector === undefined) ||
    eips.includes(metadata.name) ||
    (eipSelector !== undefined && isSelected(eipSelector, metadata.labels));
  return advertise.length === 0 || advertise.some(isNamed);
}

const mostNames = 5;

function namesText(names: readonly string[]): string {
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  return `${names.slice(0, mostNames).join(', ')}${more}`;
}

function* networksOf({ leases }: Seen) {
  for (const lease of leases.map(keepAgentLease)) {
    const node = nodeOf(lease);
    const network = parseNetwork((lease.metadata as Metadata).annotations?.[agentLeaseNetwork]);
    if (node !== undefined && network !== undefined) yield [node, network] as const;
  }
}

/** In the order of seniority, in which an address is whose it is. */
function seniorFirst(a: Service, b: Service): number {
  const [x, y] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (x !== y) return x < y ? -1 : 1;
  return serviceKey(a) < serviceKey(b) ? -1 : 1;
}
