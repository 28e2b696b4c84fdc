/**
 * Cilium's CiliumLoadBalancerIPPools become Eips, announced as its CiliumL2AnnouncementPolicies and its BGP say. Cilium chooses Services for
 * these by their labels, an Eip announces all of its addresses in one way.
 * Source: Cilium pkg/k8s/apis/cilium.io/v2/lbipam_types.go, pkg/k8s/apis/cilium.io/v2alpha1/l2announcement_types.go (v1.18).
 */
import { group, version } from '../api/annotations.js';
import { formatRange, parsePool } from '../core/ip/range.js';
import { everyService, selectedBy } from './cilium-selector.js';
import {
  announcedBy,
  type Choices,
  type Converted,
  type Document,
  type Fields,
  fields,
  isSet,
  list,
  type Manifest,
  metadataNotes,
  type Remark,
  remark,
  strings,
  unread,
} from './document.js';
import { forEverybody } from './everybody.js';
import { nicsOfRegex } from './nic-regex.js';
import { plainLabels } from './selector.js';

/** @param isRouted whether its BGP tells routers of addresses of Services */
export function convertCiliumPools(documents: readonly Document[], chosen: Choices, isRouted: boolean): Converted {
  const of = (kind: string) => documents.filter((each) => each.kind === kind);
  const policies = of('CiliumL2AnnouncementPolicy').map(policyOf);
  const announcing = policies.filter(({ announces }) => announces);
  const pools = of('CiliumLoadBalancerIPPool');
  const remarks = policies.flatMap((each) => each.remarks);
  const byBgp = chosen.protocol === 'bgp' || (announcing.length === 0 && isRouted);
  for (const { document } of byBgp || isRouted ? announcing : []) {
    const message = byBgp
      ? 'nobody answers for these addresses on the LAN: routers are told of them'
      : 'an Eip is announced in one way: the LAN counts, BGP does not. --protocol bgp has routers told of them';
    remarks.push(remark(document, '', message));
  }
  const nics = [...new Set(announcing.flatMap((each) => each.nics))];
  const onEvery = announcing.some((each) => each.nics.length === 0);
  const nic = chosen.interface ?? (onEvery || nics.length === 0 ? undefined : nics.join(','));
  const said = announcing.length === 0 || byBgp ? undefined : nicsText(onEvery, nics, chosen);
  if (said !== undefined)
    remarks.push({ object: 'CiliumL2AnnouncementPolicies', field: 'spec.interfaces', message: said });
  const choices: Choices = byBgp ? { ...chosen, protocol: 'bgp' } : chosen;
  const open = pools.filter(isOpen).length;
  const manifests = pools.flatMap((pool): readonly Manifest[] => {
    const read = addressesOf(pool);
    const scope = isOpen(pool) ? forEverybody(open) : scopeOf(pool, remarks);
    remarks.push(...read.remarks, ...unread(pool, 'spec', pool.spec, poolFields));
    if (read.addresses.length === 0) {
      remarks.push(remark(pool, '', 'names no address: left out'));
      return [];
    }
    if (announcing.length === 0 && !isRouted)
      remarks.push(remark(pool, '', `no policy announces its addresses: the Eip does (${choices.protocol})`));
    const spec = {
      address: read.addresses.join(', '),
      ...announcedBy(choices, nic),
      ...scope.spec,
      ...(byBgp ? {} : nodesOf(announcing.map(({ document }) => document))),
      ...(pool.spec.disabled === true ? { disable: true } : {}),
    };
    const metadata = { name: pool.metadata.name, ...scope.metadata };
    return [{ apiVersion: `${group}/${version}`, kind: 'Eip', metadata, spec }];
  });
  return { manifests, remarks, notes: pools.flatMap(metadataNotes) };
}

const poolFields = ['blocks', 'cidrs', 'serviceSelector', 'allowFirstLastIPs', 'disabled'];

/** `cidrs` is what `blocks` was called before. */
function addressesOf(pool: Document): { readonly addresses: readonly string[]; readonly remarks: readonly Remark[] } {
  const remarks: Remark[] = [];
  const skipEnds = pool.spec.allowFirstLastIPs === 'No';
  const addresses = (['blocks', 'cidrs'] as const).flatMap((field) => {
    const written = pool.spec[field];
    if (isSet(written) && !Array.isArray(written)) remarks.push(remark(pool, `spec.${field}`, 'is no list: left out'));
    return (Array.isArray(written) ? written : []).flatMap((each: unknown, at) => {
      const { cidr, start, stop } = fields(each);
      remarks.push(...unread(pool, `spec.${field}[${at}]`, fields(each), ['cidr', 'start', 'stop']));
      if (typeof cidr === 'string') return skipEnds ? withoutEnds(cidr) : cidr;
      if (typeof start === 'string') return typeof stop === 'string' && stop !== '' ? `${start}-${stop}` : start;
      remarks.push(
        remark(pool, `spec.${field}[${at}]`, `${JSON.stringify(each)} has neither cidr nor start: left out`),
      );
      return [];
    });
  });
  return { addresses, remarks };
}

