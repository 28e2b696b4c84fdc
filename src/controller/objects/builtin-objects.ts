/**
 * The parts of Kubernetes' own objects that the controller reads. Caches keep only these, checked where they come in: see the `admit…`
 * functions, which take any JSON. Where an object has become wrong, what was known of it before goes on.
 */
import { serviceAnnotations } from '../../api/annotations.js';
import { conform } from '../../api/conform.js';
import type { Metadata } from '../../api/metadata.js';
import { type Problem, problemsText } from '../../api/problem.js';
import type { Refusal } from '../../core/ipam/decision.js';
import type { Admission } from '../../platform/kubernetes/admission.js';
import { fieldManager } from './field-manager.js';
import { serviceAnnotationsOf } from './kept-annotations.js';
import { ingressOwners } from './managed-fields.js';
import { metadataOnly, nodeShape, serviceShape } from './shapes.js';

/** As in Kubernetes' `metav1.Condition`. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Service {
  readonly metadata: Metadata;
  /** What is wrong with it: nothing new is given to it, what it has stays. Not a field of the API. */
  readonly wrong?: Refusal;
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
  /** Something of its conditions could not be read: whoever wrote the list would lose that. Not a field of the API. */
  readonly conditionsUnread?: true;
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

/** `namespace/name`. */
export function serviceKey({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Whatever it holds. What names no Service comes back without a name. @param labels as of `admitService` */
export function keepService(object: unknown, labels?: Names): Service {
  return admitService(object, labels).object ?? { metadata: { name: '' } };
}

/** Names, to ask whether one is among them. */
interface Names {
  has(name: string): boolean;
}

const noNames: Names = { has: () => false };

/**
 * A Service that is wrong is kept as far as it can be read, since what its status says it has is nobody else's.
 *
 * @param labels those that pools choose by: they are kept beside our own
 */
export function admitService(object: unknown, labels: Names = noNames): Admission<Service> {
  const { value, problems } = conform<Service>(serviceShape, object);
  if (value === undefined) return { problem: textOf(problems) ?? 'it is empty' };
  if (value.metadata.namespace === undefined) return { problem: 'metadata.namespace: is missing: a Service has one' };
  const { metadata, spec, status } = value;
  const { annotations, wrong } = serviceAnnotationsOf(object);
  const all = [...problems, ...wrong];
  const reason = problems.length === 0 ? 'AnnotationTooLong' : 'InvalidService';
  const owners = ingressOwners((object as { metadata?: { managedFields?: unknown } }).metadata?.managedFields);
  const kept: Service = {
    metadata: { ...keepMetadata(metadata, labels), annotations },
    spec: spec === undefined ? {} : defined({ ...spec, clusterIPs: others(spec.clusterIPs, spec.clusterIP) }),
    status: defined({ loadBalancer: status?.loadBalancer ?? {}, conditions: status?.conditions }),
    ...(isUnread(object) ? { conditionsUnread: true } : {}),
    ...(owners.length === 0 ? {} : { ingressOwners: owners.length === 1 && owners[0] === fieldManager ? own : owners }),
    ...(all.length === 0 ? {} : { wrong: { reason, message: problemsText(all) } }),
  };
  return { object: kept, problem: kept.wrong?.message };
}

/** Looked at for itself: of all that is wrong with an object only the first few things are told. */
function isUnread(service: unknown): boolean {
  const { status } = service as { readonly status?: { readonly conditions?: unknown } | null };
  return conform(serviceShape.properties.status.properties.conditions, status?.conditions).problems.length > 0;
}

/** Of ten thousand Services nearly all have this one. */
const own: readonly string[] = [fieldManager];

/** A list that says no more than the one that it begins with is not kept twice. */
function others(list: readonly string[] | undefined, first: string | undefined): readonly string[] | undefined {
  return list?.length === 1 && list[0] === first ? undefined : list;
}

export function admitNode(object: unknown, held?: Node): Admission<Node> {
  const { value, problems } = conform<Node>(nodeShape, object);
  if (value === undefined) return { problem: textOf(problems) ?? 'it is empty' };
  const { name, uid, resourceVersion, labels } = value.metadata;
  const addresses = value.status?.addresses?.map(({ type, address }) => ({ type, address }));
  const { unschedulable, podCIDR, podCIDRs } = value.spec ?? {};
  const ready = value.status?.conditions?.filter(({ type }) => type === 'Ready');
  const conditions = ready?.map(({ type, status }) => ({ type, status }));
  const kept: Node = {
    metadata: defined({ name, uid, resourceVersion, labels }),
    spec: defined({
      unschedulable: unschedulable === true ? true : undefined,
      podCIDRs: podCIDRs ?? (podCIDR ? [podCIDR] : undefined),
    }),
    status: defined({ addresses, conditions }),
  };
  return unlessWrong(kept, problems, held);
}

/** As `admitNode`, where nothing is known of it before. */
export function keepNode(object: unknown): Node {
  return admitNode(object).object ?? { metadata: { name: '' } };
}

export function admitNamespace(object: unknown, held?: Namespace): Admission<Namespace> {
  const { value, problems } = conform<Namespace>(metadataOnly, object);
  if (value === undefined) return { problem: textOf(problems) ?? 'it is empty' };
  const { name, uid, resourceVersion, labels } = value.metadata;
  return unlessWrong({ metadata: defined({ name, uid, resourceVersion, labels }) }, problems, held);
}

/** As `admitNamespace`, where nothing is known of it before. */
export function keepNamespace(object: unknown): Namespace {
  return admitNamespace(object).object ?? { metadata: { name: '' } };
}

/** An object of which nothing but its metadata is read. */
export function admitMetadata(object: unknown): Admission<{ readonly metadata: Metadata }> {
  const { value, problems } = conform<{ readonly metadata: Metadata }>(metadataOnly, object);
  if (value === undefined) return { problem: textOf(problems) ?? 'it is empty' };
  return { object: { metadata: keepMetadata(value.metadata, noNames) }, problem: textOf(problems) };
}

/** What was known before goes on; where nothing was, what can be read of it is better than nothing. */
export function unlessWrong<T>(kept: T, problems: readonly Problem[], held: T | undefined): Admission<T> {
  const problem = textOf(problems);
  return problem !== undefined && held !== undefined ? { problem } : { object: kept, problem };
}

export function textOf(problems: readonly Problem[]): string | undefined {
  return problems.length === 0 ? undefined : problemsText(problems);
}

/** Only the labels that are read: a tenant may write as many others as fit into an object. */
function keepMetadata(metadata: Metadata, more: Names): Metadata {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels, finalizers } = metadata;
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, finalizers };
  const read = Object.entries(labels ?? {}).filter(([label]) => serviceAnnotations.includes(label) || more.has(label));
  return defined({ ...kept, labels: read.length === 0 ? undefined : Object.fromEntries(read) });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The object without its undefined fields. */
function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
