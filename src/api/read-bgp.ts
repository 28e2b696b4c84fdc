/** BgpConfs and BgpPeers for people to look at: as far as they can be read, whatever they hold. */
import { type BgpConf, type BgpConfSpec, type BgpConfStatus, bgpConfSpec, bgpConfStatus } from './bgp-conf.js';
import { type BgpPeer, type BgpPeerSpec, type BgpPeerStatus, bgpPeerSpec } from './bgp-peer.js';
import { bgpPeerStatus } from './bgp-peer-status.js';
import { conform } from './conform.js';
import type { Metadata } from './metadata.js';

const metadataShape = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string' },
    uid: { type: 'string' },
    resourceVersion: { type: 'string' },
    generation: { type: 'integer' },
    creationTimestamp: { type: 'string' },
    deletionTimestamp: { type: 'string' },
    finalizers: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 253 } },
  },
} as const;

/** Undefined for what has no name. Of the spec and the status what has the shape of one. */
export function readBgpConf(object: unknown): BgpConf | undefined {
  return read<BgpConfSpec, BgpConfStatus>(object, bgpConfSpec, bgpConfStatus);
}

/** As `readBgpConf`. */
export function readBgpPeer(object: unknown): BgpPeer | undefined {
  return read<BgpPeerSpec, BgpPeerStatus>(object, bgpPeerSpec, bgpPeerStatus);
}

function read<Spec, Status>(object: unknown, specSchema: object, statusSchema: object) {
  const { metadata, spec, status } = (object ?? {}) as { metadata?: unknown; spec?: unknown; status?: unknown };
  const { value: identity } = conform<Metadata>(metadataShape, metadata);
  if (identity === undefined) return undefined;
  const seen = conform<Status>(statusSchema, status).value;
  return {
    metadata: identity,
    spec: conform<Spec>(specSchema, spec).value ?? ({} as Spec),
    ...(seen === undefined ? {} : { status: seen }),
  };
}
