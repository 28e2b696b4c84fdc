/** Schemas of whole objects, for checking them in this program. */
import { bgpConfSpec } from './bgp-conf.js';
import { bgpPeerSpec } from './bgp-peer.js';
import { eipSpec } from './eip.js';
import { vipGroupSpec } from './vip-group.js';

/** status is nobody's input, and is not checked: a view written by another version must not stop anything. */
export const objectSchemas = {
  Eip: objectSchema(eipSpec),
  VipGroup: objectSchema(vipGroupSpec),
  BgpConf: objectSchema(bgpConfSpec),
  BgpPeer: objectSchema(bgpPeerSpec),
};

export type CheckedKind = keyof typeof objectSchemas;

function objectSchema(spec: object): object {
  return {
    type: 'object',
    required: ['metadata', 'spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 1 } } },
      spec,
    },
  };
}
