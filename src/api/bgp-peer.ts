import type { FromSchema } from 'json-schema-to-ts';
import { gracefulRestart } from './bgp-conf.js';
import { asNumber, flag, integer, text } from './bgp-fields.js';
import type { Metadata } from './metadata.js';

/** `BgpPeer.spec`: one router that nodes speak BGP with; OpenELB's schema. */
export const bgpPeerSpec = {
  type: 'object',
  properties: {
    conf: {
      type: 'object',
      properties: {
        authPassword: text,
        description: text,
        localAs: asNumber,
        neighborAddress: text,
        peerAs: asNumber,
        peerGroup: text,
        peerType: integer,
        removePrivateAs: text,
        routeFlapDamping: flag,
        sendCommunity: integer,
        neighborInterface: text,
        vrf: text,
        allowOwnAs: integer,
        replacePeerAs: flag,
        adminDown: flag,
      },
    },
    ebgpMultihop: { type: 'object', properties: { enabled: flag, multihopTtl: integer } },
    timers: {
      type: 'object',
      properties: {
        config: {
          type: 'object',
          description: 'Seconds, as text.',
          properties: {
            connectRetry: text,
            holdTime: text,
            keepaliveInterval: text,
            minimumAdvertisementInterval: text,
          },
        },
      },
    },
    transport: {
      type: 'object',
      properties: { mtuDiscovery: flag, passiveMode: flag, remoteAddress: text, remotePort: integer, tcpMss: integer },
    },
    gracefulRestart,
    afiSafis: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          mpGracefulRestart: {
            type: 'object',
            properties: { config: { type: 'object', properties: { enabled: flag } } },
          },
          config: {
            type: 'object',
            properties: { family: { type: 'object', properties: { afi: text, safi: text } }, enabled: flag },
          },
          addPaths: {
            type: 'object',
            properties: { config: { type: 'object', properties: { receive: flag, sendMax: integer } } },
          },
        },
      },
    },
    nodeSelector: {
      type: 'object',
      description: 'The nodes that speak with this router; all without it.',
      'x-kubernetes-map-type': 'atomic',
      properties: {
        matchLabels: { type: 'object', additionalProperties: text },
        matchExpressions: {
          type: 'array',
          items: {
            type: 'object',
            required: ['key', 'operator'],
            properties: { key: text, operator: text, values: { type: 'array', items: text } },
          },
        },
      },
    },
  },
} as const;

const messageCounts = {
  type: 'object',
  properties: {
    discarded: text,
    keepalive: text,
    notification: text,
    open: text,
    refresh: text,
    total: text,
    update: text,
    withdrawPrefix: text,
    withdrawUpdate: text,
  },
} as const;

export const bgpPeerStatus = {
  type: 'object',
  properties: {
    nodesPeerStatus: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: {
          peerState: {
            type: 'object',
            properties: {
              adminState: text,
              authPassword: text,
              description: text,
              flops: integer,
              localAs: asNumber,
              messages: { type: 'object', properties: { received: messageCounts, sent: messageCounts } },
              neighborAddress: text,
              outQ: integer,
              peerAs: asNumber,
              peerGroup: text,
              peerType: integer,
              queues: { type: 'object', properties: { input: integer, output: integer } },
              removePrivateAs: integer,
              routeFlapDamping: flag,
              routerId: text,
              sendCommunity: integer,
              sessionState: text,
            },
          },
          timersState: {
            type: 'object',
            properties: {
              connectRetry: text,
              downtime: text,
              holdTime: text,
              keepaliveInterval: text,
              minimumAdvertisementInterval: text,
              negotiatedHoldTime: text,
              uptime: text,
            },
          },
        },
      },
    },
  },
} as const;

/** What OpenELB 0.4 called `v1alpha1`: served so that its stored objects can still be read. */
export const bgpPeerSpecV1alpha1 = {
  type: 'object',
  properties: {
    addPaths: { type: 'object', properties: { sendMax: { type: 'integer' } } },
    config: {
      type: 'object',
      required: ['neighborAddress', 'peerAs'],
      properties: { neighborAddress: { type: 'string', pattern: '^([0-9]{1,3}\\.){3}[0-9]{1,3}$' }, peerAs: asNumber },
    },
    transport: {
      type: 'object',
      properties: { passiveMode: flag, remotePort: { type: 'integer', minimum: 1, maximum: 65535 } },
    },
    usingPortForward: flag,
  },
} as const;

export interface BgpPeer {
  readonly apiVersion?: string;
  readonly kind?: 'BgpPeer';
  readonly metadata: Metadata;
  readonly spec: FromSchema<typeof bgpPeerSpec>;
  readonly status?: FromSchema<typeof bgpPeerStatus>;
}
