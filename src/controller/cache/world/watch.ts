/** The kinds that the controller watches, and what is made of each. */
import type { BgpConf } from '../../../api/bgp-conf.js';
import type { BgpPeer } from '../../../api/bgp-peer.js';
import type { Eip } from '../../../api/eip.js';
import type { VipGroup } from '../../../api/vip-group.js';
import type { Admission, Admit } from '../../../platform/kubernetes/admission.js';
import * as builtin from '../../../platform/kubernetes/builtin-resources.js';
import type { Apis } from '../../../platform/kubernetes/discovery.js';
import type { Resource } from '../../../platform/kubernetes/resource.js';
import { admitBgpConf, admitBgpPeer } from '../../objects/bgp-objects.js';
import * as kept from '../../objects/builtin-objects.js';
import { admitEip, admitVipGroup } from '../../objects/own-objects.js';
import { bgpConfs, bgpPeers, eips, vipGroups } from '../../objects/resources.js';
import { admitEndpointSlice, admitEndpoints, createEndpointIndex, type EndpointNodes } from '../endpoints.js';
import type { KeptLabels } from '../kept-labels.js';
import { createRecent } from '../recent.js';
import type { Changes } from './changes.js';
import { type Following, follow } from './follow.js';
import {
  hearBgpObject,
  hearEip,
  hearEndpoints,
  hearGroup,
  hearNamespace,
  hearNode,
  hearService,
  hearServices,
} from './hear.js';
import { createReading } from './reading.js';
import type { Known, WorldState } from './state.js';

/** Everything is followed from now on. */
export function watchKinds(following: Following, apis: Apis, changes: Changes): WorldState {
  const { now } = following.clock;
  const labels: KeptLabels = new Map();
  const admitService = (object: unknown) => kept.admitService(object, labels);
  // What is heard is heard at the earliest once `state` is set, since a cache starts in the background.
  const services = follow<kept.Service>(following, builtin.services, admitService, {
    change: (...change) => hearService(state, ...change),
    recent: () => state.services,
    listed: () => hearServices(state),
  });
  const pools = follow<Eip>(following, eips, admitEip, {
    change: (...change) => hearEip(state, ...change),
    recent: () => state.eips,
  });
  const groups = follow<VipGroup>(following, vipGroups, admitVipGroup, {
    change: (...change) => hearGroup(state, ...change),
    recent: () => state.vipGroups,
  });
  const nodes = follow<kept.Node>(following, builtin.nodes, kept.admitNode, {
    change: (...change) => hearNode(state, ...change),
  });
  const namespaces = follow<kept.Namespace>(following, builtin.namespaces, kept.admitNamespace, {
    change: (...change) => hearNamespace(state, ...change),
  });
  const [endpointsOf, admit] = endpointSource(apis);
  follow<EndpointNodes>(following, endpointsOf, admit, {
    change: (...change) => hearEndpoints(state, ...change),
  });
  // A server may lack them: an installation of OpenELB without BGP, or of an earlier version of ours.
  const followBgp = <T extends BgpConf | BgpPeer>(resource: Resource, keep: Admit<T>): Known<T> =>
    apis.has(`${resource.group}/${resource.version}`, resource.plural)
      ? follow<T>(following, resource, keep, {
          change: (...change) => hearBgpObject(state, resource, ...change),
        })
      : { get: () => undefined, list: () => [] };
  const state: WorldState = {
    changes,
    watchedServices: services,
    watchedEips: pools,
    services: createRecent(services, now, keptOf(admitService)),
    eips: createRecent(pools, now, keptOf(admitEip)),
    vipGroups: createRecent(groups, now, keptOf(admitVipGroup)),
    nodes,
    namespaces,
    bgpConfs: followBgp<BgpConf>(bgpConfs, admitBgpConf),
    bgpPeers: followBgp<BgpPeer>(bgpPeers, admitBgpPeer),
    endpoints: createEndpointIndex(),
    groupOf: new Map(),
    labels,
    reading: createReading(),
    pools: undefined,
  };
  return state;
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
