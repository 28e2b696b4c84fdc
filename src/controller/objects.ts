/** The parts of Kubernetes' own objects that the controller reads. Caches keep only these: see the `keep…` functions. */
import type { Metadata } from '../api/metadata.js';
import type { Condition } from './service-condition.js';

export interface Service {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly type?: string;
    readonly loadBalancerClass?: string;
    readonly loadBalancerIP?: string;
    readonly clusterIP?: string;
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: string;
    readonly externalTrafficPolicy?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly publishNotReadyAddresses?: boolean;
    readonly ports?: readonly { readonly protocol?: string; readonly port: number }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
    readonly conditions?: readonly Condition[];
  };
}

export interface Node {
  readonly metadata: Metadata;
  /** `unschedulable`: cordoned. */
  readonly spec?: { readonly unschedulable?: boolean };
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
  const { externalTrafficPolicy, selector, publishNotReadyAddresses } = service.spec ?? {};
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
    spec: defined({ ...spec, selector, ports: ports?.map(({ protocol, port }) => defined({ protocol, port })) }),
    status: defined({
      loadBalancer: defined({ ingress: service.status?.loadBalancer?.ingress }),
      conditions: service.status?.conditions,
    }),
  };
}

export function keepNode(node: Node): Node {
  const { name, uid, resourceVersion, labels } = node.metadata;
  const addresses = node.status?.addresses?.filter(({ type }) => type === 'InternalIP');
  const ready = node.status?.conditions?.filter(({ type }) => type === 'Ready');
  const conditions = ready?.map(({ type, status }) => ({ type, status }));
  return {
    metadata: defined({ name, uid, resourceVersion, labels }),
    spec: node.spec?.unschedulable === true ? { unschedulable: true } : {},
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
