/** The nodes that can serve a Service's traffic themselves, from its EndpointSlices or its Endpoints. */
import { conform } from '../../api/conform.js';
import type { Metadata } from '../../api/metadata.js';
import type { Admission } from '../../platform/kubernetes/admission.js';
import { textOf, unlessWrong } from '../objects/builtin-objects.js';
import { endpointSliceShape, endpointsShape } from '../objects/shapes.js';

export interface EndpointSlice {
  readonly metadata: Metadata;
  readonly endpoints?: readonly Endpoint[] | null;
}

interface Endpoint {
  readonly nodeName?: string;
  /** v1: absent means unknown; who reads it is to take unknown for ready, and for serving what is ready. */
  readonly conditions?: {
    readonly ready?: boolean | null;
    readonly serving?: boolean | null;
    readonly terminating?: boolean | null;
  };
  /** v1beta1, before nodeName came. */
  readonly topology?: Readonly<Record<string, string>>;
}

/** The older form: one object with all endpoints of a Service. It says nothing of terminating ones. */
export interface Endpoints {
  readonly metadata: Metadata;
  readonly subsets?:
    | readonly {
        readonly addresses?: readonly { readonly nodeName?: string }[];
        readonly notReadyAddresses?: readonly object[];
      }[]
    | null;
}

/** What remains of an EndpointSlice or Endpoints in a cache. */
export interface EndpointNodes {
  readonly metadata: Metadata;
  /** `namespace/name`; undefined for slices that belong to no Service. */
  readonly service?: string;
  /** With a ready endpoint; sorted. */
  readonly ready: readonly string[];
  /** With an endpoint that is terminating and still serves; sorted. */
  readonly draining: readonly string[];
  /** It has an endpoint, ready or not, and wherever. */
  readonly any: boolean;
}

/** Takes any JSON. Where a slice has become wrong, what was known of it before goes on. */
export function admitEndpointSlice(object: unknown, held?: EndpointNodes): Admission<EndpointNodes> {
  const { value, problems } = conform<EndpointSlice>(endpointSliceShape, object);
  if (value === undefined) return { problem: textOf(problems) ?? 'it is empty' };
  return unlessWrong(keepEndpointSlice(value), problems, held);
}

/** As `admitEndpointSlice`. */
export function admitEndpoints(object: unknown, held?: EndpointNodes): Admission<EndpointNodes> {
  const { value, problems } = conform<Endpoints>(endpointsShape, object);
  if (value === undefined) return { problem: textOf(problems) ?? 'it is empty' };
  return unlessWrong(keepEndpoints(value), problems, held);
}

export function keepEndpointSlice(slice: EndpointSlice): EndpointNodes {
  const endpoints = slice.endpoints ?? [];
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  const draining = endpoints.filter(
    ({ conditions }) => conditions?.ready === false && conditions.terminating === true && conditions.serving === true,
  );
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  return endpointNodes(slice.metadata, service, [ready.map(nodeOf), draining.map(nodeOf)], endpoints.length > 0);
}

export function keepEndpoints(endpoints: Endpoints): EndpointNodes {
  const subsets = endpoints.subsets ?? [];
  const nodes = subsets.flatMap(({ addresses }) => (addresses ?? []).map(({ nodeName }) => nodeName));
  const waits = subsets.some(({ notReadyAddresses }) => (notReadyAddresses ?? []).length > 0);
  return endpointNodes(endpoints.metadata, endpoints.metadata.name, [nodes, []], waits || nodes.length > 0);
}

export interface EndpointIndex {
  put(key: string, object: EndpointNodes | undefined, previous: EndpointNodes | undefined): void;
  /**
   * The nodes with a ready endpoint of a Service (`namespace/name`), sorted. While no endpoint of it is ready anywhere: those with
   * one that is terminating and still serves, to which kube-proxy sends traffic then.
   */
  nodes(service: string): readonly string[];
  /** Whether a Service has an endpoint, ready or not. */
  any(service: string): boolean;
}

/** A Service may have several slices. */
export function createEndpointIndex(): EndpointIndex {
  const byService = new Map<string, Map<string, EndpointNodes>>();
  return {
    put: (key, object, previous) => {
      const former = previous?.service;
      if (former !== undefined && former !== object?.service) {
        byService.get(former)?.delete(key);
        if (byService.get(former)?.size === 0) byService.delete(former);
      }
      if (object?.service === undefined) return;
      const slices = byService.get(object.service) ?? new Map<string, EndpointNodes>();
      byService.set(object.service, slices.set(key, object));
    },
    nodes: (service) => {
      const slices = [...(byService.get(service)?.values() ?? [])];
      const ready = slices.flatMap((slice) => slice.ready);
      return distinct(ready.length > 0 ? ready : slices.flatMap(({ draining }) => draining));
    },
    any: (service) => [...(byService.get(service)?.values() ?? [])].some((slice) => slice.any),
  };
}

/**
 * Where an address may be that several Local Services share: on the nodes that serve all of them. Their slices are written one after
 * another, so for a moment there may be none such; a node that serves some of them is better than none then.
 */
export function sharedNodes(nodesOfEach: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = nodesOfEach;
  const common = first.filter((node) => others.every((nodes) => nodes.includes(node)));
  return common.length > 0 ? common : distinct(nodesOfEach.flat());
}

function endpointNodes(
  { name, namespace, uid, resourceVersion }: Metadata,
  service: string | undefined,
  [ready, draining]: readonly [readonly (string | undefined)[], readonly (string | undefined)[]],
  any: boolean,
): EndpointNodes {
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    ...(service === undefined ? {} : { service: `${namespace}/${service}` }),
    ready: distinct(ready),
    draining: distinct(draining),
    any,
  };
}

function nodeOf({ nodeName, topology }: Endpoint): string | undefined {
  return nodeName ?? topology?.['kubernetes.io/hostname'];
}

function distinct(nodes: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(nodes.filter((node) => node !== undefined && node !== null))].sort() as readonly string[];
}
