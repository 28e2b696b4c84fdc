import { isMap, type JsonMap, type KubeObject, mapAt } from '../object.js';

/** A Service's spec, empty when it has none. */
export const specOf = (service: KubeObject): JsonMap => mapAt(service, 'spec') ?? {};

/** Its ports that are objects. */
export function portsOf(service: KubeObject): JsonMap[] {
  const { ports } = specOf(service);
  return Array.isArray(ports) ? ports.filter(isMap) : [];
}
