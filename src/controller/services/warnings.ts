/** Services that were evidently meant for us and are not served, or not as they say. Pure. */

import { annotationProblem, isOurName, quoted, saysNo } from '../../api/annotation-keys.js';
import {
  eipName,
  loadBalancerClass,
  optInAnnotation,
  optInValue,
  protocolAnnotation,
  requestedAddressAnnotation,
  sharingKeyAnnotation,
} from '../../api/annotations.js';
import { type Eip, protocolOf } from '../../api/eip.js';
import { nearest } from '../../api/spelling.js';
import { mostWarnings, type Warning } from '../events/warnings.js';
import type { Service } from '../objects/builtin-objects.js';
import type { ServedUnasked } from '../objects/served-unasked.js';
import { originOf } from './origin-label.js';
import { isOurs } from './ownership.js';

export interface ServiceSurroundings {
  readonly allServices: ServedUnasked;
  /** MetalLB runs, and serves every Service without a class. */
  readonly besideMetallb?: boolean;
  /** The Eips that there are. */
  readonly eips: Iterable<{ readonly name: string; readonly eip: Pick<Eip, 'spec'> }>;
}

/** Nothing about Services of other load balancers: only our names count, and classes of ours. */
export function serviceWarnings(service: Service, around: ServiceSurroundings): readonly Warning[] {
  const { annotations = {} } = service.metadata;
  const optedIn = annotations[optInAnnotation] === optInValue;
  const { type = 'ClusterIP', loadBalancerClass: wanted = '' } = service.spec ?? {};
  if (type !== 'LoadBalancer') return optedIn ? [notLoadBalancer(type)] : [];
  if (wanted !== '' && wanted !== loadBalancerClass) return classWarnings(wanted, optedIn);
  const served = isOurs(service, around.allServices);
  return [
    ...(served && wanted === '' && around.besideMetallb === true ? [claimedTwice] : []),
    ...(served ? valueWarnings(service, around) : unservedWarnings(service)),
    ...Object.keys(annotations).sort().flatMap(keyWarnings),
  ].slice(0, mostWarnings);
}

const howToOptIn = `write the annotation ${optInAnnotation}: ${optInValue}`;

function notLoadBalancer(type: string): Warning {
  const message = `annotation ${optInAnnotation} is ${optInValue}, but spec.type is ${quoted(type)}: only Services of type LoadBalancer get an address: change the type, or take the annotation off`;
  return { reason: 'NotLoadBalancer', message };
}

const claimedTwice: Warning = {
  reason: 'ClaimedTwice',
  message: `MetalLB runs, and serves every Service without a class, this one too, which is served here: two may answer for its address. Create it anew with the class ${loadBalancerClass}, or stop MetalLB`,
};

function classWarnings(wanted: string, optedIn: boolean): readonly Warning[] {
  const again = `a class cannot be changed: delete the Service and create it with ${loadBalancerClass}, or without a class and with the annotation ${optInAnnotation}: ${optInValue}`;
  const plain = ['openelb', 'openelb-vip'].includes(wanted.toLowerCase());
  const meant = plain || isOurName(wanted) || nearest(wanted, [loadBalancerClass]).length > 0;
  if (meant) {
    const message = `spec.loadBalancerClass ${quoted(wanted)} is none of ours, so the Service is not served: the one class here is ${loadBalancerClass} (bgp, layer2 or vip is the protocol of the Eip); ${again}`;
    return [{ reason: 'UnknownClass', message }];
  }
  if (!optedIn) return [];
  const message = `spec.loadBalancerClass ${quoted(wanted)} gives the Service to another load balancer, and the annotation ${optInAnnotation} does nothing: take it off, or, since ${again}`;
  return [{ reason: 'ForeignClass', message }];
}

/** Of type LoadBalancer and without a class. */
function unservedWarnings({ metadata: { annotations = {}, labels = {} } }: Service): readonly Warning[] {
  const value = annotations[optInAnnotation];
  if (value !== undefined) {
    if (saysNo(value)) return [];
    const message = `annotation ${optInAnnotation} is ${quoted(value)}, so the Service is not served: write ${optInValue}`;
    return [{ reason: 'InvalidAnnotation', message }];
  }
  const asking = [eipName, requestedAddressAnnotation, sharingKeyAnnotation, protocolAnnotation];
  const asks = asking.find((name) => annotations[name] !== undefined);
  if (asks !== undefined) {
    const message = `annotation ${asks} does nothing, since the Service does not say that it is ours to serve: ${howToOptIn}`;
    return [{ reason: 'NotOptedIn', message }];
  }
  if (labels[optInAnnotation] === undefined) return [];
  const message = `${optInAnnotation} is a label, which does nothing, so the Service is not served: ${howToOptIn}`;
  return [{ reason: 'NotOptedIn', message }];
}

/** Of a Service that is served: what it asks for in vain. */
function valueWarnings(service: Service, around: ServiceSurroundings): readonly Warning[] {
  const { annotations = {}, labels = {} } = service.metadata;
  const messages: string[] = [];
  for (const name of [requestedAddressAnnotation, sharingKeyAnnotation]) {
    if (labels[name] !== undefined && annotations[name] === undefined) {
      messages.push(`${name} is a label, which does nothing: write it as an annotation`);
    }
  }
  for (const [name, remedy] of emptyMeansNothing) {
    if (annotations[name]?.trim() === '') messages.push(`annotation ${name} is empty and does nothing: ${remedy}`);
  }
  const protocol = protocolMessage(annotations, labels, around);
  if (protocol !== undefined) messages.push(protocol);
  return messages.map((message) => ({ reason: 'InvalidAnnotation', message }));
}

const emptyMeansNothing = [
  [eipName, 'name an Eip, or take it off to have one chosen'],
  [requestedAddressAnnotation, 'write an address, or take it off to have one chosen'],
  [sharingKeyAnnotation, 'write a key, the same on each Service that is to share the address'],
] as const;

const protocols: readonly string[] = ['bgp', 'layer2', 'vip'];

function protocolMessage(
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
  around: ServiceSurroundings,
): string | undefined {
  const value = annotations[protocolAnnotation];
  if (value === undefined) return undefined;
  const chooses = 'it chooses nothing here, the protocol is that of the Eip';
  if (!protocols.includes(value)) {
    return `annotation ${protocolAnnotation} is ${quoted(value)}, which is no protocol (bgp, layer2 or vip); ${chooses}: take it off`;
  }
  const label = labels[eipName];
  const name = label === undefined ? annotations[eipName] : originOf(label, around.eips);
  const found = [...around.eips].find((each) => each.name === name);
  const actual = found && protocolOf(found.eip);
  if (found === undefined || actual === value) return undefined;
  return `annotation ${protocolAnnotation} is ${value}, but Eip ${quoted(found.name)}, of which the Service has its address, has protocol ${actual}; ${chooses}: name an Eip with protocol ${value} in ${eipName}, or take it off`;
}

function keyWarnings(key: string): readonly Warning[] {
  const message = annotationProblem(key, 'Service');
  return message === undefined ? [] : [{ reason: 'UnknownAnnotation', message }];
}