/** Where that leaves any: not of /31, /32, /127 and /128. */
function withoutEnds(cidr: string): string {
  const parsed = parsePool(cidr);
  const [range] = parsed.ok ? parsed.ranges : [];
  if (range === undefined || range.last - range.first < 2n) return cidr;
  return formatRange({ ...range, first: range.first + 1n, last: range.last - 1n });
}

function isOpen({ spec }: Document): boolean {
  return everyService(spec.serviceSelector);
}

function scopeOf(pool: Document, remarks: Remark[]): { readonly metadata: Fields; readonly spec: Fields } {
  const { namespaces, services, unsaid } = selectedBy(fields(pool.spec.serviceSelector));
  if (namespaces?.length === 0) {
    remarks.push(remark(pool, 'spec.serviceSelector', 'selects no namespace: nobody gets addresses of it'));
    return { metadata: {}, spec: { disable: true } };
  }
  const scope = {
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(services === undefined ? {} : { serviceSelectors: [services] }),
  };
  if (!unsaid) return { metadata: {}, spec: scope };
  const isOpen = Object.keys(scope).length === 0;
  const whom = isOpen ? '' : '. Until then other Services than these may have addresses of it, too';
  const message = `an Eip selects Services by their labels alone, not by name or by namespaces that they are not in: name it in the annotation eip.openelb.kubesphere.io/v1alpha2 of each${whom}`;
  remarks.push(remark(pool, 'spec.serviceSelector', message));
  return { metadata: {}, spec: scope };
}

interface Policy {
  readonly document: Document;
  /** Addresses of Services of type LoadBalancer. */
  readonly announces: boolean;
  /** Empty: on every NIC. */
  readonly nics: readonly string[];
  readonly remarks: readonly Remark[];
}

function policyOf(document: Document): Policy {
  const { spec } = document;
  const known = ['serviceSelector', 'nodeSelector', 'interfaces', 'externalIPs', 'loadBalancerIPs'];
  const remarks: Remark[] = [...unread(document, 'spec', spec, known)];
  const announces = spec.loadBalancerIPs === true;
  if (!announces) {
    const message = 'is not true: it announces no address of a Service of type LoadBalancer, and was left out';
    remarks.push(remark(document, 'spec.loadBalancerIPs', message));
  }
  if (spec.externalIPs === true)
    remarks.push(remark(document, 'spec.externalIPs', 'externalIPs of Services are announced by nobody here'));
  if (announces && !everyService(spec.serviceSelector)) {
    const message = 'an Eip announces all of its addresses: give these Services an Eip of their own';
    remarks.push(remark(document, 'spec.serviceSelector', message));
  }
  if (isSet(spec.interfaces) && !Array.isArray(spec.interfaces))
    remarks.push(remark(document, 'spec.interfaces', 'is no list: left out'));
  const nics = strings(spec.interfaces).flatMap((expression, at) => {
    const read = nicsOfRegex(expression);
    if (read !== undefined) return read.split(',');
    const message = `${JSON.stringify(expression)} cannot be said in an Eip: name the NICs with --interface, such as eth0,eno*`;
    remarks.push(remark(document, `spec.interfaces[${at}]`, message));
    return [];
  });
  return { document, announces, nics, remarks };
}

function nicsText(onEvery: boolean, nics: readonly string[], { interface: chosen }: Choices): string | undefined {
  if (chosen !== undefined) return undefined;
  if (onEvery)
    return 'Cilium answers on every NIC, an Eip on one of each node: that of the subnet, unless --interface names another';
  const [only, ...more] = nics;
  if (more.length === 0 && only?.includes('*') !== true) return undefined;
  return `Cilium answers on each of them (${nics.join(', ')}), an Eip on one of each node: the first in the list that it has`;
}

/** Those of every policy; one without a selector is for every node. */
function nodesOf(policies: readonly Document[]): Fields {
  const selectors = policies.map(({ spec }) => fields(spec.nodeSelector));
  const isForAll = ({ matchLabels, matchExpressions }: Fields) =>
    Object.keys(fields(matchLabels)).length === 0 && list(matchExpressions).length === 0;
  if (selectors.length === 0 || selectors.some(isForAll)) return {};
  const [selector, ...more] = [...new Map(selectors.map((each) => [JSON.stringify(each), each])).values()];
  const labels = plainLabels(selector!);
  return labels !== undefined && more.length === 0 ? { nodeSelector: labels } : { nodeSelectors: [selector!, ...more] };
}
