/** The parts of Kubernetes' own objects that the controller reads. Caches keep only these: see the `keep…` functions. */
import type { Metadata } from '../api/metadata.js';
import { fieldManager } from './field-manager.js';
import type { Condition } from './service-condition.js';
import { ingressOwners } from './status-owners.js';

export interface Service {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly type?: string;
    readonly loadBalancerClass?: string;
    readonly loadBalancerIP?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: string;
    readonly externalTrafficPolicy?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly publishNotReadyAddresses?: boolean;
    readonly ports?: readonly { readonly protocol?: string; readonly port: number }[];
  };
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string; readonly ipMode?: string }[];
    };
    readonly conditions?: readonly Condition[];
  };
  /** Who wrote `status.loadBalancer.ingress`: what is kept of `metadata.managedFields`. */
  readonly ingressOwners?: readonly string[];
}

export interface Node {
  readonly metadata: Metadata;
  readonly spec?: {
    /** Cordoned. */
    readonly unschedulable?: boolean;
    /** What its Pods have their addresses from. */
    readonly podCIDRs?: readonly string[];
    /** The first of them. */
    readonly podCIDR?: string;
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export interface Namespace {
  readonly metadata: Metadata;
}

export function keepService(service: Service): Service {
  const { type, loadBalancerClass, loadBalancerIP, clusterIP, ipFamilies, ipFamilyPolicy, ports } = service.spec ?? {};
  const { externalTrafficPolicy, selector, publishNotReadyAddresses, clusterIPs, externalIPs } = service.spec ?? {};
  const owners = ingressOwners((service.metadata as { managedFields?: unknown }).managedFields);
  const spec = {
    type,
    loadBalancerClass,
    loadBalancerIP,
    clusterIP,
    ipFamilies,
    ipFamilyPolicy,
    externalTrafficPolicy,
    ...(publishNotReadyAddresses === true ? { publishNotReadyAddresses } : {}),
  };
  return {
    metadata: keepMetadata(service.metadata),
    spec: defined({
      ...spec,
      clusterIPs: others(clusterIPs, clusterIP),
      externalIPs,
      selector,
      ports: ports?.map(({ protocol, port }) => defined({ protocol, port })),
    }),
    status: defined({
      loadBalancer: defined({ ingress: service.status?.loadBalancer?.ingress }),
      conditions: service.status?.conditions,
    }),
    ...(owners.length === 0 ? {} : { ingressOwners: owners.length === 1 && owners[0] === fieldManager ? own : owners }),
  };
}

/** Of ten thousand Services nearly all have this one. */
const own: readonly string[] = [fieldManager];

/** A list that says no more than the one that it begins with is not kept twice. */
function others(list: readonly string[] | undefined, first: string | undefined): readonly string[] | undefined {
  return list?.length === 1 && list[0] === first ? undefined : list;
}

export function keepNode(node: Node): Node {
  const { name, uid, resourceVersion, labels } = node.metadata;
  const addresses = node.status?.addresses?.map(({ type, address }) => ({ type, address }));
  const { unschedulable, podCIDR, podCIDRs } = node.spec ?? {};
  const ready = node.status?.conditions?.filter(({ type }) => type === 'Ready');
  const conditions = ready?.map(({ type, status }) => ({ type, status }));
  return {
    metadata: defined({ name, uid, resourceVersion, labels }),
    spec: defined({
      unschedulable: unschedulable === true ? true : undefined,
      podCIDRs: podCIDRs ?? (podCIDR ? [podCIDR] : undefined),
    }),
    status: defined({ addresses, conditions }),
  };
}

export function keepNamespace({ metadata: { name, uid, resourceVersion, labels } }: Namespace): Namespace {
  return { metadata: defined({ name, uid, resourceVersion, labels }) };
}

function keepMetadata(metadata: Metadata): Metadata {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const { labels, annotations, finalizers } = metadata;
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp };
  return defined({ ...kept, labels, annotations: annotations && withoutLastApplied(annotations), finalizers });
}

/** kubectl's copy of the whole object is often most of it. */
function withoutLastApplied(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...rest } = annotations;
  return rest;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The object without its undefined fields. */
function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
