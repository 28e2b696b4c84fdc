/**
 * The CustomResourceDefinitions, made from the same schemas as the types and the checks.
 *
 * There are two forms: one that applies to Kubernetes 1.20 and later with kubectl's validation on, which refuses a field it
 * does not know, and one with rules in CEL for 1.31 and later. What neither can say, the webhook refuses or the controller
 * says in the condition Ready and in Events.
 */
import { group, version } from './annotations.js';
import { bgpConfSpec, bgpConfSpecV1alpha1, bgpConfStatus } from './bgp-conf.js';
import { bgpPeerSpec, bgpPeerSpecV1alpha1 } from './bgp-peer.js';
import { bgpPeerStatus } from './bgp-peer-status.js';
import { eipSpec, eipStatus } from './eip.js';
import { bgpConfRules, bgpPeerRules, eipRules, type ServerRules, vipGroupRules, withRules } from './server-rules.js';
import { vipGroupSpec, vipGroupStatus } from './vip-group.js';

/** A printer column of `kubectl get`; `wide` ones show only with `-o wide`. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly wide?: boolean;
}

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly about: string;
  /** Those of the stored version, and of every other with the same schema. */
  readonly rules?: ServerRules;
  readonly versions: readonly {
    readonly name: string;
    readonly spec: object;
    readonly status: object;
    readonly columns: readonly Column[];
  }[];
}

const eipColumns: readonly Column[] = [
  { name: 'cidr', type: 'string', jsonPath: '.spec.address' },
  { name: 'usage', type: 'integer', jsonPath: '.status.usage' },
  { name: 'total', type: 'integer', jsonPath: '.status.poolSize' },
  { name: 'protocol', type: 'string', jsonPath: '.spec.protocol', wide: true },
  { name: 'interface', type: 'string', jsonPath: '.spec.interface', wide: true },
  { name: 'ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', wide: true },
  { name: 'reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', wide: true },
  { name: 'announced', type: 'string', jsonPath: '.status.conditions[?(@.type=="Announced")].status', wide: true },
  {
    name: 'announced reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Announced")].reason',
    wide: true,
  },
  { name: 'disabled', type: 'boolean', jsonPath: '.spec.disable', wide: true },
  { name: 'age', type: 'date', jsonPath: '.metadata.creationTimestamp', wide: true },
];

const kinds: readonly Kind[] = [
  {
    kind: 'Eip',
    plural: 'eips',
    categories: ['networking'],
    about: 'A pool of addresses for Services of type LoadBalancer, and how they are announced.',
    rules: eipRules,
    versions: [
      { name: version, spec: eipSpec, status: eipStatus, columns: eipColumns },
      { name: 'v1alpha1', spec: eipSpec, status: eipStatus, columns: eipColumns },
    ],
  },
  {
    kind: 'VipGroup',
    plural: 'vipgroups',
    shortNames: ['vg'],
    categories: ['networking'],
    about: 'Addresses that one set of nodes announces together: one virtual router, one leader.',
    rules: vipGroupRules,
    versions: [
      {
        name: version,
        spec: vipGroupSpec,
        status: vipGroupStatus,
        columns: [
          { name: 'protocol', type: 'string', jsonPath: '.spec.protocol' },
          { name: 'vrid', type: 'integer', jsonPath: '.spec.vrrp.virtualRouterId' },
          { name: 'addresses', type: 'integer', jsonPath: '.spec.addressCount' },
          { name: 'holder', type: 'string', jsonPath: '.status.holder' },
          // Of the holder: members may have it under other names.
          { name: 'nic', type: 'string', jsonPath: '.status.members[?(@.state=="Active")].interface' },
          { name: 'announcing', type: 'string', jsonPath: '.status.announcing' },
          { name: 'since', type: 'date', jsonPath: '.status.since' },
          { name: 'age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          { name: 'eip', type: 'string', jsonPath: '.spec.eip', wide: true },
          { name: 'interface', type: 'string', jsonPath: '.spec.interface', wide: true },
          { name: 'transitions', type: 'integer', jsonPath: '.status.transitions', wide: true },
          { name: 'reason', type: 'string', jsonPath: '.status.reason', wide: true },
        ],
      },
    ],
  },
  {
    kind: 'BgpConf',
    plural: 'bgpconfs',
    about: 'How the nodes speak BGP; one object, named default.',
    rules: bgpConfRules,
    versions: [
      {
        name: version,
        spec: bgpConfSpec,
        status: bgpConfStatus,
        columns: [
          { name: 'as', type: 'integer', jsonPath: '.spec.as' },
          { name: 'router id', type: 'string', jsonPath: '.spec.routerId' },
          { name: 'port', type: 'integer', jsonPath: '.spec.listenPort' },
          { name: 'age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
      { name: 'v1alpha1', spec: bgpConfSpecV1alpha1, status: { type: 'object' }, columns: [] },
    ],
  },
  {
    kind: 'BgpPeer',
    plural: 'bgppeers',
    about: 'A router that the nodes speak BGP with.',
    rules: bgpPeerRules,
    versions: [
      {
        name: version,
        spec: bgpPeerSpec,
        status: bgpPeerStatus,
        columns: [
          { name: 'peer', type: 'string', jsonPath: '.spec.conf.neighborAddress' },
          { name: 'as', type: 'integer', jsonPath: '.spec.conf.peerAs' },
          { name: 'state', type: 'string', jsonPath: '.status.established' },
          { name: 'age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          { name: 'interface', type: 'string', jsonPath: '.spec.conf.neighborInterface', wide: true },
          { name: 'local as', type: 'integer', jsonPath: '.spec.conf.localAs', wide: true },
          {
            name: 'reason',
            type: 'string',
            jsonPath: '.status.conditions[?(@.type=="Established")].reason',
            wide: true,
          },
        ],
      },
      { name: 'v1alpha1', spec: bgpPeerSpecV1alpha1, status: { type: 'object' }, columns: [] },
    ],
  },
];

/**
 * One CustomResourceDefinition (apiextensions.k8s.io/v1) per kind, by file name (`<group>_<plural>.yaml`, as OpenELB's).
 *
 * @param o.rules with rules in CEL, for Kubernetes 1.31 and later
 */
export function crdManifests(o: { readonly rules: boolean }): ReadonlyMap<string, object> {
  return new Map(
    kinds.map((kind) => [`${group}_${kind.plural}.yaml`, crd(kind, (o.rules ? kind.rules : undefined) ?? {})]),
  );
}

function crd({ kind, plural, shortNames, categories, about, versions }: Kind, rules: ServerRules): object {
  const stored = versions.find(({ name }) => name === version)?.spec;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories },
      versions: versions.map(({ name, spec, status, columns }) => ({
        name,
        served: true,
        storage: name === version,
        subresources: { status: {} },
        additionalPrinterColumns:
          columns.length === 0
            ? undefined
            : columns.map(({ wide, ...column }) => (wide ? { ...column, priority: 1 } : column)),
        schema: {
          openAPIV3Schema: withRules(
            {
              type: 'object',
              description: about,
              // Without it an object that says nothing at all would be let in.
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec,
                status,
              },
            },
            spec === stored ? rules : {},
          ),
        },
      })),
    },
  };
}
