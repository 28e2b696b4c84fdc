import type { FromSchema } from 'json-schema-to-ts';
import { duration } from './duration-schema.js';
import type { Metadata } from './metadata.js';
import { vrrpProperties } from './vrrp-settings.js';

/** `VipGroup.spec`: addresses that one set of nodes announces together. Written by the controller or by hand for `--manifests`. */
export const vipGroupSpec = {
  type: 'object',
  required: ['protocol', 'addresses', 'members'],
  properties: {
    eip: { type: 'string', description: 'The Eip the addresses come from; absent in a manifest written by hand.' },
    protocol: { type: 'string', enum: ['bgp', 'layer2', 'vip'] },
    interface: {
      type: 'string',
      maxLength: 253,
      description:
        'The NIC: its name, a list of names of which each node takes the first that it has (eth0,eno*), can_reach:IP for the NIC of ' +
        'the route to IP, or subnet_of:IP for the NIC whose subnet holds IP, else that of the default route. Without it: subnet_of the ' +
        'first address. A group is on one NIC: addresses of another subnet need a group of their own.',
    },
    ipFamily: {
      type: 'string',
      enum: ['IPv4', 'IPv6'],
      description:
        'The family of the addresses, which a group that has none yet cannot show. Default: that of the addresses.',
    },
    addresses: {
      type: 'array',
      minItems: 0,
      maxItems: 4000,
      items: { type: 'string', maxLength: 45 },
      'x-kubernetes-list-type': 'atomic',
      description:
        'IPv4 or IPv6 addresses, all of one family, without a prefix length; at most 255 of IPv4 and 90 of IPv6, with protocol bgp 4000.',
    },
    addressCount: {
      type: 'integer',
      minimum: 0,
      maximum: 4000,
      description:
        'How many addresses there are, for the columns of kubectl, which cannot count. Nothing else reads it.',
    },
    vrrp: {
      type: 'object',
      required: ['virtualRouterId'],
      properties: {
        ...vrrpProperties,
        virtualRouterId: { type: 'integer', minimum: 1, maximum: 255 },
        formerVirtualRouterIds: {
          type: 'array',
          maxItems: 8,
          items: { type: 'integer', minimum: 1, maximum: 255 },
          'x-kubernetes-list-type': 'atomic',
          description:
            'IDs that the group had before. Members that have not heard of the new one yet are heard under these as well.',
        },
        yield: {
          type: 'boolean',
          description:
            'When it becomes true, a leader that another member outranks hands over without loss. Set while the Eip is rebalanced.',
        },
      },
    },
    drainConnections: {
      ...duration,
      description:
        'With protocol bgp: for how long after a change of who announces connections of TCP that began before it go on: a node hands ' +
        'segments of those that it does not know down the list of members whose address is known. At most 1h; 0s: not at all. It takes ' +
        'nf_tables and kube-proxy on the nodes. Default 5m; without an Eip 0s.',
    },
    onlyOn: {
      type: 'object',
      maxProperties: 4000,
      additionalProperties: { type: 'array', maxItems: 1000, items: { type: 'string', maxLength: 253 } },
      'x-kubernetes-map-type': 'atomic',
      description:
        'With protocol bgp: addresses that only those members announce that have an endpoint, each with their names: for ' +
        'externalTrafficPolicy Local. An empty list: nobody does.',
    },
    eipLabels: {
      type: 'object',
      maxProperties: 64,
      additionalProperties: { type: 'string', maxLength: 63 },
      'x-kubernetes-map-type': 'atomic',
      description: 'With protocol bgp: the labels of the Eip, by which BgpPeers may choose what they announce.',
    },
    members: {
      type: 'array',
      maxItems: 1000,
      // One writer says all of them. As a map, a server of 1.20 would refuse to let go of the last one: it leaves null behind.
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        required: ['node', 'priority'],
        properties: {
          node: { type: 'string', minLength: 1 },
          address: {
            type: 'string',
            description:
              "The address the node's adverts come from: its primary IPv4 address or IPv6 link-local address on the NIC. With protocol " +
              'bgp: where other members reach it on the LAN, for drainConnections.',
          },
          priority: {
            type: 'integer',
            minimum: 1,
            maximum: 255,
            description:
              'Who leads: the highest. Each member has its own; with protocol bgp, where all announce, all have the same.',
          },
          lastResort: {
            type: 'string',
            minLength: 1,
            maxLength: 128,
            description:
              'Why this member leads only when no other can, such as Cordoned or NotReady: a leader hands over, and whoever takes ' +
              'over stays when this goes. Absent: an ordinary member. Where all members have it, it changes nothing. With protocol bgp it ' +
              'announces only addresses that no ordinary member may announce.',
          },
        },
      },
    },
  },
} as const;

