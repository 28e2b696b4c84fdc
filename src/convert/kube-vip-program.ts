/**
 * kube-vip itself, as a DaemonSet, Deployment or Pod: read for its NIC and for how it announces, both of which are in its environment.
 * Source: kube-vip pkg/kubevip/config_envvar.go (v1.2).
 */
import { type Converted, type Document, fields, list, type Remark, remark } from './document.js';

/** Whether an object runs kube-vip (not its cloud provider). */
export function isKubeVipProgram(document: Document): boolean {
  return environmentOf(document) !== undefined;
}

/** The NICs that its addresses of Services are on; one, unless it runs several times. */
export function nicsOfKubeVip(documents: readonly Document[]): readonly string[] {
  const environments = documents.flatMap((document) => environmentOf(document) ?? []);
  return [
    ...new Set(environments.flatMap((env) => env.get('vip_servicesinterface') || env.get('vip_interface') || [])),
  ];
}

export function convertKubeVipProgram(document: Document): Converted {
  const env = environmentOf(document) ?? new Map<string, string>();
  const says = (name: string) => env.get(name) === 'true';
  const remarks: Remark[] = [];
  for (const [name, way, remedy] of otherWays) {
    if (!says(name)) continue;
    const message = `it announces addresses by ${way}: what is converted answers on the LAN of its NIC alone. ${remedy}`;
    remarks.push(remark(document, `env ${name}`, message));
  }
  if (says('cp_enable')) {
    const address = env.get('address') || env.get('vip_address');
    const held =
      address === undefined || address === '' ? "the control plane's address" : `${address} of the control plane`;
    const message = `it also holds ${held}, which is not converted: do not delete it, but set svc_enable to false, or hold that address otherwise first (deploy/samples/control-plane)`;
    remarks.push(remark(document, 'env cp_enable', message));
  }
  const classes = env.get('lb_class_name') || (says('lb_class_only') ? 'kube-vip.io/kube-vip-class' : undefined);
  if (classes !== undefined) {
    const message = `it serves Services of class ${classes} alone: of the others convert only those that are meant to come here`;
    remarks.push(remark(document, 'env lb_class_name', message));
  }
  return { manifests: [], remarks, notes: [remark(document, '', 'the program: read for its NIC and its mode alone')] };
}

const leave = 'Leave Services that are reached from elsewhere to kube-vip';

const otherWays = [
  [
    'bgp_enable',
    'BGP',
    'Give the Eips protocol bgp, and say in a BgpConf and in BgpPeers what its variables bgp_as, bgp_routerid, bgp_peers and bgp_peeraddress say',
  ],
  ['vip_routingtable', 'routes of its node, which nothing here does', leave],
  ['vip_wireguard', 'WireGuard, which nothing here does', leave],
] as const;

/** Of its first container of kube-vip; what a value comes from is not read. */
function environmentOf({ kind, spec }: Document): ReadonlyMap<string, string> | undefined {
  if (!['DaemonSet', 'Deployment', 'Pod'].includes(kind)) return undefined;
  const { containers } = kind === 'Pod' ? spec : fields(fields(spec.template).spec);
  const container = list(containers).find(({ image }) => typeof image === 'string' && ofKubeVip.test(image));
  if (container === undefined) return undefined;
  return new Map(list(container.env).map(({ name, value }) => [String(name), String(value ?? '')]));
}

const ofKubeVip = /(?:^|\/)kube-vip(?:-iptables)?(?:[:@]|$)/;
