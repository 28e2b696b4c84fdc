import { authenticationModes } from '../core/vrrp/authentication.js';

/**
 * The `vrrp` block shared by `Eip.spec` and `VipGroup.spec`: how the agents of a group elect their leader.
 * Durations are strings such as `250ms`, `1s`, `1m30s`.
 */
export const duration = {
  type: 'string',
  pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
} as const;

/** One condition under which a node may lead. Exactly one of `tcp`, `http`, `command` and `kubeProxy` says what is asked. */
const check = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 63, description: 'What messages call the check; once in a list.' },
    tcp: { type: 'string', maxLength: 262, description: 'host:port or [IPv6]:port that must accept a connection.' },
    http: { type: 'string', maxLength: 2048, description: 'URL whose answer to GET must have a status of 200 to 399.' },
    command: {
      type: 'string',
      maxLength: 255,
      description: "Name of a program in the directory that the agent's flag --checks-dir gives; it must exit with 0.",
    },
    args: {
      type: 'array',
      maxItems: 32,
      items: { type: 'string', maxLength: 1024 },
      'x-kubernetes-list-type': 'atomic',
      description: 'Arguments of the command.',
    },
    kubeProxy: {
      type: 'boolean',
      description: 'That kube-proxy of the node is healthy: http://127.0.0.1:10256/healthz.',
    },
    interval: { ...duration, maxLength: 32, description: 'Time between two tries, 100ms to 1h. Default 1s.' },
    timeout: { ...duration, maxLength: 32, description: 'How long a try may take, 10ms to 1m. Default 1s.' },
    rise: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description: 'Successes in a row until it passes again. Default 2.',
    },
    fall: { type: 'integer', minimum: 1, maximum: 100, description: 'Failures in a row until it fails. Default 3.' },
    weight: {
      type: 'integer',
      minimum: 1,
      maximum: 253,
      description: "What a failed check takes off the node's priority. Without it the node leaves the election.",
    },
  },
} as const;

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
  virtualMac: {
    type: 'boolean',
    description:
      'Answer from the virtual router MAC 00:00:5e:00:01:VRID (IPv6: 02) instead of the MAC of the NIC. Default false.',
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
} as const;
