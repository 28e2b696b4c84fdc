// Owns: Eips that are wrong, by who can tell.

interface Case {
  readonly claim: string;
  readonly spec?: unknown;
  readonly metadata?: object;
  readonly apiVersion?: string;
}

const vip = { protocol: 'vip', interface: 'eth0' };
const one = { address: '192.0.2.201', ...vip };

const signed = { keys: 'lan', keyId: 1, mode: 'enforce' };

/** What the schema says, whoever else is there. */
export const againstSchema: readonly Case[] = [
  { claim: 'no spec.address', spec: vip },
  { claim: 'an empty address', spec: { ...one, address: '' } },
  { claim: 'an address that is a number', spec: { ...one, address: 192 } },
  { claim: 'a list of addresses in place of a text', spec: { ...one, address: ['192.0.2.201'] } },
  { claim: 'a protocol that does not exist', spec: { ...one, protocol: 'ospf' } },
  { claim: 'a protocol in capitals', spec: { ...one, protocol: 'VIP' } },
  { claim: 'a priority that is no integer', spec: { ...one, priority: 1.5 } },
  { claim: 'a switch that is a text', spec: { ...one, disable: 'yes' } },
  { claim: 'namespaces that are one text', spec: { ...one, namespaces: 'web' } },
  { claim: 'a selector with a number', spec: { ...one, nodeSelector: { rack: 1 } } },
  { claim: 'VRRP version 4', spec: { ...one, vrrp: { version: 4 } } },
  { claim: 'an interval without a unit', spec: { ...one, vrrp: { advertisementInterval: '250' } } },
  { claim: 'a transport that does not exist', spec: { ...one, vrrp: { transport: 'broadcast' } } },
  {
    claim: 'signed adverts without the name of the keys',
    spec: { ...one, vrrp: { authentication: { keyId: 1, mode: 'enforce' } } },
  },
  { claim: 'key ID 256', spec: { ...one, vrrp: { authentication: { ...signed, keyId: 256 } } } },
  {
    claim: 'a mode of authentication that does not exist',
    spec: { ...one, vrrp: { authentication: { ...signed, mode: 'on' } } },
  },
  { claim: 'keys with a name in capitals', spec: { ...one, vrrp: { authentication: { ...signed, keys: 'LAN' } } } },
  { claim: 'no VipGroups at all', spec: { ...one, vrrp: { groups: 0 } } },
  { claim: 'too many VipGroups', spec: { ...one, vrrp: { groups: 65 } } },
  { claim: 'an interface as long as a sentence', spec: { ...one, interface: 'eth0'.repeat(64) } },
];

/** What the webhook refuses, and what the controller says of it where there is no webhook. */
export const againstRules: readonly Case[] = [
  ...Object.entries({
    'an octet of 256': '192.0.2.256',
    'a host name': 'lb.example.com',
    'a range that runs backwards': '192.0.2.209-192.0.2.203',
    'a range over two families': '192.0.2.201-2001:db8::1',
    'a range with three ends': '192.0.2.201-192.0.2.205-192.0.2.209',
    'a range with half an end': '192.0.2.201-205',
    'a prefix length of 33': '192.0.2.192/33',
    'a block without a prefix length': '192.0.2.192/',
    'a mask in place of a prefix length': '192.0.2.192/255.255.255.0',
    'an empty part of a list': '192.0.2.201,,192.0.2.203',
    'nothing but a blank': ' ',
    'a leading zero': '192.0.2.010',
    'an address with a zone': 'fe80::1%eth0',
    'a semicolon between addresses': '192.0.2.201;192.0.2.202',
    'a loopback address': '127.0.0.1',
    'the IPv6 loopback address': '::1',
    'a multicast group': '224.0.0.18',
    'an IPv6 multicast group': 'ff02::12',
    'a link-local block': '169.254.0.0/24',
    'an IPv6 link-local address': 'fe80::1',
    'the unspecified address': '0.0.0.0',
    'every address there is': '0.0.0.0/0',
    'an address of another Eip': '192.0.2.12',
    'a block around another Eip': '192.0.2.0/26',
  }).map(([claim, address]) => ({ claim, spec: { ...one, address } })),
  { claim: 'a blank in a list of interfaces', spec: { ...one, interface: 'eth0,eth 1' } },
  { claim: 'the subnet of a name', spec: { ...one, protocol: 'layer2', interface: 'subnet_of:gateway' } },
  { claim: 'an interface of 16 characters', spec: { ...one, interface: 'enp0s31f6-uplink' } },
  { claim: 'an alias for an interface', spec: { ...one, interface: 'eth0:1' } },
  { claim: 'can_reach without an address', spec: { ...one, interface: 'can_reach:' } },
  { claim: 'can_reach with a name', spec: { ...one, interface: 'can_reach:gateway' } },
  { claim: 'an interval below 10ms', spec: { ...one, vrrp: { advertisementInterval: '5ms' } } },
  { claim: 'an interval between the steps', spec: { ...one, vrrp: { advertisementInterval: '255ms' } } },
  { claim: 'an interval above 40.95s', spec: { ...one, vrrp: { advertisementInterval: '41s' } } },
  { claim: 'version 2 with the default interval', spec: { ...one, vrrp: { version: 2 } } },
  { claim: 'version 2 with half seconds', spec: { ...one, vrrp: { version: 2, advertisementInterval: '1500ms' } } },
  {
    claim: 'signed adverts of version 2',
    spec: { ...one, vrrp: { version: 2, advertisementInterval: '1s', authentication: signed } },
  },
  {
    claim: 'a time window of more than five minutes',
    spec: { ...one, vrrp: { authentication: { ...signed, timeWindow: '301s' } } },
  },
  { claim: 'a preemptDelay of more than a day', spec: { ...one, vrrp: { preemptDelay: '25h' } } },
  { claim: 'two faults at once', spec: { ...one, address: 'x', interface: 'a/b' } },
  { claim: 'a wrong address in an object of v1alpha1', spec: { ...one, address: 'x' }, apiVersion: 'v1alpha1' },
  { claim: 'a name too long for its VipGroups', spec: one, metadata: { name: 'n'.repeat(241) } },
];

/** What only the webhook refuses: a change that would hurt. `base` is what is there before. */
export const changes: readonly {
  readonly claim: string;
  readonly eip: string;
  readonly patch?: object;
}[] = [
  { claim: 'shrinking below addresses in use', eip: 'lan', patch: { spec: { address: '192.0.2.20' } } },
  { claim: 'moving to another network while in use', eip: 'lan', patch: { spec: { address: '198.51.100.64/28' } } },
  { claim: 'growing into another Eip', eip: 'lan', patch: { spec: { address: '192.0.2.10-192.0.2.40' } } },
  { claim: 'an address that is none', eip: 'lan', patch: { spec: { address: '192.0.2.10-192.0.2.300' } } },
  { claim: 'an interface that cannot be', eip: 'lan', patch: { spec: { interface: 'a/b' } } },
  {
    claim: 'going to vip on an interface that cannot be',
    eip: 'routed',
    patch: { spec: { protocol: 'vip', interface: 'a/b' } },
  },
  {
    claim: 'a second default Eip',
    eip: 'routed',
    patch: { metadata: { annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' } } },
  },
  { claim: 'an interval that cannot be', eip: 'lan', patch: { spec: { vrrp: { advertisementInterval: '1ms' } } } },
  { claim: 'deleting an Eip in use', eip: 'lan' },
  { claim: 'deleting an Eip in use by one Service', eip: 'full' },
];
