import { readdirSync, readFileSync } from 'node:fs';

const source = new URL('../../../', import.meta.url);
/** Compiled, this file stands in `build`, and the examples do not. */
const root = source.pathname.endsWith('/build/') ? new URL('../', source) : source;

/** A file of the repository. */
export function fileText(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** Manifests of ours, one text for each kind that there is. */
export function exampleTexts(): readonly string[] {
  return [eipText, groupText, bgpText, serviceText, `${eipText}---\n${serviceText}---\n${groupText}`];
}

/** Another load balancer's files, as `convert` is tested with them, each with its folder. */
export function foreignTexts(): readonly string[] {
  const folder = 'test/unit/convert/golden/';
  return readdirSync(new URL(folder, root)).map((name) => fileText(`${folder}${name}/in.yaml`));
}

const eipText = `apiVersion: network.kubesphere.io/v1alpha2
kind: Eip
metadata:
  name: lan
  annotations: {eip.openelb.kubesphere.io/is-default-eip: "true"}
spec:
  address: 192.0.2.0/24,2001:db8::/120
  protocol: vip
  interface: eth0
  namespaces: [a]
  nodeSelector: {rack: "1"}
  vrrp: {groups: 2, advertInterval: 250ms}
`;

const groupText = `apiVersion: network.kubesphere.io/v1alpha2
kind: VipGroup
metadata: {name: lan-0}
spec:
  protocol: vip
  interface: eth0
  addresses: [192.0.2.1, "2001:db8::1"]
  vrrp: {virtualRouterId: 51}
  members:
  - {node: n1, priority: 254, address: 192.0.2.9}
  - {node: n2, priority: 234}
`;

const bgpText = `apiVersion: network.kubesphere.io/v1alpha2
kind: BgpConf
metadata: {name: default}
spec: {as: 50000, routerId: 192.0.2.11, communityAliases: {web: "50000:1"}}
---
apiVersion: network.kubesphere.io/v1alpha2
kind: BgpPeer
metadata: {name: tor}
spec:
  conf: {neighborAddress: 192.0.2.1, peerAs: 50001}
  communities: [web]
  bfd: {enabled: true, detectMultiplier: 3, receiveInterval: 300ms}
  advertise: [{eips: [lan], aggregationLength: 24}]
`;

const serviceText = `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: default
  annotations:
    lb.kubesphere.io/v1alpha1: openelb
    eip.openelb.kubesphere.io/v1alpha2: lan
    eip.openelb.kubesphere.io/v1alpha1: 192.0.2.7
spec:
  type: LoadBalancer
  ports: [{port: 80, protocol: TCP}]
  selector: {app: web}
`;
