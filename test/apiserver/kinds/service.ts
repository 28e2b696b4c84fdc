// Owns: Services as far as load balancers need them: defaults, and what comes and goes with the type.
// Source: kubernetes pkg/apis/core/v1/defaults.go, pkg/registry/core/service (behaviour as of 1.35).
import { isMap, type JsonMap, type KubeObject, mapAt } from '../object.js';
import type { Strategy } from './resource.js';
import { allocate } from './service-allocation.js';
import { hasNodePorts, isExternalName, needsHealthCheckPort, portsOf, specOf } from './service-spec.js';
import { validateService, validateServiceStatus } from './service-validation.js';

export const serviceStrategy: Partial<Strategy> = {
  createOnUpdate: true,
  setDefaults,
  prepareCreate: (object, { allocations }) => allocate(object, allocations),
  prepareUpdate(next, previous, { allocations }) {
    keepAllocated(next, previous);
    dropForeign(next);
    allocate(next, allocations);
    if (specOf(next).type !== 'LoadBalancer') next.status = { ...mapAt(next, 'status'), loadBalancer: {} };
  },
  validate: validateService,
  validateStatus: validateServiceStatus,
};

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
