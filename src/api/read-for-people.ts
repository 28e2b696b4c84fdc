/** VipGroups and Eips for people to look at: as far as they can be read, whatever they hold. */
import { conform } from './conform.js';
import { type Eip, type EipSpec, type EipStatus, eipSpec, eipStatus } from './eip.js';
import type { Metadata } from './metadata.js';
import { type VipGroup, type VipGroupSpec, type VipGroupStatus, vipGroupSpec, vipGroupStatus } from './vip-group.js';

const metadataShape = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, creationTimestamp: { type: 'string' }, uid: { type: 'string' } },
} as const;

const nothing: VipGroupSpec = { protocol: 'bgp', addresses: [], members: [] };

/** Undefined for what has no name. What is no spec says nothing. */
export function readVipGroup(object: VipGroup): VipGroup | undefined {
  const { metadata, spec, status } = object as { metadata?: unknown; spec?: unknown; status?: unknown };
  const { value: identity } = conform<Metadata>(metadataShape, metadata);
  if (identity === undefined) return undefined;
  const read = conform<VipGroupStatus>(vipGroupStatus, status).value;
  return {
    metadata: identity,
    spec: conform<VipGroupSpec>(vipGroupSpec, spec).value ?? nothing,
    ...(read === undefined ? {} : { status: read }),
  };
}

/** As `readVipGroup`. */
export function readEip(object: unknown): Eip | undefined {
  const { metadata, spec, status } = (object ?? {}) as { metadata?: unknown; spec?: unknown; status?: unknown };
  const { value: identity } = conform<Metadata>(metadataShape, metadata);
  if (identity === undefined) return undefined;
  const read = conform<EipStatus>(eipStatus, status).value;
  return {
    metadata: identity,
    spec: conform<EipSpec>(eipSpec, spec).value ?? { address: '' },
    ...(read === undefined ? {} : { status: read }),
  };
}
