/** What of an object is made from its origin, and a digest of it, by which an edit is seen. */
import { createHash } from 'node:crypto';
import { bgpConfSpec } from '../../api/bgp-conf.js';
import { bgpPeerSpec } from '../../api/bgp-peer.js';
import { conform } from '../../api/conform.js';
import { eipSpec } from '../../api/eip.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { bgpConfs, eips } from '../objects/resources.js';

export interface Content {
  readonly spec: Readonly<Record<string, unknown>>;
  /** Of an Eip: whether it is for Services that name none. */
  readonly isDefault: boolean;
}

/** Of any JSON: what this program does not know of a spec is no part of it. */
export function contentOf(resource: Resource, spec: unknown, isDefault: boolean): Content {
  const schema = resource === eips ? eipSpec : resource === bgpConfs ? bgpConfSpec : bgpPeerSpec;
  const { value } = conform<Record<string, unknown>>({ ...schema, required: [] }, spec);
  return { spec: value ?? {}, isDefault };
}

/** 16 hexadecimal digits. */
export function digestOf({ spec, isDefault }: Content): string {
  return createHash('sha256')
    .update(canonical([spec, isDefault]))
    .digest('hex')
    .slice(0, 16);
}

/** The same text for the same JSON, whatever the order of its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
