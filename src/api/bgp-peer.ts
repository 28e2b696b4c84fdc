import type { FromSchema } from 'json-schema-to-ts';
import { advertise } from './bgp-advertise.js';
import { asNumber, communities, flag, gracefulRestart, integer, shortDuration, shortText, text } from './bgp-fields.js';
import type { bgpPeerStatus } from './bgp-peer-status.js';
import { labelSelector } from './label-selector.js';
import type { Metadata } from './metadata.js';
import type { Problem } from './problem.js';

/** `conf.neighborAddress` that stands for the gateway of the node's default route, of IPv4 unless `:IPv6` follows. */
export const defaultGateway = 'default_gateway';

/** The entry of the Secret that holds a password where none is named: that of type kubernetes.io/basic-auth. */
export const defaultPasswordKey = 'password';

/** `BgpPeer.spec`: one router that nodes speak BGP with. OpenELB's schema, and what is ours beyond it. */
export const bgpPeerSpec = {
  type: 'object',
  properties: {
    conf: {
      type: 'object',
      properties: {
        authPassword: {
          ...shortText,
          description:
            'The password of TCP-MD5 (RFC 2385) in clear text, as in OpenELB. Whoever may read BgpPeers reads it: use passwordSecret.',
        },
        passwordSecret: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 253 },
            key: { type: 'string', minLength: 1, maxLength: 253, description: 'Default password.' },
          },
          description:
            'The entry of a Secret, in the namespace of the agents, that is the password of TCP-MD5: 1 to 80 bytes, no line break.',
        },
        description: text,
        localAs: { ...asNumber, description: 'Our AS towards this router, in place of that of the BgpConf.' },
        neighborAddress: {
          ...shortText,
          description:
            "The router's IP address; default_gateway, or default_gateway:IPv6, for the gateway of the node's default route. A link-local " +
            'address goes with neighborInterface.',
        },
        peerAs: {
          ...asNumber,
          description: "The router's AS number, 1 to 4294967295. Without it, asType says which there may be.",
        },
        // Not in peerAs, which clients of OpenELB read as a number; nor in peerType, a number by which gobgp says what it found.
        asType: {
          type: 'string',
          enum: ['external', 'internal'],
          description:
            "What the router's AS may be, where its number is not known: any but ours, or ours. It takes the place of peerAs.",
        },
        peerGroup: text,
        peerType: integer,
        removePrivateAs: text,
        routeFlapDamping: flag,
        sendCommunity: integer,
        neighborInterface: {
          ...shortText,
          description:
            'The NIC that the router is at. Without neighborAddress, the router is whoever sends router advertisements there (unnumbered); ' +
            'a list such as eth0,eno* takes the first that the node has.',
        },
        vrf: text,
        allowOwnAs: integer,
        replacePeerAs: flag,
        adminDown: { type: 'boolean', description: 'No sessions: those that there are, are drained.' },
      },
    },
    sourceAddress: {
      ...shortText,
      description:
        "The node's own address of the session, or a CIDR block that it is in. Default: what the route to the router gives.",
    },
    ttlSecurity: {
      type: 'boolean',
      description:
        'Drop packets that come from farther away than the router is (RFC 5082). The router must send with a TTL of 255, as with its own ' +
        'ttl-security. Default false.',
    },
    ebgpMultihop: {
      type: 'object',
      properties: {
        enabled: flag,
        multihopTtl: { ...integer, description: 'How many hops the router may be away, 1 to 255. Default 255.' },
      },
    },
    bfd: {
      type: 'object',
      properties: {
        enabled: {
          type: 'boolean',
          description:
            'Whether BFD (RFC 5881; with ebgpMultihop RFC 5883) watches the path to the router. Default true.',
        },
        detectMultiplier: {
          ...integer,
          minimum: 1,
          maximum: 255,
          description: 'After how many intervals in silence the path is down. Default 3.',
        },
        receiveInterval: {
          ...shortDuration,
          description: 'The shortest time between packets that we take, 50ms to 60s. Default 300ms.',
        },
        transmitInterval: {
          ...shortDuration,
          description: 'The shortest time between packets that we send, 50ms to 60s. Default 300ms.',
        },
      },
      description: 'Without it there is no BFD.',
    },
    communities: { ...communities, description: `On all routes to this router. ${communities.description}` },
    advertise,
    timers: {
      type: 'object',
      properties: {
        config: {
          type: 'object',
          description: 'Seconds, as text.',
          properties: {
            connectRetry: {
              ...text,
              description: 'The longest time between attempts, 1 to 65535. Default (also 0): 30.',
            },
            holdTime: {
              ...text,
              description:
                'After how long in silence the session ends, 3 to 65535. Default (also 0): 90 with BFD, else 9.',
            },
            keepaliveInterval: {
              ...text,
              description: 'Without effect: a third of the hold time that is agreed upon (RFC 4271 10).',
            },
            minimumAdvertisementInterval: text,
          },
        },
      },
    },
    transport: {
      type: 'object',
      properties: {
        mtuDiscovery: flag,
        passiveMode: { type: 'boolean', description: 'Wait for the router to connect. Default false.' },
        remoteAddress: text,
        remotePort: { ...integer, description: "The router's TCP port, 1 to 65535. Default 179." },
        tcpMss: integer,
      },
    },
    gracefulRestart,
    afiSafis: {
      type: 'array',
      description:
        "Which families are announced. Default: that of the router's address; both, where it is found by a NIC.",
      items: {
        type: 'object',
        properties: {
          mpGracefulRestart: {
            type: 'object',
            properties: { config: { type: 'object', properties: { enabled: flag } } },
          },
          config: {
            type: 'object',
            properties: {
              family: {
                type: 'object',
                properties: {
                  afi: { ...text, description: 'AFI_IP or AFI_IP6.' },
                  safi: { ...text, description: 'SAFI_UNICAST.' },
                },
              },
              enabled: flag,
            },
          },
          addPaths: {
            type: 'object',
            description: 'Accepted for compatibility with OpenELB, without effect: a node announces one path, its own.',
            properties: { config: { type: 'object', properties: { receive: flag, sendMax: integer } } },
          },
        },
      },
    },
    nodeSelector: { ...labelSelector, description: 'The nodes that speak with this router; all without it.' },
    nodeSelectors: {
      type: 'array',
      maxItems: 64,
      items: labelSelector,
      description:
        'Only nodes that one of these chooses speak with this router; with nodeSelector, those of them that it chooses. Empty: all nodes.',
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

export type BgpPeerSpec = FromSchema<typeof bgpPeerSpec>;
export type BgpPeerStatus = FromSchema<typeof bgpPeerStatus>;

/** How one node stands with the router: an entry of `status.nodes`. */
export type BgpPeerNode = NonNullable<NonNullable<BgpPeerStatus['nodes']>[number]>;

export interface BgpPeer {
  readonly apiVersion?: string;
  readonly kind?: 'BgpPeer';
  readonly metadata: Metadata;
  readonly spec: BgpPeerSpec;
  readonly status?: BgpPeerStatus;
  /** What is wrong with it, where a cache took it in. Not a field of the API; absent: not looked at yet. */
  readonly wrong?: readonly Problem[];
}
