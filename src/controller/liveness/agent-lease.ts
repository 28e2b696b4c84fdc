/** The Lease of an agent as the cache keeps it. Anybody with the right to may have written it: this takes any JSON. */
import { agentLeaseKeeps, agentLeaseNode } from '../../api/agent-lease.js';
import { agentLeaseNetwork, parseNetwork } from '../../api/agent-network.js';
import { leaseAskedAt, leaseKey } from '../../api/asking.js';
import { conform } from '../../api/conform.js';
import { leaseHeard } from '../../api/heard-lease.js';
import type { Metadata } from '../../api/metadata.js';
import { type Problem, problemsText } from '../../api/problem.js';
import { shown } from '../../api/shown.js';
import type { Admission } from '../../platform/kubernetes/admission.js';
import { type Lease, readLease } from '../../platform/kubernetes/lease-record.js';
import type { ObjectMeta } from '../../platform/kubernetes/resource.js';

/** A longer one is none that an agent writes. */
const longestAnnotation = 16_384;
/** The names of thousands of nodes. */
const longestHeard = 262_144;
const longest = (key: string) => (key === leaseHeard ? longestHeard : longestAnnotation);

const readAnnotations: readonly string[] = [
  agentLeaseNode,
  agentLeaseNetwork,
  agentLeaseKeeps,
  leaseKey,
  leaseAskedAt,
  leaseHeard,
];

const text = { type: 'string' } as const;
const specShape = {
  type: 'object',
  properties: { holderIdentity: text, leaseDurationSeconds: { type: 'integer' }, acquireTime: text, renewTime: text },
} as const;

export function admitAgentLease(object: { readonly metadata: ObjectMeta; readonly spec?: unknown }): Admission<Lease> {
  const problems = [...conform(specShape, object.spec, 'spec').problems, ...annotationProblems(object)];
  return { object: keepAgentLease(object), ...(problems.length === 0 ? {} : { problem: problemsText(problems) }) };
}

function annotationProblems({ metadata }: { readonly metadata: ObjectMeta }): readonly Problem[] {
  const { annotations } = metadata as { readonly annotations?: unknown };
  return readAnnotations.flatMap((key): readonly Problem[] => {
    const value = (annotations as Record<string, unknown> | null | undefined)?.[key];
    if (value === undefined || value === null) return [];
    const path = `metadata.annotations["${key}"]`;
    if (typeof value !== 'string') return [{ path, message: `is ${shown(value)}: it must be of type string` }];
    if (value.length > longest(key))
      return [{ path, message: `has ${value.length} characters: at most ${longest(key)} are read` }];
    if (key !== agentLeaseNetwork || parseNetwork(value) !== undefined) return [];
    return [{ path, message: `is ${shown(value)}: it is none that an agent writes, so nothing is known of its LANs` }];
  });
}

export function keepAgentLease(object: { readonly metadata: ObjectMeta; readonly spec?: unknown }): Lease {
  const { spec = {} } = readLease(object);
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const { annotations } = object.metadata as { readonly annotations?: unknown };
  const read = readAnnotations.flatMap((key): [string, string][] => {
    const value = (annotations as Record<string, unknown> | null | undefined)?.[key];
    return typeof value === 'string' && value.length <= longest(key) ? [[key, value]] : [];
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

/** How an agent is to be asked whether it lives; undefined: it is not. */
export function askedBy({ metadata, spec }: Lease): { readonly key: string; readonly port: number } | undefined {
  const { annotations } = metadata as Metadata;
  const [key, port] = [annotations?.[leaseKey], Number(annotations?.[leaseAskedAt])];
  if (!spec?.holderIdentity || !key || !(Number.isInteger(port) && port > 0 && port < 65_536)) return undefined;
  return { key, port };
}
