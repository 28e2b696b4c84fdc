/** What our objects will be once the controller has followed MetalLB's: its own plan, carried out on paper. Pure. */

import { defaultEipAnnotation, group, version } from '../../api/annotations.js';
import { bgpConfName } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Eip } from '../../api/eip.js';
import type { Content } from '../../controller/metallb/content.js';
import { contentByOthers, type Existing, existingOf, type Plan, planOf } from '../../controller/metallb/plan.js';
import type { Unread } from '../../controller/metallb/unread.js';
import { type Finding, type Wanted, wantedOf } from '../../controller/metallb/wanted.js';
import { admitBgpPeer } from '../../controller/objects/bgp-objects.js';
import { keepNamespace } from '../../controller/objects/builtin-objects.js';
import { keepEip } from '../../controller/objects/own-objects.js';
import { bgpConfs, bgpPeers, eips } from '../../controller/objects/resources.js';
import { fields } from '../../convert/document.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import type { Seen } from './read.js';

export interface Afterwards {
  readonly eips: readonly Eip[];
  readonly bgpPeers: readonly BgpPeer[];
  /** What is to be said of MetalLB's objects. */
  readonly findings: readonly Finding[];
  readonly unread: readonly Unread[];
  /** What should be made of MetalLB's objects. */
  readonly wanted: readonly Wanted[];
  readonly plan: Plan;
}

/** @param now when the objects that are made will have been created: later than all that there are */
export function afterwards(seen: Seen, now: string): Afterwards {
  const present = [
    ...seen.eips.flatMap((each) => existingOf(eips, each) ?? []),
    ...seen.bgpConfs.flatMap((each) => existingOf(bgpConfs, each) ?? []),
    ...seen.bgpPeers.flatMap((each) => existingOf(bgpPeers, each) ?? []),
  ];
  const namespaces = seen.namespaces
    .map(keepNamespace)
    .map(({ metadata: { name, labels = {} } }) => ({ name, labels }));
  const as = contentByOthers(present, bgpConfs, bgpConfName)?.as;
  const documents = seen.metallb.found.map(({ document }) => document);
  const { wanted, findings, unread } = wantedOf(documents, { namespaces, as });
  const before = seen.eips.flatMap((each) => keepEip(each) ?? []);
  const usage = (name: string) => before.find(({ metadata }) => metadata.name === name)?.status?.usage ?? 0;
  const unknown = [...seen.metallb.unread, ...unread];
  const plan = planOf(wanted, present, usage, unknown);
  return {
    eips: carriedOut(eips, seen.eips, present, plan, now).flatMap((each) => keepEip(each) ?? []),
    bgpPeers: carriedOut(bgpPeers, seen.bgpPeers, present, plan, now).flatMap(
      (each) => admitBgpPeer(each).object ?? [],
    ),
    findings: [...findings, ...plan.findings],
    unread: unknown,
    wanted,
    plan,
  };
}

/** The objects of a kind as they are then: any JSON, as the server would have it. */
function carriedOut(
  resource: Resource,
  before: readonly unknown[],
  present: readonly Existing[],
  { actions }: Plan,
  now: string,
): readonly unknown[] {
  const own = actions.filter((each) => (each.do === 'create' ? each.wanted : each.existing).resource === resource);
  const changed = new Map(own.flatMap((each) => (each.do === 'create' ? [] : [[each.existing.name, each] as const])));
  const known = new Set(present.filter((each) => each.resource === resource).map(({ name }) => name));
  const kept = before.flatMap((object): readonly unknown[] => {
    const metadata = fields(fields(object).metadata);
    const name = String(metadata.name);
    // What is being deleted is none of the present ones.
    if (!known.has(name)) return [];
    const action = changed.get(name);
    if (action === undefined) return [object];
    return action.do === 'remove' ? [] : [withContent(resource, metadata, action.content)];
  });
  const made = own.flatMap((each) =>
    each.do === 'create'
      ? [withContent(resource, { name: each.wanted.name, creationTimestamp: now }, each.wanted.content)]
      : [],
  );
  return [...kept, ...made];
}

function withContent(resource: Resource, metadata: object, { spec, isDefault }: Content): object {
  const annotations = isDefault ? { [defaultEipAnnotation]: 'true' } : {};
  return { apiVersion: `${group}/${version}`, kind: resource.kind, metadata: { ...metadata, annotations }, spec };
}
