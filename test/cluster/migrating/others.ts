// Owns: what other load balancers leave in a cluster, by the names that they give it, as far as their pages touch it.
// Sources: OpenELB deploy/openelb.yaml (f35d3f16), MetalLB config/manifests/metallb-native.yaml (7938d3f8),
// kube-vip-cloud-provider manifest/kube-vip-cloud-controller.yaml (d3522c6).

const image = 'registry.invalid/program:none';

function pods(labels: object, o: object = {}): object {
  return { metadata: { labels }, spec: { containers: [{ name: 'main', image, ...o }] } };
}

function workload(kind: 'Deployment' | 'DaemonSet', namespace: string, name: string, o: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: { selector: { matchLabels: labels }, template: pods(labels, o) },
  };
}

function rights(name: string, namespace: string): readonly object[] {
  const api = { apiVersion: 'rbac.authorization.k8s.io/v1' };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      ...api,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    },
    {
      ...api,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef,
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

const openelbNamespace = 'openelb-system';

/** OpenELB 0.6, without its CRDs. The webhook refuses every Eip, since nobody answers. */
export const openelb: readonly object[] = [
  ...['openelb-controller', 'openelb-speaker', 'openelb-admission'].flatMap((name) => rights(name, openelbNamespace)),
  {
    ...(workload('Deployment', openelbNamespace, 'openelb-controller') as { spec: object }),
    spec: {
      selector: { matchLabels: { app: 'openelb', component: 'controller' } },
      template: pods({ app: 'openelb', component: 'controller' }),
    },
  },
  workload('DaemonSet', openelbNamespace, 'openelb-speaker'),
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'memberlist', namespace: openelbNamespace } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'openelb-controller', namespace: openelbNamespace },
    spec: { selector: { app: 'openelb', component: 'controller' }, ports: [{ port: 443 }] },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'openelb-admission' },
    webhooks: [
      {
        name: 'validate.eip.network.kubesphere.io',
        admissionReviewVersions: ['v1'],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        rules: [
          {
            apiGroups: ['network.kubesphere.io'],
            apiVersions: ['v1alpha2'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['eips'],
          },
        ],
        clientConfig: {
          service: {
            name: 'openelb-controller',
            namespace: openelbNamespace,
            path: '/validate-network-kubesphere-io-v1alpha2-eip',
          },
        },
      },
    ],
  },
];

/** The kinds of MetalLB 0.13 and later, by their plurals. */
const metallbKinds = {
  ipaddresspools: 'IPAddressPool',
  l2advertisements: 'L2Advertisement',
  bgpadvertisements: 'BGPAdvertisement',
  bgppeers: 'BGPPeer',
  bfdprofiles: 'BFDProfile',
  communities: 'Community',
};

export const metallbCrds: readonly object[] = Object.entries(metallbKinds).map(([plural, kind]) => {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.metallb.io` },
    spec: {
      group: 'metallb.io',
      scope: 'Namespaced',
      names: { kind, singular, plural },
      versions: [{ name: 'v1beta1', served: true, storage: true, schema }],
    },
  };
});

const ofMetallb = { apiVersion: 'metallb.io/v1beta1', metadata: { name: 'lan', namespace: 'metallb-system' } };

export const metallb: readonly object[] = [
  workload('Deployment', 'metallb-system', 'controller'),
  workload('DaemonSet', 'metallb-system', 'speaker'),
  { ...ofMetallb, kind: 'IPAddressPool', spec: { addresses: ['192.0.2.32/28'] } },
  { ...ofMetallb, kind: 'L2Advertisement', spec: { ipAddressPools: ['lan'] } },
];

export const kubeVip: readonly object[] = [
  workload('DaemonSet', 'kube-system', 'kube-vip-ds', {
    image: 'ghcr.io/kube-vip/kube-vip:v1.2.3',
    env: [
      { name: 'vip_interface', value: 'eth0' },
      { name: 'svc_enable', value: 'true' },
    ],
  }),
  workload('Deployment', 'kube-system', 'kube-vip-cloud-provider'),
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubevip', namespace: 'kube-system' },
    data: { 'range-global': '192.0.2.64-192.0.2.79' },
  },
];
