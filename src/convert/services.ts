/** Services of type LoadBalancer: the annotations of MetalLB and kube-vip become ours, and each keeps its address. */
import {
  eipName,
  loadBalancerClass,
  optInAnnotation,
  optInValue,
  requestedAddressAnnotation,
  sharingKeyAnnotation,
} from '../api/annotations.js';
import { type Converted, type Document, fields, list, type Remark, remark } from './document.js';

const metallb = /^metallb\.(?:io|universe\.tf)\//;
const kubeVip = /^kube-vip\.io\//;

/** What the annotations of others are called here; the last part of their names. */
const counterparts: Readonly<Record<string, string>> = {
  'address-pool': eipName,
  loadBalancerIPs: requestedAddressAnnotation,
  loadbalancerIPs: requestedAddressAnnotation,
  'allow-shared-ip': sharingKeyAnnotation,
};

/** Written by their controllers, for people to read. */
const notes = ['ip-allocated-from-pool', 'vipHost', 'serviceInterface', 'ignore-service-security', 'ignore'];

export function convertService(service: Document): Converted {
  if (service.spec.type !== 'LoadBalancer') return { manifests: [], remarks: [] };
  const remarks: Remark[] = [];
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(service.metadata.annotations ?? {})) {
    if (name === lastApplied) continue;
    const theirs = metallb.test(name) || kubeVip.test(name);
    const last = name.slice(name.indexOf('/') + 1);
    const ours = theirs ? counterparts[last] : undefined;
    if (!theirs) annotations[name] = value;
    else if (ours !== undefined) annotations[ours] = value;
    else if (!notes.includes(last))
      remarks.push(remark(service, `metadata.annotations["${name}"]`, 'there is no counterpart'));
  }
  const { loadBalancerClass: theirClass, ...spec } = service.spec;
  if (typeof theirClass === 'string' && theirClass !== '' && theirClass !== loadBalancerClass) {
    const message = `cannot be changed in place: delete the Service and create it with ${loadBalancerClass}`;
    remarks.push(remark(service, 'spec.loadBalancerClass', message));
    return { manifests: [], remarks };
  }
  annotations[optInAnnotation] ??= optInValue;
  const asked = typeof spec.loadBalancerIP === 'string' && spec.loadBalancerIP !== '';
  const held = list(fields(service.status.loadBalancer).ingress).flatMap(({ ip }) =>
    typeof ip === 'string' ? [ip] : [],
  );
  if (!asked && held.length > 0) annotations[requestedAddressAnnotation] ??= held.join(',');
  const { name, namespace, labels = {} } = service.metadata;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    annotations,
  };
  const classes = theirClass === undefined ? {} : { loadBalancerClass: theirClass };
  return { manifests: [{ apiVersion: 'v1', kind: 'Service', metadata, spec: { ...spec, ...classes } }], remarks };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