/** Times that a node became the leader or ceased to be. */
const transitions = {
  type: 'array',
  nullable: true,
  maxItems: 8,
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    required: ['at', 'from', 'to'],
    properties: {
      at: { type: 'string', maxLength: 32 },
      from: { type: 'string', maxLength: 16 },
      to: { type: 'string', maxLength: 16 },
      reason: { type: 'string', maxLength: 64, description: 'Why, as in reason of the group.' },
      peer: {
        type: 'string',
        maxLength: 64,
        description:
          'Where the adverts come from of who leads now or, of one that became the leader, of who led before.',
      },
    },
  },
} as const;

/**
 * `VipGroup.status`: written by the agents, each its own part (server-side apply, one field manager per node).
 *
 * Its lists and objects may be null: that is what a server leaves of one that was taken back by its manager (seen with 1.20), and
 * it would refuse that very write otherwise.
 */
export const vipGroupStatus = {
  type: 'object',
  properties: {
    holder: {
      type: 'string',
      description:
        'The node that leads the group and answers for its addresses, but for those in notHeld. Absent while none is known to, or when it ' +
        'answers for none of them; the condition Held then says why.',
    },
    announcing: {
      type: 'string',
      description:
        'With protocol bgp: how many nodes announce the addresses, of how many members: 3/3. The controller writes it.',
    },
    since: {
      type: 'string',
      format: 'date-time',
      description: 'When the holder became the leader; without a holder, since when none is known.',
    },
    transitions: { type: 'integer', description: 'How often the leadership has changed hands.' },
    reason: {
      type: 'string',
      description:
        'Why the holder took over; agent-silent: the agent of the one that held it is not heard of any more.',
    },
    notHeld: {
      type: 'array',
      nullable: true,
      maxItems: 255,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        required: ['address', 'reason'],
        properties: {
          address: { type: 'string', maxLength: 45 },
          reason: {
            type: 'string',
            description: 'AnsweredElsewhere, AddressOfNode or Refused.',
            maxLength: 64,
          },
          message: { type: 'string', maxLength: 256, description: 'Who has it, or what is in the way.' },
          neverHeld: {
            type: 'boolean',
            description: 'Another host had it before any member did: whoever was just given it gets another.',
          },
        },
      },
      description: 'Addresses of the group that its leader does not answer for, and why.',
    },
    members: {
      type: 'array',
      nullable: true,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['node'],
      items: {
        type: 'object',
        required: ['node'],
        properties: {
          node: { type: 'string' },
          state: {
            type: 'string',
            enum: ['Initialize', 'Backup', 'Active', 'Announcing', 'Idle', 'Draining', 'Lost'],
            description:
              'Initialize, Backup, Active: as RFC 9568 6.3 has it. With protocol bgp: Announcing, at least one router was told the addresses; ' +
              'Idle, none was; Draining, routers were told that the node goes. Lost: its agent has not been heard of since then; ' +
              'the controller says so in its place.',
          },
          routers: {
            type: 'integer',
            minimum: 0,
            description: 'With protocol bgp: how many routers were told the addresses and not to forget them.',
          },
          routersWanted: {
            type: 'integer',
            minimum: 0,
            description: 'With protocol bgp: how many routers the node is to tell.',
          },
          priority: {
            type: 'integer',
            description: 'With which it takes part: what checks and lastResort leave of it.',
          },
          since: { type: 'string', format: 'date-time' },
          address: { type: 'string', description: "Where the node's adverts come from." },
          interface: { type: 'string', description: 'The NIC that the node has chosen.' },
          message: {
            type: 'string',
            description: 'Why the member takes no part, or only in part: all reasons that hold.',
          },
          drainedConnections: {
            type: 'integer',
            minimum: 0,
            description:
              'Of a leader with vrrp.drainConnections, after a move: how many connections from before it are handed to who led then, as ' +
              'far as they spoke within the last minute; with protocol bgp, of each member, to other members. Counted each ten seconds; absent once none is handed on.',
          },
          drainedConnectionsAt: {
            type: 'string',
            format: 'date-time',
            description:
              'When drainedConnections were counted. While their number stays the same it is told anew once a minute: where this is older, ' +
              'the agent is silent.',
          },
          history: {
            ...transitions,
            description:
              'The latest times that the node became the leader or ceased to be, the oldest first; an agent writes three. Times are by the ' +
              'clock of the node. openelb-vip history shows them, and on the node itself what its agent remembers beyond that.',
          },
          foreignRouter: {
            type: 'object',
            nullable: true,
            required: ['address', 'virtualRouterId'],
            description: 'A router that is no member and goes on sending adverts of a virtual router ID of the group.',
            properties: { address: { type: 'string' }, virtualRouterId: { type: 'integer' } },
          },
        },
      },
    },
    formerMembers: {
      type: 'array',
      nullable: true,
      maxItems: 1000,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['node'],
      description:
        'Nodes that led the group and are no members any more: the last word of each, for openelb-vip history. The controller keeps the ' +
        'eight that left last.',
      items: {
        type: 'object',
        required: ['node', 'leftAt'],
        properties: {
          node: { type: 'string' },
          leftAt: {
            type: 'string',
            format: 'date-time',
            description:
              'When it ceased to be a member, by its own clock; or when its agent was heard of last before that.',
          },
          address: { type: 'string', maxLength: 64, description: "Where the node's adverts came from." },
          history: {
            ...transitions,
            description: 'The latest times that it became the leader or ceased to be, as in members.',
          },
        },
      },
    },
    conditions: {
      type: 'array',
      nullable: true,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        // Several agents may say a condition of one type. When the last one takes it back, its words go with it, and what the
        // others have said the same stays: an item that the server must not refuse, since that agent's whole part goes with it.
        required: ['type', 'status'],
        properties: {
          type: { type: 'string' },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          reason: { type: 'string' },
          message: { type: 'string' },
          lastTransitionTime: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
} as const;

/** How many transitions an agent writes of each group. */
export const longestHistory = 3;

/** How many former members the controller leaves in a status. */
export const mostFormerMembers = 8;

export type VipGroupSpec = FromSchema<typeof vipGroupSpec>;
export type VipGroupStatus = FromSchema<typeof vipGroupStatus>;

/** What a node did in a group whose member it is no more. */
export type FormerMember = NonNullable<NonNullable<VipGroupStatus['formerMembers']>[number]>;

/** An address of a group that its leader does not answer for. */
export type NotHeld = NonNullable<NonNullable<VipGroupStatus['notHeld']>[number]>;

/** Why, in a clause that follows the name of the node. */
export function notHeldText({ reason, message }: NotHeld): string {
  const detail = message === undefined ? '' : ` (${message.slice(0, 256)})`;
  switch (reason) {
    case 'AnsweredElsewhere':
      return `does not take it, because another host answers for it${detail}: take it off that host, or have the Service ask for another`;
    case 'AddressOfNode':
      return `does not take it, because it is a node's own${detail}: have the Service ask for another`;
    default:
      return `cannot put it in place${detail}`;
  }
}

export interface VipGroup {
  readonly apiVersion?: string;
  readonly kind?: 'VipGroup';
  readonly metadata: Metadata;
  readonly spec: VipGroupSpec;
  readonly status?: VipGroupStatus;
}

/** What ends the message of a condition that an agent writes: by it one sees whose word it is. */
export function seenBy(node: string): string {
  return `(seen by ${node})`;
}

/** The node whose agent wrote a condition; undefined when no agent did. */
export function seerOf(message: string | undefined): string | undefined {
  return /\(seen by ([^()\s]+)\)$/.exec(message ?? '')?.[1];
}
