/**
 * The `vrrp` block shared by `Eip.spec` and `VipGroup.spec`: how the agents of a group elect their leader.
 * Durations are strings such as `250ms`, `1s`, `1m30s`.
 */
export const duration = {
  type: 'string',
  pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
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
} as const;
