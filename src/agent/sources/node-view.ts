/** This node, as far as its BGP sessions depend on it: pure. */
import { excludeNodeLabel } from '../../api/annotations.js';

export interface NodeView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its InternalIPs as text; without Kubernetes there are none. */
  readonly internalIps: readonly string[];
  /** Why nothing is to come to it any more; undefined while it is in service. */
  readonly leaving?: Leaving;
}

export type Leaving = 'Cordoned' | 'Excluded' | 'Deleted';

/** The part of Kubernetes' Node that is read. */
export const nodeShape = {
  type: 'object',
  required: ['metadata'],
  properties: {
    metadata: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        uid: { type: 'string' },
        resourceVersion: { type: 'string' },
        deletionTimestamp: { type: 'string' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    spec: { type: 'object', properties: { unschedulable: { type: 'boolean' } } },
    status: {
      type: 'object',
      properties: {
        addresses: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type', 'address'],
            properties: { type: { type: 'string' }, address: { type: 'string' } },
          },
        },
      },
    },
  },
} as const;

export interface NodeObject {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] };
}

export function viewOf({ metadata, spec, status }: NodeObject): NodeView {
  const labels = metadata.labels ?? {};
  const leaving = leavingOf(metadata.deletionTimestamp !== undefined, labels, spec?.unschedulable === true);
  return {
    name: metadata.name,
    labels,
    internalIps: (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
    ...(leaving && { leaving }),
  };
}

function leavingOf(deleted: boolean, labels: Readonly<Record<string, string>>, cordoned: boolean): Leaving | undefined {
  if (deleted) return 'Deleted';
  if (labels[excludeNodeLabel] !== undefined) return 'Excluded';
  return cordoned ? 'Cordoned' : undefined;
}
