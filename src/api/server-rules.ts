/**
 * What the API server itself checks beyond the schemas: rules in CEL (`x-kubernetes-validations`).
 *
 * Servers know them from 1.25 on, and are given them from 1.31 on: those know `isIP()`, and let an object that was wrong before the
 * rules came be changed elsewhere (validation ratcheting), so that its status can be written and its finalizers be taken off.
 *
 * Each says only what holds by the object alone; the rest is the webhook's and the controller's to say. Nothing here refuses
 * what `validate.ts` accepts, but for an address that a list has twice.
 *
 * A server refuses a CRD with a rule that might cost too much: 10 million units for one rule, 100 million for all, reckoned with the longest
 * texts and lists that the schema allows. `pool-rules` says what that means for the text of a pool.
 * `test/current-kubernetes` has a server of 1.36 judge all of them.
 * Source: kubernetes/apiserver pkg/cel/library/cost.go, google/cel-go checker/cost.go.
 */

import { poolRules } from './pool-rules.js';
import type { ServerRule } from './server-rule.js';

/** The rules of one kind, by the place they are at: steps through `properties` from the root of the object. */
export type ServerRules = Readonly<Record<string, readonly ServerRule[]>>;

const onNic: ServerRule = {
  rule: "self.protocol == 'bgp' || (has(self.interface) && self.interface != '') || self.addresses.size() > 0",
  message:
    'interface is missing: protocols layer2 and vip announce addresses on a NIC: name it (eth0), or write can_reach:IP',
};

const nic: ServerRule = {
  rule:
    "self == '' || self.matches('^(can_reach|subnet_of):[0-9A-Fa-f.:]+$') || " +
    "(!self.startsWith('can_reach') && !self.startsWith('subnet_of') && self.matches('^ *[^ /:,]{1,15} *(, *[^ /:,]{1,15} *){0,15}$'))",
  message:
    'it must be the name of a NIC (at most 15 characters, no blank, slash or colon), a list of such names, or can_reach:IP',
};

const unsignedVersion2: ServerRule = {
  rule: '!has(self.authentication) || !has(self.version) || self.version != 2',
  message: 'authentication is set, but adverts of VRRP version 2 are not signed: use version 3, or leave it out',
};

/** As `fastDetectionProblems` of vrrp-rules.ts, in whole milliseconds: what lies between them is for the controller to say. */
const fastDetection: readonly ServerRule[] = [
  {
    rule: '!has(self.fastDetection) || !has(self.askLeader) || self.askLeader',
    message: 'fastDetection asks the leader whether it lives, and askLeader is false: leave out one of them',
  },
  {
    rule:
      '!has(self.fastDetection) || duration(self.fastDetection.interval).getMilliseconds() * ' +
      '(has(self.fastDetection.multiplier) ? self.fastDetection.multiplier : 3) < ' +
      '3 * (has(self.advertisementInterval) ? duration(self.advertisementInterval).getMilliseconds() : 250)',
    message:
      'fastDetection takes as long as three intervals of adverts, which tell as much: take a shorter interval, or leave it out',
  },
];

const askedEvery: ServerRule = {
  rule: "duration(self) >= duration('10ms') && duration(self) <= duration('1s')",
  message: 'it must be 10ms to 1s',
};

export const eipRules: ServerRules = {
  'spec.address': poolRules,
  'spec.interface': [nic],
  'spec.vrrp': [
    {
      rule: '!has(self.version) || self.version != 2 || has(self.advertisementInterval)',
      message: 'advertisementInterval is missing: the default of 250ms is no interval of version 2: set 1s or more',
    },
    unsignedVersion2,
    ...fastDetection,
  ],
  'spec.vrrp.fastDetection.interval': [askedEvery],
};

export const vipGroupRules: ServerRules = {
  spec: [
    onNic,
    {
      rule: "self.protocol == 'bgp' || has(self.vrrp)",
      message: 'vrrp is missing: protocols layer2 and vip need vrrp.virtualRouterId',
    },
    {
      rule: '!has(oldSelf.eip) || (has(self.eip) && self.eip == oldSelf.eip)',
      message: 'eip cannot change: a group belongs to one Eip as long as it lives',
    },
    {
      rule: "self.protocol == 'bgp' || self.addresses.size() <= 255",
      message: 'it has more than 255 addresses, and one advert carries no more: use another VipGroup for the rest',
    },
    // Looked at with BGP as well, it would compare a million pairs.
    {
      rule: "self.protocol == 'bgp' || self.members.all(m, self.members.exists_one(n, n.priority == m.priority))",
      message: 'two members have the same priority: give each its own, so that backups do not take over together',
    },
  ],
  'spec.vrrp': [unsignedVersion2, ...fastDetection],
  'spec.vrrp.fastDetection.interval': [askedEvery],
  'spec.addresses': [
    {
      rule: 'self.all(a, isIP(a))',
      message: 'an entry is no IPv4 or IPv6 address; one has no prefix length and no zone',
    },
    {
      rule: "self.all(a, a.contains(':')) || self.all(a, !a.contains(':'))",
      message: 'a group has addresses of one family: put IPv4 and IPv6 into groups of their own',
    },
  ],
  'spec.interface': [nic],
};

