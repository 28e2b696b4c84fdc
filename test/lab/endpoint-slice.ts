import type { LabApiServer } from './api-server.js';

export interface Endpoint {
  readonly node: string;
  /** Ready when absent. */
  readonly conditions?: object;
}

/** An endpoint as the API server of that kind has it: the real one is of a version that knows EndpointSlices only as v1beta1. */
export function endpointOn(kind: LabApiServer['kind'], { node, conditions = { ready: true } }: Endpoint): object {
  return {
    addresses: [`10.244.${node.slice(1)}.2`],
    conditions,
    ...(kind === 'real' ? { topology: { 'kubernetes.io/hostname': node } } : { nodeName: node }),
  };
}

/** The EndpointSlice that kube-controller-manager would make of a Service of the default namespace whose Pods are on these nodes. */
export function endpointSlice(kind: LabApiServer['kind'], service: string, endpoints: readonly Endpoint[]): object {
  return {
    apiVersion: `discovery.k8s.io/${kind === 'real' ? 'v1beta1' : 'v1'}`,
    kind: 'EndpointSlice',
    metadata: { name: service, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: endpoints.map((each) => endpointOn(kind, each)),
  };
}
