// Owns: what is wrong with a Service.
// Source: kubernetes pkg/apis/core/validation ValidateService and ValidateServiceStatusUpdate.
import { isIP } from 'node:net';
import { equals, isMap, type Json, type KubeObject, mapAt } from '../object.js';
import type { Cause } from '../status.js';
import { portsOf, specOf } from './service-spec.js';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];

const required = (field: string): Cause => ({ reason: 'FieldValueRequired', message: 'Required value', field });
const wrong = (field: string, value: Json | undefined, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});
const unsupported = (field: string, value: Json | undefined, choices: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${choices.map((choice) => `"${choice}"`).join(', ')}`,
  field,
});

export function validateService(next: KubeObject, previous: KubeObject | undefined): readonly Cause[] {
  return [...specCauses(next), ...portCauses(next), ...(previous ? changeCauses(next, previous) : [])];
}

function* specCauses(service: KubeObject): Generator<Cause> {
  const spec = specOf(service);
  if (!types.includes(String(spec.type))) yield unsupported('spec.type', spec.type, types);
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  if (portsOf(service).length === 0 && spec.type !== 'ExternalName' && !headless) yield required('spec.ports');
  if (spec.type === 'ExternalName' && !spec.externalName) yield required('spec.externalName');
  if (spec.type === 'LoadBalancer' && spec.clusterIP === 'None')
    yield wrong('spec.clusterIPs[0]', 'None', `may not be set to 'None' for LoadBalancer services`);
  const { externalTrafficPolicy, loadBalancerClass } = spec;
  if (externalTrafficPolicy !== undefined && externalTrafficPolicy !== 'Cluster' && externalTrafficPolicy !== 'Local')
    yield unsupported('spec.externalTrafficPolicy', externalTrafficPolicy, ['Cluster', 'Local']);
  if (externalTrafficPolicy !== undefined && spec.type !== 'LoadBalancer' && spec.type !== 'NodePort')
    yield wrong(
      'spec.externalTrafficPolicy',
      externalTrafficPolicy,
      'may only be set for externally-accessible services',
    );
  if (loadBalancerClass !== undefined && spec.type !== 'LoadBalancer')
    yield {
      reason: 'FieldValueForbidden',
      message: "Forbidden: may only be used when `type` is 'LoadBalancer'",
      field: 'spec.loadBalancerClass',
    };
}

function* portCauses(service: KubeObject): Generator<Cause> {
  const ports = portsOf(service);
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    if (ports.length > 1 && !port.name) yield required(`${at}.name`);
    if (!isPort(port.port)) yield wrong(`${at}.port`, port.port ?? 0, 'must be between 1 and 65535, inclusive');
    if (!protocols.includes(String(port.protocol))) yield unsupported(`${at}.protocol`, port.protocol, protocols);
    const key = `${port.protocol}/${port.port}`;
    if (seen.has(key))
      yield {
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify({ protocol: port.protocol, port: port.port })}`,
        field: at,
      };
    seen.add(key);
  }
}

function isPort(value: Json | undefined): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function* changeCauses(next: KubeObject, previous: KubeObject): Generator<Cause> {
  const [spec, before] = [specOf(next), specOf(previous)];
  const hadAddress = before.type !== 'ExternalName' && before.clusterIP !== undefined && spec.type !== 'ExternalName';
  if (hadAddress && spec.clusterIP !== before.clusterIP)
    yield wrong('spec.clusterIPs[0]', [spec.clusterIP ?? ''], 'may not change once set');
  const staysBalanced = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (staysBalanced && !equals(spec.loadBalancerClass, before.loadBalancerClass))
    yield wrong('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set');
}

export function validateServiceStatus(next: KubeObject): readonly Cause[] {
  const ingress = mapAt(mapAt(next, 'status') ?? {}, 'loadBalancer')?.ingress;
  if (!Array.isArray(ingress)) return [];
  const field = 'status.loadBalancer.ingress';
  if (ingress.length > 0 && specOf(next).type !== 'LoadBalancer')
    return [
      {
        reason: 'FieldValueForbidden',
        message: `Forbidden: may only be used when \`spec.type\` is "LoadBalancer"`,
        field,
      },
    ];
  return ingress.filter(isMap).flatMap((one, index) => {
    if (one.ip && !isIP(String(one.ip))) return [wrong(`${field}[${index}].ip`, one.ip, 'must be a valid IP address')];
    if (one.ipMode && !one.ip)
      return [
        {
          reason: 'FieldValueForbidden',
          message: 'Forbidden: may not be specified when `ip` is not set',
          field: `${field}[${index}].ipMode`,
        },
      ];
    return [];
  });
}
