/** The shapes that objects are made by: ours as in the CRDs, Kubernetes' own as far as they are read. */
import { bgpConfSpec, bgpConfStatus } from '../../../src/api/bgp-conf.js';
import { bgpPeerSpec } from '../../../src/api/bgp-peer.js';
import { bgpPeerStatus } from '../../../src/api/bgp-peer-status.js';
import { eipSpec, eipStatus } from '../../../src/api/eip.js';
import { vipGroupSpec, vipGroupStatus } from '../../../src/api/vip-group.js';
import { endpointSliceShape, metadataShape, nodeShape, serviceShape } from '../../../src/controller/objects/shapes.js';
import type { Schema } from '../forms/objects.js';

const texts = { type: 'object', additionalProperties: { type: 'string' } };
const metadata = { ...metadataShape, properties: { ...metadataShape.properties, annotations: texts, labels: texts } };

function shape(spec: object, status: object = {}): Schema {
  return { type: 'object', properties: { metadata, spec: spec as Schema, status: status as Schema } };
}

function list(items: object): Schema {
  return { type: 'array', items: items as Schema };
}

export const shapes = {
  eip: shape(eipSpec, eipStatus),
  group: shape(vipGroupSpec, vipGroupStatus),
  bgpConf: shape(bgpConfSpec, bgpConfStatus),
  bgpPeer: shape(bgpPeerSpec, bgpPeerStatus),
  service: { ...serviceShape, properties: { ...serviceShape.properties, metadata } } as Schema,
  node: { ...nodeShape, properties: { ...nodeShape.properties, metadata } } as Schema,
  slice: { ...endpointSliceShape, properties: { ...endpointSliceShape.properties, metadata } } as Schema,
  lease: shape({
    type: 'object',
    properties: {
      holderIdentity: { type: 'string' },
      leaseDurationSeconds: { type: 'integer' },
      renewTime: { type: 'string' },
    },
  }),
};

/** A cluster: a list of objects of each kind. */
export const clusterShape: Schema = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(shapes).map(([kind, each]) => [kind, list(each)])),
};
