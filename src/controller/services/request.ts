/** What a Service asks of the pools, read from its annotations, spec and status. */
import {
  allocatedAnnotation,
  eipName,
  requestedAddressAnnotation,
  sharingKeyAnnotation,
} from '../../api/annotations.js';
import { inOurWords } from '../../api/metallb-annotations.js';
import { type Family, type IpAddress, parseIp } from '../../core/ip/address.js';
import { parseIpSloppy } from '../../core/ip/sloppy.js';
import type { Request } from '../../core/ipam/decision.js';
import { type Namespace, type Service, serviceKey } from '../objects/builtin-objects.js';
import { originOf } from './origin-label.js';

/** No Service is given more; what else the record says was not written by a controller. */
const mostRecorded = 8;

/**
 * @param current what the Service has: by its status, or just decided and not yet written
 * @param pools those that its label may stand for
 */
export function serviceRequest(
  service: Service,
  namespace: Namespace | undefined,
  current: readonly IpAddress[],
  pools: Iterable<{ readonly name: string }>,
): Request {
  const { metadata, spec = {} } = service;
  const { labels = {} } = metadata;
  const annotations = inOurWords(service);
  const named = list(annotations[requestedAddressAnnotation] ?? '');
  const texts = named.length > 0 ? named : list(spec.loadBalancerIP ?? '');
  const asked = texts.flatMap((text) => parseIp(text) ?? []);
  const badAddress = texts.find((text) => parseIp(text) === undefined);
  const sharingKey = annotations[sharingKeyAnnotation];
  const label = labels[eipName];
  const origin = label === undefined ? undefined : originOf(label, pools);
  const recorded = recordedAddresses(service);
  return {
    key: serviceKey(service),
    created: metadata.creationTimestamp ?? '',
    namespace: { name: metadata.namespace ?? '', labels: namespace?.metadata.labels ?? {} },
    labels,
    families: familiesOf(service),
    oneFamilySuffices: spec.ipFamilyPolicy === 'PreferDualStack',
    pools: [...new Set(list(annotations[eipName] ?? ''))],
    ...(service.wrong === undefined ? {} : { impossible: service.wrong }),
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
    ...(recorded.length === 0 ? {} : { recorded }),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** The addresses in the status of a Service. */
export function statusAddresses(service: Service): readonly IpAddress[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  return ingress.flatMap(({ ip }) => (ip === undefined ? [] : (parseIpSloppy(ip) ?? [])));
}

/** What the Service was given last, by its record. */
export function recordedAddresses({ metadata }: Service): readonly IpAddress[] {
  const texts = list(metadata.annotations?.[allocatedAnnotation] ?? '');
  return texts.slice(0, mostRecorded).flatMap((text) => parseIp(text) ?? []);
}

/** A server without dual stack says the family only by the cluster IP. */
function familiesOf({ spec = {} }: Service): readonly Family[] {
  const named = (spec.ipFamilies ?? []).map((family): Family => (family === 'IPv6' ? 6 : 4));
  if (named.length > 0) return [...new Set(named)];
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
