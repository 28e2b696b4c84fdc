/** What a Service asks of the pools, read from its annotations, spec and status. */
import { eipName, requestedAddressAnnotation, sharingKeyAnnotation } from '../api/annotations.js';
import { type Family, type IpAddress, parseIp } from '../core/ip/address.js';
import type { Request } from '../core/ipam/decision.js';
import type { Namespace, Service } from './objects.js';

/** @param current what the Service has: by its status, or just decided and not yet written */
export function serviceRequest(
  service: Service,
  namespace: Namespace | undefined,
  current: readonly IpAddress[],
): Request {
  const { metadata, spec = {} } = service;
  const { annotations = {}, labels = {} } = metadata;
  const texts = list(annotations[requestedAddressAnnotation] ?? spec.loadBalancerIP ?? '');
  const asked = texts.flatMap((text) => parseIp(text) ?? []);
  const badAddress = texts.find((text) => parseIp(text) === undefined);
  const sharingKey = annotations[sharingKeyAnnotation];
  const origin = labels[eipName];
  return {
    key: serviceKey(service),
    created: metadata.creationTimestamp ?? '',
    namespace: { name: metadata.namespace ?? '', labels: namespace?.metadata.labels ?? {} },
    families: familiesOf(service),
    oneFamilySuffices: spec.ipFamilyPolicy === 'PreferDualStack',
    pools: list(annotations[eipName] ?? ''),
    ...(badAddress === undefined ? {} : { badAddress }),
    terms: {
      namespace: metadata.namespace ?? '',
      ...(sharingKey === undefined || sharingKey === '' ? {} : { sharingKey }),
      asked,
      ports: (spec.ports ?? []).map(({ protocol, port }) => `${protocol ?? 'TCP'}/${port}`),
      local: spec.externalTrafficPolicy === 'Local',
      selector: selectorText(spec),
    },
    current,
    ...(origin === undefined ? {} : { origin }),
  };
}

/** `namespace/name`. */
export function serviceKey({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The addresses in the status of a Service. */
export function statusAddresses(service: Service): readonly IpAddress[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  return ingress.flatMap(({ ip }) => (ip === undefined ? [] : (parseIp(ip) ?? [])));
}

/** A server without dual stack says the family only by the cluster IP. */
function familiesOf({ spec = {} }: Service): readonly Family[] {
  const named = (spec.ipFamilies ?? []).map((family): Family => (family === 'IPv6' ? 6 : 4));
  if (named.length > 0) return named;
  return [parseIp(spec.clusterIP ?? '')?.family ?? 4];
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Services of one namespace with the same text have the same endpoints; empty where they are not chosen by labels. */
function selectorText({ selector = {}, publishNotReadyAddresses }: NonNullable<Service['spec']>): string {
  const labels = Object.keys(selector)
    .sort()
    .map((label) => `${label}=${selector[label]}`);
  if (labels.length === 0) return '';
  return [...labels, ...(publishNotReadyAddresses === true ? ['ready or not'] : [])].join(',');
}
