/** Services of type LoadBalancer: the annotations of other load balancers become ours, and each keeps its address. */
import { annotationProblem, quoted, saysNo } from '../api/annotation-keys.js';
import {
  eipName,
  loadBalancerClass,
  optInAnnotation,
  optInValue,
  requestedAddressAnnotation,
  sharingKeyAnnotation,
} from '../api/annotations.js';
import { formatIp } from '../core/ip/address.js';
import { isUnspecified, withoutDhcp } from './dhcp.js';
import { type Converted, type Document, fields, list, type Remark, remark } from './document.js';

/** Of MetalLB, kube-vip, PureLB and Cilium, which has others of the same prefix as before. */
const ofOthers =
  /^(?:metallb\.io|metallb\.universe\.tf|kube-vip\.io|purelb\.io|lbipam\.cilium\.io)\/|^io\.cilium\/lb-ipam-/;

/** What the annotations of others are called here; the last part of their names. */
const counterparts: Readonly<Record<string, string>> = {
  'address-pool': eipName,
  'service-group': eipName,
  loadBalancerIPs: requestedAddressAnnotation,
  loadbalancerIPs: requestedAddressAnnotation,
  addresses: requestedAddressAnnotation,
  ips: requestedAddressAnnotation,
  'lb-ipam-ips': requestedAddressAnnotation,
  'allow-shared-ip': sharingKeyAnnotation,
  'sharing-key': sharingKeyAnnotation,
  'lb-ipam-sharing-key': sharingKeyAnnotation,
};

export function isLoadBalancer({ kind, spec }: Document): boolean {
  return kind === 'Service' && spec.type === 'LoadBalancer';
}

/** Written by their controllers, for people to read. */
const written = [
  'ip-allocated-from-pool',
  'vipHost',
  'hwaddr',
  'requestedIP',
  'active-endpoint',
  'active-endpoint-ipv6',
  'allocated-by',
  'allocated-from',
  'pool-type',
  'announcing',
  'announcing-IPv4',
  'announcing-IPv6',
  'skip-ipv6-dad',
  're-evaluate',
];

/** @param service one of type LoadBalancer: see `isLoadBalancer` */
export function convertService(service: Document): Converted {
  if (service.metadata.annotations?.[ignored] === 'true') {
    const message = 'is "true", so kube-vip does not serve it: left out';
    return { manifests: [], remarks: [], notes: [remark(service, `metadata.annotations["${ignored}"]`, message)] };
  }
  const remarks: Remark[] = [];
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(service.metadata.annotations ?? {})) {
    if (name === lastApplied) continue;
    const theirs = ofOthers.test(name);
    const last = name.slice(name.indexOf('/') + 1);
    const ours = theirs ? counterparts[last] : undefined;
    const at = `metadata.annotations["${name}"]`;
    if (!theirs) {
      annotations[name] = value;
      const problem = annotationProblem(name, 'Service');
      if (problem !== undefined) remarks.push(remark(service, '', problem));
    } else if (ours !== undefined) {
      const other = annotations[ours];
      if (other !== undefined && other !== value) {
        remarks.push(remark(service, at, `${quoted(value)} is taken for ${ours}, and not ${quoted(other)}: keep one`));
      }
      annotations[ours] = value;
    } else if (!written.includes(last))
      remarks.push(remark(service, at, counterpartless[last] ?? 'there is no counterpart'));
  }
  const { loadBalancerClass: theirClass, ...spec }: Record<string, unknown> = service.spec;
  if (typeof theirClass === 'string' && theirClass !== '' && theirClass !== loadBalancerClass) {
    const message = `cannot be changed in place: delete the Service and create it with ${loadBalancerClass}`;
    remarks.push(remark(service, 'spec.loadBalancerClass', message));
    return { manifests: [], remarks };
  }
  annotations[optInAnnotation] ??= optInValue;
  const optIn = annotations[optInAnnotation];
  if (optIn !== optInValue) {
    const remedy = saysNo(optIn) ? 'it is left as it is' : `write ${optInValue} to have it served`;
    remarks.push(remark(service, `metadata.annotations["${optInAnnotation}"]`, `is ${quoted(optIn)}: ${remedy}`));
  }
  const ingress = list(fields(service.status.loadBalancer).ingress);
  const held = ingress.flatMap(({ ip }) => (typeof ip === 'string' && ip !== '' && !isUnspecified(ip) ? [ip] : []));
  const wanted = annotations[requestedAddressAnnotation] ?? spec.loadBalancerIP;
  const dhcp = withoutDhcp(String(wanted ?? ''), [...held, service.metadata.annotations?.[lastLeased] ?? '']);
  if (dhcp !== undefined) {
    remarks.push(remark(service, '', dhcpText(String(wanted), dhcp.leased.map(formatIp))));
    delete annotations[requestedAddressAnnotation];
    delete spec.loadBalancerIP;
    if (dhcp.addresses.length > 0) annotations[requestedAddressAnnotation] = dhcp.addresses.join(',');
  }
  if (service.metadata.finalizers?.includes(cloudFinalizer)) {
    const message = `${cloudFinalizer} is taken off by the cloud provider that put it there: once that is gone, take it off by hand, or the Service cannot be deleted`;
    remarks.push(remark(service, 'metadata.finalizers', message));
  }
  const asked = typeof spec.loadBalancerIP === 'string' && spec.loadBalancerIP !== '';
  if (ingress.some(({ ip }) => typeof ip !== 'string' || ip === '')) {
    remarks.push(remark(service, 'status.loadBalancer', 'has a host name, which nothing here announces: left out'));
  }
  if (!asked && held.length > 0) annotations[requestedAddressAnnotation] ??= held.join(',');
  const { name, namespace, labels = {} } = service.metadata;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    annotations,
  };
  const classes = theirClass === undefined ? {} : { loadBalancerClass: theirClass };
  const nic = service.metadata.annotations?.[serviceInterface];
  const at = nic === undefined || nic === '' || nic === 'auto' ? {} : { nic };
  const leased = (dhcp?.leased ?? []).map((address) => ({ address, ...at, called: service.called }));
  return {
    manifests: [{ apiVersion: 'v1', kind: 'Service', metadata, spec: { ...spec, ...classes } }],
    remarks,
    leased,
  };
}

const ignored = 'kube-vip.io/ignore';
const serviceInterface = 'kube-vip.io/serviceInterface';
/** Written by kube-vip: what DHCP gave last, to ask for it again. */
const lastLeased = 'kube-vip.io/requestedIP';
const cloudFinalizer = 'service.kubernetes.io/load-balancer-cleanup';

function dhcpText(asked: string, kept: readonly string[]): string {
  const text = `asks DHCP for an address (${asked}), which is not possible here`;
  if (kept.length === 0)
    return `${text}, and has none that it could keep: name one in the annotation ${requestedAddressAnnotation}`;
  return `${text}: ${kept.join(' and ')}, which it has, is asked for; the DHCP server must give it to nobody else`;
}

const acrossNamespaces = `Services with the same annotation ${sharingKeyAnnotation} share an address in whatever namespace they are`;

const counterpartless: Readonly<Record<string, string>> = {
  serviceInterface: 'the NIC is that of the Eip: spec.interface',
  'allow-local': 'externalTrafficPolicy counts as the Service has it',
  'multi-pool': 'a Service has one address of a family',
  'sharing-cross-namespace': acrossNamespaces,
  'lb-ipam-sharing-cross-namespace': acrossNamespaces,
  leaseName: `Services share an address with the same annotation ${sharingKeyAnnotation}`,
};

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
