/** What follows at once from what the watches tell: indexes are brought up to date, then it is told. */
import type { BgpConf } from '../../../api/bgp-conf.js';
import type { BgpPeer } from '../../../api/bgp-peer.js';
import type { Eip } from '../../../api/eip.js';
import type { VipGroup } from '../../../api/vip-group.js';
import type { Resource } from '../../../platform/kubernetes/resource.js';
import type * as kept from '../../objects/builtin-objects.js';
import { bgpDifference, eipDifference, sameLabels, sameNode } from '../differences.js';
import type { EndpointNodes } from '../endpoints.js';
import { indexGroup } from '../group-index.js';
import { noteEip } from '../kept-labels.js';
import type { WorldState } from './state.js';

/** An object before and after; undefined: it is not there. */
type Versions<T> = readonly [object: T | undefined, previous: T | undefined];

export function hearService({ services, changes }: WorldState, key: string, ...versions: Versions<kept.Service>): void {
  services.seen(key, ...versions);
  changes.service(key);
}

/** All Services were read. */
export function hearServices({ reading, watchedServices, changes }: WorldState): void {
  if (!reading.isUnderWay() || !watchedServices.isReadAnew()) return;
  reading.end();
  changes.serviceLabels();
}

export function hearEip(state: WorldState, name: string, ...versions: Versions<Eip>): void {
  state.eips.seen(name, ...versions);
  if (noteEip(state.labels, ...versions)) {
    state.reading.begin();
    state.watchedServices.readAnew();
  }
  const what = eipDifference(...versions);
  if (what === 'definition') state.pools = undefined;
  state.changes.eip(name, what);
}

export function hearGroup(
  { vipGroups, groupOf, changes }: WorldState,
  name: string,
  ...versions: Versions<VipGroup>
): void {
  vipGroups.seen(name, ...versions);
  indexGroup(groupOf, name, ...versions);
  changes.vipGroup(name, ...versions);
}

export function hearNode({ changes }: WorldState, name: string, ...versions: Versions<kept.Node>): void {
  if (!sameNode(...versions)) changes.node(name);
}

export function hearNamespace({ changes }: WorldState, name: string, ...versions: Versions<kept.Namespace>): void {
  if (!sameLabels(...versions)) changes.namespace(name);
}

export function hearEndpoints(
  { endpoints, changes }: WorldState,
  key: string,
  ...[object, previous]: Versions<EndpointNodes>
): void {
  endpoints.put(key, object, previous);
  const service = object?.service ?? previous?.service;
  if (service !== undefined) changes.readyNodes(service);
}

export function hearBgpObject<T extends BgpConf | BgpPeer>(
  { changes }: WorldState,
  { plural }: Resource,
  name: string,
  ...versions: Versions<T>
): void {
  changes.bgpObject(`${plural}/${name}`, bgpDifference(...versions));
}
