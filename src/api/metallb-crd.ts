/**
 * CustomResourceDefinitions of MetalLB's kinds in words of our own, so that its manifests can be applied where MetalLB is not. They say what is
 * read here, and keep what is not: the controller says what has no counterpart.
 * Source: the field names of MetalLB api/v1beta1, api/v1beta2 (v0.16).
 */

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;
const whole = { type: 'integer' } as const;
const flag = { type: 'boolean' } as const;
/** A number of seconds, or `90s`. */
const duration = { type: 'string', description: 'A duration such as 90s or 1m30s.' } as const;

const selector = {
  type: 'object',
  properties: {
    matchLabels: { type: 'object', additionalProperties: text },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: { key: text, operator: text, values: texts },
      },
    },
  },
} as const;
const selectors = (description: string) => ({ type: 'array', items: selector, description });

const addresses = {
  ...texts,
  description: 'CIDRs and ranges a-b, IPv4 or IPv6. A Service has one address of each of its families.',
} as const;
const autoAssign = {
  type: 'boolean',
  default: true,
  description: 'Whether Services get addresses of it without naming it.',
} as const;
const avoidBuggyIPs = { type: 'boolean', default: false, description: 'Leave out addresses that end in .0 or .255.' };

const advertised = {
  ipAddressPools: { ...texts, description: 'The pools that are announced; none and no selector: all.' },
  ipAddressPoolSelectors: selectors('Announces the pools with these labels, too.'),
  nodeSelectors: selectors('Only nodes that one of these selects announce; none: all nodes.'),
};
const routes = {
  aggregationLength: { ...whole, minimum: 1, description: 'Prefix length of IPv4 routes. Default 32.' },
  aggregationLengthV6: { ...whole, description: 'Prefix length of IPv6 routes. Default 128.' },
  localPref: { ...whole, description: 'LOCAL_PREF, for routers of the same AS.' },
  communities: { ...texts, description: 'Communities, or names that a Community gives them.' },
};

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly about: string;
  readonly versions: readonly string[];
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly jsonPath: string }[];
}

