import { originAnnotation, writtenAnnotation } from './origin.js';

/**
 * The names that OpenELB's users have written into their objects, and the few that are ours.
 * Source: OpenELB pkg/constant/constant.go (v0.6).
 */
export const group = 'network.kubesphere.io';
export const version = 'v1alpha2';

/** Annotation on a Service, value `openelb`: this Service is ours. */
export const optInAnnotation = 'lb.kubesphere.io/v1alpha1';
export const optInValue = 'openelb';

/** Annotation on a Service: the Eip to take an address from. Also the label we put on an allocated Service. */
export const eipName = 'eip.openelb.kubesphere.io/v1alpha2';

/**
 * Annotation on a Service, written by the controller: the addresses that it was given last, joined by commas. It gets them again, while
 * nobody else has them, when its Eip was deleted and made again or somebody else wrote its status.
 */
export const allocatedAnnotation = 'eip.openelb.kubesphere.io/allocated-addresses';

/**
 * Annotation on a Service, written by the controller together with its status: which of its addresses were new to it then, when that was,
 * and how many exchanges led to them. By this an address that turns out to be another host's is exchanged also after a restart.
 */
export const newAddressesAnnotation = 'eip.openelb.kubesphere.io/new-addresses';

/** Annotation on a Service: the address asked for; overrides `spec.loadBalancerIP`. */
export const requestedAddressAnnotation = 'eip.openelb.kubesphere.io/v1alpha1';

/** Annotation on a Service, legacy (OpenELB 0.5): the protocol, `bgp`, `layer2` or `vip`. */
export const protocolAnnotation = 'protocol.openelb.kubesphere.io/v1alpha1';

/** Annotation on an Eip, value `"true"`: the pool for Services that name none. */
export const defaultEipAnnotation = 'eip.openelb.kubesphere.io/is-default-eip';

/** Annotation on an Eip, value `"true"`: the webhook lets it be deleted or shrunk although Services have its addresses. */
export const forceRemovalAnnotation = 'eip.openelb.kubesphere.io/force-removal';

/**
 * Annotation on an Eip, value `"true"`: bring its groups back to their preferred leaders, one by one. The controller writes into it
 * how far it has come, and takes it away at the end.
 */
export const rebalanceAnnotation = 'eip.openelb.kubesphere.io/rebalance';

/**
 * Annotation on an Eip, written by the controller: virtual router IDs that its groups left because others on the LAN use them, and
 * until when no group gets them. Without it they are forgotten at once.
 */
export const foreignVirtualRouterIdsAnnotation = 'eip.openelb.kubesphere.io/foreign-virtual-router-ids';

/**
 * Annotation on an Eip, written by the controller: its addresses that agents found other hosts to have, and until when they are not given
 * out for that. Without it they are forgotten at once.
 */
export const addressesOfOthersAnnotation = 'eip.openelb.kubesphere.io/addresses-of-others';

/** `spec.loadBalancerClass` of Services that are ours without an annotation. */
export const loadBalancerClass = 'openelb.io/vip';

/** Finalizers OpenELB left behind; taken off the objects we adopt so that nothing hangs on deletion. */
export const openelbFinalizers: readonly string[] = [
  'finalizer.lb.kubesphere.io/v1alpha1',
  'finalizer.ipam.kubesphere.io/v1alpha1',
  'node-proxy.openelb.kubesphere.io/finalizer',
];

/**
 * Annotation on a Service: Services with the same non-empty key may have one address together, also across namespaces,
 * as long as no port and protocol is there twice and their traffic policies agree.
 */
export const sharingKeyAnnotation = 'eip.openelb.kubesphere.io/sharing-key';

/** Label on a Node: no load balancer uses it (Kubernetes' own name). */
export const excludeNodeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** The annotations that are read of a Service; caches keep no others. */
export const serviceAnnotations: readonly string[] = [
  optInAnnotation,
  eipName,
  requestedAddressAnnotation,
  protocolAnnotation,
  sharingKeyAnnotation,
  allocatedAnnotation,
  newAddressesAnnotation,
];

/** The annotations that are read of an Eip; caches keep no others. */
export const eipAnnotations: readonly string[] = [
  defaultEipAnnotation,
  forceRemovalAnnotation,
  rebalanceAnnotation,
  foreignVirtualRouterIdsAnnotation,
  addressesOfOthersAnnotation,
  originAnnotation,
  writtenAnnotation,
];

/**
 * How long one of a Service's annotations may be, in characters, and how many different Eips it may name. A longer one is not kept: what
 * the Service has stays, and it gets nothing new.
 */
export const longestAnnotation = 4096;
export const mostNamedEips = 64;
