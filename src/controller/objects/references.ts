/** Objects as Events name them. */
import { group, version } from '../../api/annotations.js';
import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Eip } from '../../api/eip.js';
import type { ObjectReference } from '../../platform/kubernetes/event-object.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import type { Service } from './builtin-objects.js';

export function serviceReference({ metadata: { name, namespace, uid } }: Service): ObjectReference {
  return { apiVersion: 'v1', kind: 'Service', name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) };
}

export function eipReference({ metadata: { name, uid } }: Eip): ObjectReference {
  return { apiVersion: `${group}/${version}`, kind: 'Eip', name, ...(uid ? { uid } : {}) };
}

export function bgpReference(resource: Resource, { metadata: { name, uid } }: BgpConf | BgpPeer): ObjectReference {
  return { apiVersion: `${group}/${version}`, kind: resource.kind, name, ...(uid ? { uid } : {}) };
}