const kinds: readonly Kind[] = [
  {
    kind: 'IPAddressPool',
    plural: 'ipaddresspools',
    about: 'Addresses for Services of type LoadBalancer. An advertisement has them announced.',
    versions: ['v1beta1'],
    required: ['addresses'],
    properties: {
      addresses,
      autoAssign,
      avoidBuggyIPs,
      serviceAllocation: {
        type: 'object',
        description: 'Who gets addresses of it.',
        properties: {
          priority: { ...whole, description: 'The lowest number first; 0 and none last.' },
          namespaces: texts,
          namespaceSelectors: selectors('Services of namespaces with these labels.'),
          serviceSelectors: selectors('Services with these labels.'),
        },
      },
    },
    columns: [
      { name: 'Auto Assign', type: 'boolean', jsonPath: '.spec.autoAssign' },
      { name: 'Avoid Buggy IPs', type: 'boolean', jsonPath: '.spec.avoidBuggyIPs' },
      { name: 'Addresses', type: 'string', jsonPath: '.spec.addresses' },
    ],
  },
  {
    kind: 'L2Advertisement',
    plural: 'l2advertisements',
    about: 'Has pools announced on the LAN, by ARP and NDP.',
    versions: ['v1beta1'],
    required: [],
    properties: {
      ...advertised,
      interfaces: { ...texts, description: 'The NICs that answer; none: the one in the subnet of the addresses.' },
    },
    columns: [{ name: 'IPAddressPools', type: 'string', jsonPath: '.spec.ipAddressPools' }],
  },
  {
    kind: 'BGPAdvertisement',
    plural: 'bgpadvertisements',
    about: 'Has routers told of pools, by BGP.',
    versions: ['v1beta1'],
    required: [],
    properties: {
      ...advertised,
      ...routes,
      peers: { ...texts, description: 'The BGPPeers that are told; none: all.' },
    },
    columns: [{ name: 'IPAddressPools', type: 'string', jsonPath: '.spec.ipAddressPools' }],
  },
  {
    kind: 'BGPPeer',
    plural: 'bgppeers',
    about: 'A router that nodes speak BGP with.',
    versions: ['v1beta2', 'v1beta1'],
    required: ['myASN', 'peerAddress'],
    properties: {
      myASN: { type: 'integer', format: 'int64', minimum: 0, maximum: 4294967295 },
      localASN: { type: 'integer', format: 'int64', minimum: 0, maximum: 4294967295 },
      peerASN: { type: 'integer', format: 'int64', minimum: 0, maximum: 4294967295 },
      dynamicASN: { ...text, description: 'internal or external, in place of peerASN.' },
      peerAddress: { ...text, description: 'An IP address of the router.' },
      peerPort: { ...whole, minimum: 1, maximum: 65535, default: 179 },
      sourceAddress: text,
      interface: text,
      holdTime: duration,
      keepaliveTime: duration,
      connectTime: duration,
      password: text,
      passwordSecret: { type: 'object', properties: { name: text, namespace: text } },
      bfdProfile: { ...text, description: 'The name of a BFDProfile; none: without BFD.' },
      ebgpMultiHop: flag,
      enableGracefulRestart: flag,
      dualStackAddressFamily: flag,
      nodeSelectors: selectors('Only nodes that one of these selects have a session; none: all nodes.'),
    },
    columns: [
      { name: 'Address', type: 'string', jsonPath: '.spec.peerAddress' },
      { name: 'ASN', type: 'string', jsonPath: '.spec.peerASN' },
      { name: 'BFD Profile', type: 'string', jsonPath: '.spec.bfdProfile' },
    ],
  },
  {
    kind: 'BFDProfile',
    plural: 'bfdprofiles',
    about: 'How BFD is spoken with routers.',
    versions: ['v1beta1'],
    required: [],
    properties: {
      receiveInterval: { ...whole, description: 'In milliseconds. Default 300.' },
      transmitInterval: { ...whole, description: 'In milliseconds. Default 300.' },
      detectMultiplier: { ...whole, description: 'Default 3.' },
    },
    columns: [],
  },
  {
    kind: 'Community',
    plural: 'communities',
    about: 'Names of communities.',
    versions: ['v1beta1'],
    required: [],
    properties: {
      communities: { type: 'array', items: { type: 'object', properties: { name: text, value: text } } },
    },
    columns: [],
  },
  {
    kind: 'AddressPool',
    plural: 'addresspools',
    about: 'A pool of before IPAddressPool, which says itself how it is announced.',
    versions: ['v1beta1'],
    required: ['addresses', 'protocol'],
    properties: {
      addresses,
      autoAssign,
      avoidBuggyIPs,
      protocol: { ...text, description: 'layer2 or bgp.' },
      bgpAdvertisements: { type: 'array', items: { type: 'object', properties: routes } },
    },
    columns: [],
  },
];

/** By file name. */
export function metallbCrds(): ReadonlyMap<string, object> {
  return new Map(kinds.map((kind) => [`metallb.io_${kind.plural}.yaml`, crd(kind)]));
}

/** One schema for all versions, since one that was written as another is read as it stands. */
function crd({ kind, plural, about, versions, required, properties, columns }: Kind): object {
  const unknown = { 'x-kubernetes-preserve-unknown-fields': true };
  const spec = { type: 'object', ...(required.length === 0 ? {} : { required }), properties, ...unknown };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.metallb.io`, labels: { 'app.kubernetes.io/part-of': 'openelb-vip' } },
    spec: {
      group: 'metallb.io',
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: versions.map((name, at) => ({
        name,
        served: true,
        storage: at === 0,
        subresources: { status: {} },
        additionalPrinterColumns: columns.length === 0 ? undefined : columns,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: about,
            properties: {
              apiVersion: text,
              kind: text,
              metadata: { type: 'object' },
              spec,
              status: { type: 'object', ...unknown },
            },
          },
        },
      })),
    },
  };
}
