/** The Lease of an agent as the cache keeps it. Anybody with the right to may have written it: this takes any JSON. */
import { agentLeaseNode } from '../../api/agent-lease.js';
import { agentLeaseNetwork } from '../../api/agent-network.js';
import type { Admission } from '../../platform/kubernetes/admission.js';
import { type Lease, readLease } from '../../platform/kubernetes/lease-record.js';
import type { ObjectMeta } from '../../platform/kubernetes/resource.js';

/** A longer one is none that an agent writes. */
const longestAnnotation = 16_384;

const readAnnotations: readonly string[] = [agentLeaseNode, agentLeaseNetwork];

export function admitAgentLease(object: { readonly metadata: ObjectMeta }): Admission<Lease> {
  return { object: keepAgentLease(object) };
}

export function keepAgentLease(object: { readonly metadata: ObjectMeta; readonly spec?: unknown }): Lease {
  const { spec = {} } = readLease(object);
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const { annotations } = object.metadata as { readonly annotations?: unknown };
  const read = readAnnotations.flatMap((key): [string, string][] => {
    const value = (annotations as Record<string, unknown> | null | undefined)?.[key];
    return typeof value === 'string' && value.length <= longestAnnotation ? [[key, value]] : [];
  });
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(read.length === 0 ? {} : { annotations: Object.fromEntries(read) }),
  };
  return { metadata, spec };
}
