import type { FromSchema } from 'json-schema-to-ts';
import { duration } from './duration-schema.js';
import { labelSelector } from './label-selector.js';
import type { Metadata } from './metadata.js';
import type { Problem } from './problem.js';
import { vrrpProperties } from './vrrp-settings.js';

/** `Eip.spec`: a pool of addresses and how they are announced. Valid OpenELB objects are valid here. */
export const eipSpec = {
  type: 'object',
  required: ['address'],
  properties: {
    address: {
      type: 'string',
      minLength: 1,
      maxLength: 65536,
      description:
        'One address, a CIDR, a range a-b, or a comma-separated list of those; IPv4 or IPv6. ' +
        'It may grow or shrink as long as no address in use is lost.',
    },
    protocol: {
      type: 'string',
      enum: ['bgp', 'layer2', 'vip'],
      description: 'How the addresses are announced. Empty means bgp, as in OpenELB.',
    },
    interface: {
      type: 'string',
      maxLength: 253,
      description:
        'The NIC the addresses live on: its name, a list of names of which each node takes the first that it has (eth0,eno*; * stands ' +
        'for any characters), or can_reach:IP for the NIC of the route to IP. Without it there are groups for each ' +
        'subnet of the nodes that holds some of the addresses: each node takes the NIC of that subnet, and for addresses of no subnet that ' +
        'of its default route.',
    },
    disable: { type: 'boolean', description: 'No new addresses are given out; those in use stay.' },
    usingKnownIPs: {
      type: 'boolean',
      description: 'Accepted for compatibility with OpenELB; without effect, as there.',
    },
    priority: { type: 'integer', description: 'Among pools that fit a Service, the lowest number is used first.' },
    namespaces: {
      type: 'array',
      items: { type: 'string' },
      description: 'Only Services of these namespaces get an address.',
    },
    namespaceSelector: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Only Services of namespaces with all of these labels get an address.',
    },
    serviceSelectors: {
      type: 'array',
      maxItems: 64,
      items: labelSelector,
      description:
        'Only Services with labels that one of these chooses get an address; with namespaces or namespaceSelector, those of them in such ' +
        'namespaces. At most 16 different labels. What a Service has stays when its labels change.',
    },
    autoAssign: {
      type: 'boolean',
      description:
        'false: Services get an address only when they name the Eip, or ask for one of its addresses; also those that it is for by their ' +
        'namespace or their labels.',
    },
    nodeSelector: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Only nodes with all of these labels announce the addresses.',
    },
    nodeSelectors: {
      type: 'array',
      maxItems: 64,
      items: labelSelector,
      description:
        'Only nodes that one of these chooses announce the addresses, such as those of one zone or another; with nodeSelector, those of ' +
        'them with all of its labels. Empty: all nodes.',
    },
    avoidBuggyIPs: { type: 'boolean', description: 'Do not give out IPv4 addresses that end in .0 or .255.' },
    vrrp: {
      type: 'object',
      properties: {
        ...vrrpProperties,
        source: {
          type: 'string',
          enum: ['InternalIP'],
          description:
            'Which address IPv4 adverts come from on a NIC that has none: the InternalIP of its Node, which must be on another interface of the ' +
            'node, such as lo. Without it such a NIC is of no use.',
        },
        groups: {
          type: 'integer',
          minimum: 1,
          maximum: 64,
          description:
            'Over how many VipGroups the addresses of a family are spread; without interface, those of each subnet. Default: as many as ' +
            'eligible nodes, at most 16.',
        },
        members: {
          type: 'integer',
          minimum: 1,
          maximum: 121,
          description: 'How many nodes a VipGroup has at most. Default 16.',
        },
        rebalance: {
          type: 'string',
          enum: ['never', 'whenIdle', 'auto'],
          description:
            'Whether groups go back, by hand-over, to a preferred leader that is fit again: auto, when it has been so for rebalanceDelay; ' +
            'whenIdle, when besides nothing about the groups has changed for as long; never, only on request. Default: auto where that leader keeps ' +
            'connections (drainConnections), else never.',
        },
        rebalanceDelay: { ...duration, description: 'See rebalance; 0s to 24h. Default 1m.' },
      },
    },
  },
} as const;

/** `Eip.status`: a view, derived from the Services that hold addresses. The defaults keep `kubectl get eip` free of blanks. */
export const eipStatus = {
  type: 'object',
  default: {},
  properties: {
    occupied: { type: 'boolean', description: 'Whether every address is in use.' },
    usage: { type: 'integer', default: 0, description: 'How many addresses are in use.' },
    poolSize: { type: 'integer', format: 'int64', description: 'How many addresses the pool has; at most 2^53-1.' },
    leftOut: {
      type: 'integer',
      format: 'int64',
      description:
        'How many addresses of the pool are never given out, because they are those of nodes, of gateways, of other hosts, the first ' +
        'or last of a subnet, or in use in another way. poolSize counts them.',
    },
    leftOutAddresses: {
      type: 'object',
      additionalProperties: { type: 'string' },
      'x-kubernetes-map-type': 'atomic',
      description: 'Those addresses, or ranges of them, with what each is; at most 64 are named.',
    },
    used: {
      type: 'object',
      additionalProperties: { type: 'string' },
      'x-kubernetes-map-type': 'atomic',
      description:
        'Address to namespace/name of its Services, joined by semicolons. Of very many only the first are listed, so that the ' +
        'object stays small; the condition Complete says so. usage always counts all.',
    },
    holders: {
      type: 'object',
      additionalProperties: { type: 'string' },
      'x-kubernetes-map-type': 'atomic',
      description:
        'VipGroup to the node that leads it and answers for its addresses; groups that nobody leads are not there.',
    },
    firstIP: { type: 'string' },
    lastIP: { type: 'string' },
    ready: { type: 'boolean', description: 'Whether the spec is valid and addresses can be given out.' },
    v4: { type: 'boolean' },
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
        properties: {
          type: { type: 'string' },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          reason: { type: 'string' },
          message: { type: 'string' },
          lastTransitionTime: { type: 'string', format: 'date-time' },
          observedGeneration: { type: 'integer' },
        },
      },
    },
  },
} as const;

export type EipSpec = FromSchema<typeof eipSpec>;
export type EipStatus = FromSchema<typeof eipStatus, { keepDefaultedPropertiesOptional: true }>;

export interface Eip {
  readonly apiVersion?: string;
  readonly kind?: 'Eip';
  readonly metadata: Metadata;
  readonly spec: EipSpec;
  readonly status?: EipStatus;
  /** What is wrong with it, where a cache took it in. Not a field of the API; absent: not looked at yet. */
  readonly wrong?: readonly Problem[];
}

/** How its addresses are announced. Source: OpenELB api/v1alpha2/eip_types.go (an Eip without `spec.protocol` is bgp). */
export function protocolOf({ spec }: Pick<Eip, 'spec'>): NonNullable<EipSpec['protocol']> {
  return spec.protocol ?? 'bgp';
}
