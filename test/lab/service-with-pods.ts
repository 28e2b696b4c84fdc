import type { Pod } from './pod.js';
import { probePort } from './responder.js';

export type Family = 'IPv4' | 'IPv6';

/** What the lab's Pods serve. */
export const servicePorts = {
  http: { name: 'http', port: 80, protocol: 'TCP' },
  probe: { name: 'probe', port: probePort, protocol: 'UDP' },
} as const;

/** A Service of a pool with Pods behind it, and the EndpointSlice that kube-controller-manager would make of them. */
export function serviceWithPods(o: {
  name: string;
  pool: string;
  family: Family;
  policy: string;
  behind: readonly Pod[];
  port: object;
}): readonly object[] {
  const metadata = { name: o.name, namespace: 'default' };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1beta1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': o.name } },
    addressType: o.family,
    ports: [o.port],
    endpoints: o.behind.map((pod) => ({
      addresses: [o.family === 'IPv4' ? pod.address : pod.address6],
      conditions: { ready: true },
      topology: { 'kubernetes.io/hostname': pod.node },
    })),
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...metadata,
      annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', 'eip.openelb.kubesphere.io/v1alpha2': o.pool },
    },
    spec: { type: 'LoadBalancer', externalTrafficPolicy: o.policy, ipFamilies: [o.family], ports: [o.port] },
  };
  return [slice, service];
}
