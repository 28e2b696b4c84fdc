import type { FromSchema } from 'json-schema-to-ts';
import { asNumber, conditions, flag, gracefulRestart, integer, shortDuration, text } from './bgp-fields.js';
import type { Metadata } from './metadata.js';
import type { Problem } from './problem.js';

/** `metadata.name` of the BgpConf that counts; others are without effect, as in OpenELB. */
export const bgpConfName = 'default';

/** Label on a Node: its rack, a key of `asPerRack`. Source: OpenELB pkg/constant/constant.go. */
export const rackLabel = 'openelb.kubesphere.io/rack';

/** Label on a Node, value `calico`: nobody speaks BGP from there but Calico. Source: OpenELB pkg/constant/constant.go. */
export const cniLabel = 'openelb.kubesphere.io/cni';
export const cniWithBgp = 'calico';

/** `BgpConf.spec`: the BGP speaker of every node. OpenELB's schema (one object, named `default`), and what is ours beyond it. */
export const bgpConfSpec = {
  type: 'object',
  properties: {
    as: asNumber,
    asPerRack: {
      type: 'object',
      maxProperties: 1024,
      additionalProperties: asNumber,
      description:
        'AS number by the value of the node label openelb.kubesphere.io/rack; nodes without that label have `as`.',
    },
    routerId: {
      type: 'string',
      maxLength: 64,
      description:
        "The BGP identifier, written as an IPv4 address. Default: the node's first IPv4 InternalIP. Nodes of one AS must not have the same, " +
        'so it is only for clusters whose nodes have no IPv4 address, or of one node.',
    },
    listenPort: {
      ...integer,
      description:
        'Where connections of routers are taken, 1 to 65535. Default (also 0): 179. -1: nowhere, nodes connect to routers.',
    },
    listenAddresses: {
      type: 'array',
      maxItems: 16,
      items: text,
      description: 'On which addresses of the node connections are taken. Default: on all.',
    },
    families: {
      type: 'array',
      items: integer,
      description: "Accepted for compatibility with OpenELB; a peer's afiSafis say which families there are.",
    },
    useMultiplePaths: flag,
    gracefulRestart,
    policy: {
      type: 'string',
      description: 'Accepted for compatibility with OpenELB, without effect: see communities and advertise of BgpPeer.',
    },
    drainWait: {
      ...shortDuration,
      description:
        'For how long routes stay, marked as about to go (RFC 8326), before they are withdrawn from routers, when a node is taken out of ' +
        'service: 0s to 10m. Default 10s.',
    },
    communityAliases: {
      type: 'object',
      maxProperties: 256,
      additionalProperties: { type: 'string', maxLength: 64 },
      description: 'Names for communities, to be used in BgpPeers: web: 64512:100.',
    },
  },
} as const;

export const bgpConfStatus = {
  type: 'object',
  properties: {
    nodesConfStatus: {
      type: 'object',
      nullable: true,
      description: 'By node: with which router ID and AS it speaks. Each agent writes its own entry.',
      additionalProperties: { type: 'object', nullable: true, properties: { routerId: text, as: asNumber } },
    },
    conditions,
  },
} as const;

/** What OpenELB 0.4 called `v1alpha1`: served so that its stored objects can still be read. */
export const bgpConfSpecV1alpha1 = {
  type: 'object',
  required: ['as', 'port', 'routerID'],
  properties: {
    as: asNumber,
    port: { type: 'integer', format: 'int32', minimum: 1, maximum: 65535 },
    routerID: { type: 'string', pattern: '^([0-9]{1,3}\\.){3}[0-9]{1,3}$' },
  },
} as const;

export type BgpConfSpec = FromSchema<typeof bgpConfSpec>;
export type BgpConfStatus = FromSchema<typeof bgpConfStatus>;

export interface BgpConf {
  readonly apiVersion?: string;
  readonly kind?: 'BgpConf';
  readonly metadata: Metadata;
  readonly spec: BgpConfSpec;
  readonly status?: BgpConfStatus;
  /** What is wrong with it, where a cache took it in. Not a field of the API; absent: not looked at yet. */
  readonly wrong?: readonly Problem[];
}
