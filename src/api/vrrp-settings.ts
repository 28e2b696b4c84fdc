import { authenticationModes } from '../core/vrrp/authentication.js';
import { check } from './check-settings.js';
import { duration } from './duration-schema.js';
import { notifyHook } from './notify-settings.js';

/** The `vrrp` block shared by `Eip.spec` and `VipGroup.spec`: how the agents of a group elect their leader. */
export const vrrpProperties = {
  version: {
    type: 'integer',
    enum: [2, 3],
    description: 'VRRP version of the adverts. 3 (RFC 9568) unless old routers take part. IPv6 is always 3.',
  },
  advertisementInterval: {
    ...duration,
    description:
      'Time between adverts, 10ms to 40.95s in steps of 10ms (version 2: whole seconds, 1s to 255s). Default 250ms. ' +
      'A dead leader is replaced after about three of these.',
  },
  preempt: {
    type: 'boolean',
    description: 'Whether a returning node with a higher priority takes the addresses back. Default false.',
  },
  preemptDelay: { ...duration, description: 'How long a returning node waits before it preempts. Default 0s.' },
  drainConnections: {
    ...duration,
    description:
      'For how long after a move connections of TCP that began before it go on: the new leader hands their segments to the node that led ' +
      'before; of an Eip with protocol bgp, nodes hand them to each other. At most 1h; 0s: connections break at a move. It takes nf_tables and kube-proxy on the nodes. Default 5m; of a VipGroup without ' +
      'an Eip 0s.',
  },
  fastDetection: {
    type: 'object',
    required: ['interval'],
    properties: {
      interval: {
        ...duration,
        description: 'Time between the answers that backups want of the agent of the leader, 10ms to 1s.',
      },
      multiplier: {
        type: 'integer',
        minimum: 2,
        maximum: 20,
        description: 'After how many intervals without an answer the leader is taken for dead. Default 3.',
      },
    },
    description:
      'Backups ask the agent of the leader whether it lives (Seamless BFD, UDP port 7784), once for all groups that it leads, and replace ' +
      'it when it stops answering: sooner than adverts tell. It must take less than three intervals of adverts. Not set: where adverts are ' +
      '100ms apart or more they ask when one is missing, and take the leader for dead after three intervals, at most 1.2s.',
  },
  askLeader: {
    type: 'boolean',
    description:
      'Whether backups ask the agent of the leader whether it lives. Default true. False: its adverts alone tell, whatever their interval; ' +
      'nothing is asked, and with fastDetection it is refused.',
  },
  virtualMac: {
    type: 'boolean',
    description:
      'Answer from the virtual router MAC 00:00:5e:00:01:VRID (IPv6: 02) instead of the MAC of the NIC. Default false.',
  },
  removeForeignAddresses: {
    type: 'boolean',
    description:
      'Nodes that do not lead remove addresses of the group which another program left on the NIC, such as keepalived or kube-vip when it ' +
      'was killed (/32 and /128 only). Not while such a program is to go on answering for them. Default false: they are told of.',
  },
  transport: {
    type: 'string',
    enum: ['multicast', 'unicast'],
    description: 'Where adverts go: to the VRRP multicast group, or to each member. Default multicast.',
  },
  checksum: {
    type: 'string',
    enum: ['pseudo-header', 'message'],
    description:
      'Which bytes the checksum of a version 3 IPv4 advert covers: as keepalived and FRR send it (pseudo-header, the default), ' +
      'or as RFC 9568 section 5.2.8 has it (message). Both are accepted.',
  },
  authentication: {
    type: 'object',
    required: ['keys', 'keyId', 'mode'],
    properties: {
      keys: {
        type: 'string',
        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
        maxLength: 63,
        description:
          'Which keys: the files KEYS.ID in the directory that the agents are given, or the entries of that name in the Secret that is mounted there.',
      },
      keyId: {
        type: 'integer',
        minimum: 1,
        maximum: 255,
        description: 'The ID of the key that signs. Adverts signed with any other of the keys are accepted as well.',
      },
      mode: {
        type: 'string',
        enum: authenticationModes,
        description:
          'receive-only signs nothing and says which signatures are wrong; permissive signs, and says which adverts are not signed as ' +
          'they should be; enforce refuses those. One after the other, so that no leader changes.',
      },
      timeWindow: {
        ...duration,
        maxLength: 32,
        description:
          "How far an advert's stamp may be from the clock of who hears it, 1s to 300s in whole seconds. Default: three intervals, at least 5s.",
      },
    },
    description:
      'Adverts are signed with a key that the members share (HMAC-SHA256, as keepalived 2.4.2 and later have it).',
  },
  checks: {
    type: 'array',
    maxItems: 8,
    'x-kubernetes-list-type': 'atomic',
    items: check,
    description: 'What each node must be able to do to lead. A check that fails moves the addresses before they break.',
  },
  notify: {
    type: 'array',
    maxItems: 8,
    'x-kubernetes-list-type': 'atomic',
    items: notifyHook,
    description: 'Programs that each node runs when its part in the group changes, one after the other.',
  },
} as const;
