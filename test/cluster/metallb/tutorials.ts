// Owns: the manifests of widely read tutorials, as far as the API server sees them, in their own spelling.

export const layer2ConfigMap = `
apiVersion: v1
kind: ConfigMap
metadata:
  namespace: metallb-system
  name: config
data:
  config: |
    address-pools:
    - name: default
      protocol: layer2
      addresses:
      - 192.168.1.240-192.168.1.250
---
apiVersion: v1
kind: Service
metadata:
  name: ingress-nginx-controller
  namespace: default
spec:
  type: LoadBalancer
  selector: { app.kubernetes.io/name: ingress-nginx }
  ports:
  - { name: http, port: 80, targetPort: 80 }
  - { name: https, port: 443, targetPort: 443 }
`;

export const bgp = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: pool-bgp
  namespace: metallb-system
spec:
  addresses:
  - 172.19.0.0/24
  autoAssign: false
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata:
  name: adv
  namespace: metallb-system
spec:
  ipAddressPools:
  - pool-bgp
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata:
  name: router
  namespace: metallb-system
spec:
  myASN: 64513
  peerASN: 64512
  peerAddress: 10.0.0.254
  peerPort: 1790
---
apiVersion: v1
kind: Service
metadata:
  name: web-bgp
  namespace: default
  annotations:
    metallb.universe.tf/address-pool: pool-bgp
spec:
  type: LoadBalancer
  selector: { app: web }
  ports:
  - port: 80
`;

/** BIRD on the router that they speak of, 10.0.0.254. @param nodes whose sessions it takes */
export const router = (nodes: readonly string[]): readonly string[] => [
  'router id 10.0.0.254;',
  'protocol device { }',
  'protocol kernel { merge paths on; ipv4 { import none; export all; }; }',
  ...nodes.flatMap((node, at) => [
    `protocol bgp node${at} {`,
    '  local 10.0.0.254 port 1790 as 64512;',
    `  neighbor ${node} as 64513;`,
    '  passive on;',
    '  ipv4 { import all; export none; };',
    '}',
  ]),
];

export const openelb = `
apiVersion: network.kubesphere.io/v1alpha2
kind: Eip
metadata:
  name: eip-layer2
spec:
  address: 10.0.0.200-10.0.0.230
  interface: eth0
  protocol: layer2
---
apiVersion: v1
kind: Service
metadata:
  name: nginx
  namespace: default
  annotations:
    lb.kubesphere.io/v1alpha1: openelb
    protocol.openelb.kubesphere.io/v1alpha1: layer2
    eip.openelb.kubesphere.io/v1alpha2: eip-layer2
spec:
  type: LoadBalancer
  selector: { app: nginx }
  ports:
  - port: 80
`;

/** What the page says that the Eip looks like then. */
export const eipTable = /^NAME\s+CIDR\s+USAGE\s+TOTAL\s*\neip-layer2\s+10\.0\.0\.200-10\.0\.0\.230\s+1\s+31\s*$/m;

export const kubeProxy = (strictARP: boolean) => `
apiVersion: v1
kind: ConfigMap
metadata:
  name: kube-proxy
  namespace: kube-system
data:
  config.conf: |
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    mode: ipvs
    ipvs:
      strictARP: ${strictARP}
`;

/** What strictARP has kube-proxy do in IPVS mode. Source: Kubernetes pkg/proxy/ipvs/proxier.go. */
export const strictArp = ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'];
