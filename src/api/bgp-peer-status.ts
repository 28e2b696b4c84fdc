import { asNumber, conditions, flag, integer, text } from './bgp-fields.js';

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

/** OpenELB's, in gobgp's words: states in capitals, times in RFC 3339, seconds and counts as text. */
const nodesPeerStatus = {
  type: 'object',
  nullable: true,
  description: "By node, as OpenELB has it. Each agent writes its own entry, when the session's state changes.",
  additionalProperties: {
    type: 'object',
    nullable: true,
    properties: {
      peerState: {
        type: 'object',
        nullable: true,
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
          sessionState: {
            type: 'string',
            description: 'IDLE, CONNECT, ACTIVE, OPENSENT, OPENCONFIRM or ESTABLISHED.',
          },
        },
      },
      timersState: {
        type: 'object',
        nullable: true,
        properties: {
          connectRetry: text,
          downtime: { type: 'string', description: 'When the session ended last, RFC 3339.' },
          holdTime: text,
          keepaliveInterval: text,
          minimumAdvertisementInterval: text,
          negotiatedHoldTime: text,
          uptime: { type: 'string', description: 'When the session became Established, RFC 3339.' },
        },
      },
    },
  },
} as const;

/** How the session of one node stands; `Lost` is said by the controller, in place of an agent that is not heard of. */
const nodes = {
  type: 'array',
  nullable: true,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['node'],
  description: 'How each node stands with the router. Each agent writes its own entry, when something of it changes.',
  items: {
    type: 'object',
    required: ['node'],
    properties: {
      node: { type: 'string', minLength: 1, maxLength: 253 },
      state: {
        type: 'string',
        enum: ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established', 'Lost'],
        description: 'As RFC 4271 8.2.2 has it. Lost: its agent has not been heard of since then.',
      },
      since: { type: 'string', format: 'date-time' },
      address: {
        type: 'string',
        maxLength: 64,
        description: "The router's address; of a link-local one with its NIC (fe80::1%eth0).",
      },
      localAddress: { type: 'string', maxLength: 64 },
      localAs: asNumber,
      routerId: { type: 'string', maxLength: 64, description: "The router's BGP identifier." },
      negotiated: {
        type: 'object',
        nullable: true,
        description: 'What both sides know, and agreed upon. While Established.',
        properties: {
          peerAs: asNumber,
          external: { type: 'boolean', description: 'Whether the router is of another AS.' },
          holdTimeSeconds: { type: 'integer', description: '0: none.' },
          families: {
            type: 'array',
            nullable: true,
            'x-kubernetes-list-type': 'atomic',
            items: { type: 'string', enum: ['IPv4', 'IPv6'] },
          },
          fourOctetAs: flag,
          extendedNextHop: flag,
          enhancedRouteRefresh: flag,
          gracefulRestart: flag,
        },
      },
      prefixesSent: {
        type: 'integer',
        description: 'How many routes the router was told in this session and not told to forget.',
      },
      establishedCount: {
        type: 'integer',
        description: 'How often the session became Established since the agent started.',
      },
      bfd: {
        type: 'object',
        nullable: true,
        required: ['state'],
        properties: {
          state: { type: 'string', enum: ['AdminDown', 'Down', 'Init', 'Up'] },
          interval: {
            type: 'string',
            maxLength: 32,
            description: 'Between packets to the router, such as 300ms; once Up.',
          },
          detection: {
            type: 'string',
            maxLength: 32,
            description: 'How long its silence may be, such as 900ms; once Up.',
          },
        },
      },
      lastClose: {
        type: 'object',
        nullable: true,
        description: 'How the last connection ended.',
        required: ['direction', 'time'],
        properties: {
          direction: {
            type: 'string',
            enum: ['sent', 'received', 'lost'],
            description: 'Whether we ended it or the router, with a NOTIFICATION; or it was lost without one.',
          },
          reason: { type: 'string', maxLength: 64, description: 'In words of the code, such as hold-timer-expired.' },
          code: { type: 'integer', description: 'Of the NOTIFICATION (RFC 4271 4.5).' },
          subcode: { type: 'integer' },
          text: {
            type: 'string',
            maxLength: 256,
            description: "What the router's administrator, or the system, said.",
          },
          state: { type: 'string', maxLength: 32, description: 'In which state it ended.' },
          time: { type: 'string', format: 'date-time' },
        },
      },
      problem: {
        type: 'object',
        nullable: true,
        description: 'Why there is no session, or not the one that was asked for.',
        required: ['reason', 'message'],
        properties: {
          reason: { type: 'string', maxLength: 64, description: 'In CamelCase, such as SecretNotFound.' },
          message: { type: 'string', maxLength: 1024, description: 'A sentence, with the remedy.' },
        },
      },
    },
  },
} as const;

/**
 * `BgpPeer.status`: `nodesPeerStatus` and `nodes` are written by the agents, each its own entry (server-side apply, one field manager per
 * node), the rest by the controller. Lists and objects may be null for the reason that those of `vipGroupStatus` may.
 */
export const bgpPeerStatus = {
  type: 'object',
  properties: {
    established: {
      type: 'string',
      description: 'How many nodes have an Established session, of how many that are to have one: 3/3.',
    },
    nodesPeerStatus,
    nodes,
    conditions,
  },
} as const;
