// Owns: cluster IPs (10.96.0.0/16) and node ports of Services (from 30000; wider than usual, for thousands of load balancers).
// Source: kubernetes pkg/registry/core/service/storage/alloc.go; the choice among the free ones is the server's own affair.
import type { Json, KubeObject } from '../object.js';
import { Failure, invalid } from '../status.js';
import type { Store } from '../storage/store.js';
import { hasNodePorts, isExternalName, needsHealthCheckPort, portsOf, specOf } from './service-spec.js';

/** Who has which address and port now: by value, the uid of the Service. */
export interface Allocations {
  readonly addresses: ReadonlyMap<Json | undefined, string>;
  readonly ports: ReadonlyMap<Json | undefined, string>;
}

/** Allocations that follow the store. */
export function followAllocations(store: Store): Allocations {
  const addresses = new Map<Json | undefined, string>();
  const ports = new Map<Json | undefined, string>();
  store.subscribe(({ type, collection, object, previous }) => {
    if (collection !== 'services') return;
    if (previous) for (const [map, value] of held(previous)) map.delete(value);
    if (type !== 'DELETED') for (const [map, value] of held(object)) map.set(value, object.metadata.uid);
  });
  const held = (service: KubeObject): [Map<Json | undefined, string>, Json][] => {
    const { clusterIP, healthCheckNodePort } = specOf(service);
    const nodePorts = [...portsOf(service).map(({ nodePort }) => nodePort), healthCheckNodePort];
    return [
      ...(clusterIP && clusterIP !== 'None' ? [[addresses, clusterIP] as [typeof addresses, Json]] : []),
      ...nodePorts.flatMap((port): [typeof ports, Json][] => (port ? [[ports, port]] : [])),
    ];
  };
  return { addresses, ports };
}

/** Fills in what a Service lacks. Throws a 422 Failure for an address or port that another one has, 500 when a range is full. */
export function allocate(service: KubeObject, { addresses, ports }: Allocations): void {
  if (isExternalName(specOf(service).type)) return;
  allocateAddress(service, addresses);
  if (hasNodePorts(specOf(service).type)) allocatePorts(service, ports);
}

function allocateAddress(service: KubeObject, addresses: Allocations['addresses']): void {
  const spec = specOf(service);
  if (ownedByAnother(addresses.get(spec.clusterIP), service))
    throw isTaken(service, 'spec.clusterIPs', [spec.clusterIP!], 'IP');
  spec.clusterIP ||= freeAddress(addresses);
  spec.clusterIPs ??= [spec.clusterIP];
  spec.ipFamilies ??= [String(spec.clusterIP).includes(':') ? 'IPv6' : 'IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
}

function allocatePorts(service: KubeObject, ports: Allocations['ports']): void {
  const spec = specOf(service);
  const isWanted = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false;
  const own = new Set<Json | undefined>();
  const free = () => freePort((port) => ports.has(port) || own.has(port));
  for (const [index, port] of portsOf(service).entries()) {
    const { nodePort } = port;
    if (nodePort && ownedByAnother(ports.get(nodePort), service))
      throw isTaken(service, `spec.ports[${index}].nodePort`, nodePort, 'port');
    if (!nodePort && isWanted) port.nodePort = free();
    own.add(port.nodePort);
  }
  if (needsHealthCheckPort(service) && !spec.healthCheckNodePort) spec.healthCheckNodePort = free();
}

function ownedByAnother(owner: string | undefined, service: KubeObject): boolean {
  return owner !== undefined && owner !== service.metadata.uid;
}

function isTaken(service: KubeObject, field: string, value: Json, what: string): Failure {
  const message = `Invalid value: ${JSON.stringify(value)}: provided ${what} is already allocated`;
  return invalid('', 'Service', service.metadata.name, [{ reason: 'FieldValueInvalid', message, field }]);
}

const addressCount = 65_536;

/** Looks first where nothing has been given out yet; 10.96.0.1 is the API server's own. */
function freeAddress(taken: Allocations['addresses']): string {
  for (let step = 0; step < addressCount; step++) {
    const n = (taken.size + 1 + step) % addressCount;
    const address = `10.96.${n >> 8}.${n & 255}`;
    if (n > 1 && n < addressCount - 1 && !taken.has(address)) return address;
  }
  throw new Failure(500, 'InternalError', 'failed to allocate a serviceIP: range is full');
}

function freePort(isTaken: (port: number) => boolean): number {
  for (let port = 30_000; port <= 65_000; port++) if (!isTaken(port)) return port;
  throw new Failure(500, 'InternalError', 'failed to allocate a nodePort: range is full');
}
