import type { FromSchema } from 'json-schema-to-ts';
import { asNumber, flag, integer, text } from './bgp-fields.js';
import type { Metadata } from './metadata.js';

/** Graceful restart (RFC 4724), shared by BgpConf and BgpPeer; times in seconds. */
export const gracefulRestart = {
  type: 'object',
  properties: {
    enabled: flag,
    restartTime: integer,
    helperOnly: flag,
    deferralTime: integer,
    notificationEnabled: flag,
    longlivedEnabled: flag,
    staleRoutesTime: integer,
    peerRestartTime: integer,
    peerRestarting: flag,
    localRestarting: flag,
    mode: text,
  },
} as const;

/** `BgpConf.spec`: the BGP speaker of every node; OpenELB's schema (one object, named `default`). */
export const bgpConfSpec = {
  type: 'object',
  properties: {
    as: asNumber,
    asPerRack: {
      type: 'object',
      additionalProperties: asNumber,
      description: 'AS number by the value of the node label openelb.kubesphere.io/rack.',
    },
    routerId: { type: 'string', description: "Router ID; by default the node's InternalIP." },
    listenPort: integer,
    listenAddresses: { type: 'array', items: text },
    families: { type: 'array', items: integer },
    useMultiplePaths: flag,
    gracefulRestart,
    policy: { type: 'string', description: 'Name of a ConfigMap with a routing policy.' },
  },
} as const;

export const bgpConfStatus = {
  type: 'object',
  properties: {
    nodesConfStatus: {
      type: 'object',
      additionalProperties: { type: 'object', properties: { routerId: text, as: asNumber } },
    },
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

export interface BgpConf {
  readonly apiVersion?: string;
  readonly kind?: 'BgpConf';
  readonly metadata: Metadata;
  readonly spec: FromSchema<typeof bgpConfSpec>;
  readonly status?: FromSchema<typeof bgpConfStatus>;
}
