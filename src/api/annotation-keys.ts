/**
 * Annotations that were meant for us and do nothing: misspelt, unknown, on the wrong kind of object, or known to OpenELB alone.
 * Pure. Only names under our domains count, and names at most two slips away from one of ours.
 * Source of OpenELB's names: pkg/constant/constant.go (v0.6); Porter is what OpenELB was called before.
 */
import {
  addressesOfOthersAnnotation,
  allocatedAnnotation,
  defaultEipAnnotation,
  eipName,
  forceRemovalAnnotation,
  foreignVirtualRouterIdsAnnotation,
  newAddressesAnnotation,
  optInAnnotation,
  protocolAnnotation,
  rebalanceAnnotation,
  requestedAddressAnnotation,
  sharingKeyAnnotation,
} from './annotations.js';
import { originAnnotation, writtenAnnotation } from './origin.js';
import { nearest } from './spelling.js';

export type AnnotatedKind = 'Service' | 'Eip';

/** What a person writes on each kind, and what for. */
const purposes: Readonly<Record<AnnotatedKind, Readonly<Record<string, string>>>> = {
  Service: {
    [optInAnnotation]: 'openelb: has it served',
    [eipName]: 'names the Eip',
    [requestedAddressAnnotation]: 'asks for an address',
    [sharingKeyAnnotation]: 'consents to sharing one',
  },
  Eip: {
    [defaultEipAnnotation]: '"true": for Services that name none',
    [forceRemovalAnnotation]: '"true": it may be deleted while in use',
    [rebalanceAnnotation]: '"true": spreads its leaders again',
  },
};

/** What else is known there: read for nothing but warnings, or written by a controller, ours or OpenELB's. */
const silent: Readonly<Record<AnnotatedKind, readonly string[]>> = {
  Service: [
    allocatedAnnotation,
    newAddressesAnnotation,
    protocolAnnotation,
    'layer2.openelb.kubesphere.io/v1alpha1',
    'node-proxy.openelb.kubesphere.io/external-ip',
    'node-proxy.openelb.kubesphere.io/internal-ip',
  ],
  Eip: [addressesOfOthersAnnotation, foreignVirtualRouterIdsAnnotation, originAnnotation, writtenAnnotation],
};

const nodeProxyType = 'node-proxy.openelb.kubesphere.io/type';

const domains = ['lb.kubesphere.io', 'openelb.kubesphere.io', 'porter.kubesphere.io', 'openelb.io'];

/** Whether a name, of an annotation or a class, is under a domain of ours. */
export function isOurName(name: string): boolean {
  const domain = name.slice(0, Math.max(0, name.indexOf('/'))).toLowerCase();
  return domains.some((each) => domain === each || domain.endsWith(`.${each}`));
}

/** Why an annotation with this name does nothing on an object of this kind, and what to write; undefined when it is none of ours or in order. */
export function annotationProblem(key: string, kind: AnnotatedKind): string | undefined {
  const known = purposes[kind];
  if (Object.hasOwn(known, key) || silent[kind].includes(key)) return undefined;
  const other = kind === 'Service' ? 'Eip' : 'Service';
  if (Object.hasOwn(purposes[other], key) || silent[other].includes(key)) {
    return `annotation ${key} is for ${article(other)} and does nothing on ${article(kind)}: move it to the ${other}`;
  }
  if (key === nodeProxyType) {
    return `annotation ${key} asks for OpenELB's proxy on the nodes, which there is none of here: the addresses of an Eip do its work; take the annotation off`;
  }
  const meant = nearest(key, Object.keys(known));
  if (meant.length === 0 && !isOurName(key)) return undefined;
  const choices = meant.length === 0 ? Object.keys(known) : meant;
  const names = choices.map((name) => `${name} (${known[name]})`).join(' or ');
  return `annotation ${quoted(key)} is unknown and does nothing: write ${names}, or take it off`;
}

/** What was read from an object, as it is repeated to people: in quotes, at most 64 characters. */
export function quoted(text: string): string {
  return text.length > longestQuote ? `${JSON.stringify(text.slice(0, longestQuote))}…` : JSON.stringify(text);
}

const longestQuote = 64;

/** Whether a value says no, in whatever way: who wrote it expects nothing. */
export function saysNo(value: string): boolean {
  return ['false', 'no', 'none', 'off', 'disabled', '0'].includes(value.trim().toLowerCase());
}

function article(kind: AnnotatedKind): string {
  return kind === 'Eip' ? 'an Eip' : 'a Service';
}
