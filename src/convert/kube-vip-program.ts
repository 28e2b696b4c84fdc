/** kube-vip itself, as a DaemonSet, Deployment or Pod: read for its NIC and for how it announces, both of which are in its environment. */
import { type Converted, type Document, type Remark, remark } from './document.js';
import { environmentOf, isTrue, nodesOfKubeVip, routes } from './kube-vip-environment.js';

/** Whether an object runs kube-vip (not its cloud provider). */
export function isKubeVipProgram(document: Document): boolean {
  return environmentOf(document) !== undefined;
}

/** The NICs that its addresses of Services are on; one, unless it runs several times. */
export function nicsOfKubeVip(documents: readonly Document[]): readonly string[] {
  const environments = documents.flatMap((document) => environmentOf(document) ?? []);
  return [
    ...new Set(
      environments.flatMap(({ values }) => values.get('vip_servicesinterface') || values.get('vip_interface') || []),
    ),
  ];
}

/** Whether it announces the addresses of Services to routers. */
export function isRoutedByKubeVip(documents: readonly Document[]): boolean {
  return documents.some((document) => {
    const env = environmentOf(document);
    return env !== undefined && routes(env);
  });
}

export function convertKubeVipProgram(document: Document): Converted {
  const env = environmentOf(document)?.values ?? new Map<string, string>();
  const says = (name: string) => isTrue(env.get(name));
  const remarks: Remark[] = [];
  for (const [name, way, remedy] of otherWays) {
    if (!says(name)) continue;
    const message = `it announces addresses by ${way}: what is converted answers on the LAN of its NIC alone. ${remedy}`;
    remarks.push(remark(document, `env ${name}`, message));
  }
  const nodes = nodesOfKubeVip(document);
  if (nodes !== undefined) {
    const routers = says('bgp_enable') ? ' and spec.nodeSelector into the BgpPeers' : '';
    const message = `it runs on these nodes alone: ${nodes}. Here every node announces that is not excluded from load balancers: if that matters, write spec.nodeSelectors into the Eips${routers}`;
    remarks.push(remark(document, 'spec.template.spec', message));
  }
  if (says('cp_enable')) {
    const address = env.get('address') || env.get('vip_address');
    const held =
      address === undefined || address === '' ? "the control plane's address" : `${address} of the control plane`;
    const message = `it also holds ${held}, which is not converted: do not delete it, but set svc_enable to false, or hold that address otherwise first (deploy/samples/control-plane)`;
    remarks.push(remark(document, 'env cp_enable', message));
    if (says('bgp_enable')) {
      const both =
        'it goes on announcing that address by BGP, and a router has one session with an address of a node: give the BgpPeers another sourceAddress, or let kube-vip hold the address by ARP';
      remarks.push(remark(document, 'env bgp_enable', both));
    }
  }
  const classes = env.get('lb_class_name') || (says('lb_class_only') ? 'kube-vip.io/kube-vip-class' : undefined);
  if (classes !== undefined) {
    const message = `it serves Services of class ${classes} alone: of the others convert only those that are meant to come here`;
    remarks.push(remark(document, 'env lb_class_name', message));
  }
  return {
    manifests: [],
    remarks,
    notes: [remark(document, '', 'the program: read for its NIC, its mode and its routers alone')],
  };
}

const leave = 'Leave Services that are reached from elsewhere to kube-vip';

const otherWays = [
  ['vip_routingtable', 'routes of its node, which nothing here does', leave],
  ['vip_wireguard', 'WireGuard, which nothing here does', leave],
] as const;
