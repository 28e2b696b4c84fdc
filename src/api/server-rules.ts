/**
 * What the API server itself checks beyond the schemas: rules in CEL (`x-kubernetes-validations`).
 *
 * Servers know them from 1.25 on, and are given them from 1.30 on: those let an object that was wrong before the rules came
 * be changed elsewhere (validation ratcheting), so that its status can be written and its finalizers be taken off.
 *
 * Each says only what holds by the object alone; the rest is the webhook's and the controller's to say. Nothing here refuses
 * what `validate.ts` accepts. Costs are bounded by the schemas' maxItems and maxLength, else newer servers refuse the CRD.
 */

/** `rule` is CEL: `self` is the value, `oldSelf` what it was (only on updates of an existing value). */
export interface ServerRule {
  readonly rule: string;
  readonly message: string;
}

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

export const eipRules: ServerRules = {
  'spec.address': [
    {
      rule: "self.matches('^[0-9A-Fa-f.:/, -]+$')",
      message:
        'it must be an address, a CIDR block, a range a-b, or a comma-separated list of those; host names are none',
    },
  ],
  'spec.interface': [nic],
  'spec.vrrp': [
    {
      rule: '!has(self.version) || self.version != 2 || has(self.advertisementInterval)',
      message: 'advertisementInterval is missing: the default of 250ms is no interval of version 2: set 1s or more',
    },
    unsignedVersion2,
  ],
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
  ],
  'spec.vrrp': [unsignedVersion2],
  'spec.addresses': [
    {
      rule: "self.all(a, a.contains(':')) || self.all(a, !a.contains(':'))",
      message: 'a group has addresses of one family: put IPv4 and IPv6 into groups of their own',
    },
  ],
  'spec.interface': [nic],
  'spec.members': [
    {
      rule: 'self.all(m, self.exists_one(n, n.priority == m.priority))',
      message: 'two members have the same priority: give each its own, so that backups do not take over together',
    },
  ],
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