const asNumber: ServerRule = {
  rule: 'self >= 1 && self <= 4294967295',
  message: 'an AS number is 1 to 4294967295',
};

const interval: ServerRule = {
  rule: "duration(self) >= duration('50ms') && duration(self) <= duration('60s')",
  message: 'it must be 50ms to 60s, usually 300ms',
};

/** @param least of what is not 0, which means the default */
const seconds = (least: 1 | 3): ServerRule => ({
  rule: `self == '' || (self.matches('^[0-9]{1,9}$') && int(self) <= 65535 && (int(self) == 0 || int(self) >= ${least}))`,
  message: `it is a number of seconds as text, "0" for the default, or "${least}" to "65535"`,
});

/** That `as` is there at all is for the controller to say: it is a reserved word of CEL, which not all servers take for a name. */
export const bgpConfRules: ServerRules = {
  'spec.as': [asNumber],
  'spec.routerId': [
    {
      rule: "self == '' || (self.matches('^([0-9]{1,3}[.]){3}[0-9]{1,3}$') && isIP(self) && self != '0.0.0.0')",
      message: 'it is 32 bits, written as an IPv4 address such as 192.0.2.1; not 0.0.0.0',
    },
  ],
  'spec.listenPort': [
    {
      rule: 'self >= -1 && self <= 65535',
      message: 'it must be 1 to 65535; 0 is the default of 179, with -1 nodes take no connections',
    },
  ],
  'spec.drainWait': [{ rule: "duration(self) <= duration('10m')", message: 'it must be 0s to 10m' }],
};

export const bgpPeerRules: ServerRules = {
  spec: [
    {
      rule: 'has(self.conf)',
      message: 'conf is missing: it has the address of the router, neighborAddress, and its AS number, peerAs',
    },
  ],
  'spec.conf': [
    {
      rule: "(has(self.neighborAddress) && self.neighborAddress != '') || (has(self.neighborInterface) && self.neighborInterface != '')",
      message:
        "neighborAddress is missing: give the router's address, default_gateway for the gateway of the nodes' default route, or neighborInterface",
    },
    {
      rule: '(has(self.peerAs) && self.peerAs != 0) != has(self.asType)',
      message:
        'the AS of the router is given once: by its number in peerAs, or by asType where any but ours (external), or ours (internal), will do',
    },
    {
      rule: "!has(self.passwordSecret) || !has(self.authPassword) || self.authPassword == ''",
      message: 'authPassword is set, and passwordSecret, too: leave out authPassword',
    },
  ],
  'spec.conf.neighborAddress': [
    {
      rule: "self.matches('^(|[0-9A-Fa-f:.]+|default_gateway(:IPv[46])?)$')",
      message: 'it must be the IP address of a router, default_gateway or default_gateway:IPv6; host names are none',
    },
  ],
  'spec.conf.peerAs': [{ rule: 'self >= 0 && self <= 4294967295', message: asNumber.message }],
  'spec.conf.localAs': [{ rule: 'self >= 0 && self <= 4294967295', message: asNumber.message }],
  'spec.conf.authPassword': [
    {
      rule: "size(self) <= 80 && !self.contains('\\n') && !self.contains('\\r')",
      message: 'a password of TCP-MD5 has 1 to 80 bytes and no line break',
    },
  ],
  'spec.ebgpMultihop.multihopTtl': [{ rule: 'self >= 0 && self <= 255', message: 'it must be 1 to 255' }],
  'spec.transport.remotePort': [{ rule: 'self >= 0 && self <= 65535', message: 'it must be 1 to 65535; 0 is 179' }],
  'spec.timers.config.holdTime': [seconds(3)],
  'spec.timers.config.connectRetry': [seconds(1)],
  'spec.bfd.receiveInterval': [interval],
  'spec.bfd.transmitInterval': [interval],
};

/** The schema of an object with the rules in their places. Fails when a rule names a place that is not there. */
export function withRules(schema: object, rules: ServerRules): object {
  return Object.entries(rules).reduce((whole, [path, own]) => placed(whole, path.split('.'), own), schema);
}

function placed(schema: object, [step, ...rest]: readonly string[], rules: readonly ServerRule[]): object {
  if (step === undefined) return { ...schema, 'x-kubernetes-validations': rules };
  const { properties } = schema as { readonly properties?: Readonly<Record<string, object>> };
  const inner = properties?.[step];
  if (inner === undefined) throw new Error(`a rule is at ${step}, which the schema does not have`);
  return { ...schema, properties: { ...properties, [step]: placed(inner, rest, rules) } };
}
