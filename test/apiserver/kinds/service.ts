// Owns: Services as far as load balancers need them: defaults, cluster IPs and node ports, rules about changing the type.
// Source: kubernetes pkg/apis/core/v1/defaults.go, pkg/registry/core/service (behaviour as of 1.35).
import { isMap, type Json, type JsonMap, type KubeObject, mapAt } from '../object.js';
import type { Strategy, Surroundings } from './resource.js';
import { portsOf, specOf } from './service-spec.js';
import { validateService, validateServiceStatus } from './service-validation.js';

export const serviceStrategy: Partial<Strategy> = {
  createOnUpdate: true,
  setDefaults,
  prepareCreate: (object, surroundings) => allocate(object, surroundings),
  prepareUpdate(next, previous, surroundings) {
    keepAllocated(next, previous);
    dropForeign(next);
    allocate(next, surroundings);
    if (specOf(next).type !== 'LoadBalancer') next.status = { ...mapAt(next, 'status'), loadBalancer: {} };
  },
  validate: validateService,
  validateStatus: validateServiceStatus,
};

const hasNodePorts = (type: Json | undefined) => type === 'NodePort' || type === 'LoadBalancer';
const isExternalName = (type: Json | undefined) => type === 'ExternalName';

function setDefaults(service: KubeObject): void {
  if (!isMap(service.spec)) service.spec = {};
  const spec = service.spec as JsonMap;
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  for (const port of portsOf(service)) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '')
      port.targetPort = port.port ?? 0;
  }
  if (!isExternalName(spec.type)) spec.internalTrafficPolicy ??= 'Cluster';
  if (hasNodePorts(spec.type)) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  service.status = { loadBalancer: {}, ...mapAt(service, 'status') };
  const ingress = mapAt(service.status, 'loadBalancer')?.ingress;
  for (const one of (Array.isArray(ingress) ? ingress : []).filter(isMap)) if (one.ip) one.ipMode ??= 'VIP';
}

/** What an update leaves out and the server had filled in stays. */
function keepAllocated(next: KubeObject, previous: KubeObject): void {
  const [spec, before] = [specOf(next), specOf(previous)];
  const sharesAddress = !isExternalName(spec.type) && !isExternalName(before.type);
  if (sharesAddress && !spec.clusterIP) {
    spec.clusterIP = before.clusterIP;
    spec.clusterIPs = before.clusterIPs;
  }
  if (sharesAddress) {
    spec.ipFamilies ??= before.ipFamilies;
    spec.ipFamilyPolicy ??= before.ipFamilyPolicy;
  }
  if (hasNodePorts(spec.type) && hasNodePorts(before.type) && spec.allocateLoadBalancerNodePorts !== false)
    for (const port of portsOf(next)) {
      const same = portsOf(previous).find((other) => other.port === port.port && other.protocol === port.protocol);
      if (!port.nodePort && same?.nodePort) port.nodePort = same.nodePort;
    }
  if (needsHealthCheckPort(next) && !spec.healthCheckNodePort && needsHealthCheckPort(previous))
    spec.healthCheckNodePort = before.healthCheckNodePort;
}

/** Fields of a type that the Service no longer has go with it. */
function dropForeign(service: KubeObject): void {
  const spec = specOf(service);
  if (!hasNodePorts(spec.type)) {
    for (const port of portsOf(service)) delete port.nodePort;
    delete spec.externalTrafficPolicy;
  }
  if (spec.type !== 'LoadBalancer') {
    delete spec.allocateLoadBalancerNodePorts;
    delete spec.loadBalancerClass;
  }
  if (!needsHealthCheckPort(service)) delete spec.healthCheckNodePort;
  if (isExternalName(spec.type)) {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'])
      delete spec[field];
  }
}

function needsHealthCheckPort(service: KubeObject): boolean {
  const spec = specOf(service);
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

function allocate(service: KubeObject, { list }: Surroundings): void {
  const spec = specOf(service);
  if (isExternalName(spec.type)) return;
  const others = list('services').filter((other) => other.metadata.uid !== service.metadata.uid);
  if (!spec.clusterIP) spec.clusterIP = freeClusterIp(others);
  spec.clusterIPs ??= [spec.clusterIP!];
  spec.ipFamilies ??= [String(spec.clusterIP).includes(':') ? 'IPv6' : 'IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  if (!hasNodePorts(spec.type)) return;
  const taken = new Set<Json | undefined>(
    others.flatMap((other) => [...portsOf(other).map((port) => port.nodePort), specOf(other).healthCheckNodePort]),
  );
  const wantsPorts = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false;
  for (const port of portsOf(service)) {
    if (wantsPorts && !port.nodePort) port.nodePort = freeNodePort(taken);
    taken.add(port.nodePort);
  }
  if (needsHealthCheckPort(service) && !spec.healthCheckNodePort) spec.healthCheckNodePort = freeNodePort(taken);
}

/** The lowest free address of 10.96.0.0/16; .0.1 is the API server's own. */
function freeClusterIp(others: readonly KubeObject[]): string {
  const taken = new Set(others.map((other) => specOf(other).clusterIP));
  for (let n = 2; n < 65_535; n++) {
    const ip = `10.96.${n >> 8}.${n & 255}`;
    if (!taken.has(ip)) return ip;
  }
  throw new Error('the range of cluster IPs is full');
}

function freeNodePort(taken: ReadonlySet<Json | undefined>): number {
  for (let port = 30_000; port <= 32_767; port++) if (!taken.has(port)) return port;
  throw new Error('the range of node ports is full');
}
