import { isMap, type Json, type JsonMap, type KubeObject, mapAt } from '../object.js';

/** A Service's spec, empty when it has none. */
export const specOf = (service: KubeObject): JsonMap => mapAt(service, 'spec') ?? {};

/** Its ports that are objects. */
export function portsOf(service: KubeObject): JsonMap[] {
  const { ports } = specOf(service);
  return Array.isArray(ports) ? ports.filter(isMap) : [];
}

export const hasNodePorts = (type: Json | undefined): boolean => type === 'NodePort' || type === 'LoadBalancer';
export const isExternalName = (type: Json | undefined): boolean => type === 'ExternalName';

/** Load balancers find out on a port of its own which nodes have endpoints. */
export function needsHealthCheckPort(service: KubeObject): boolean {
  const { type, externalTrafficPolicy } = specOf(service);
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}
