/** Objects that an API server must accept or refuse by the rules of `src/api/server-rules.ts`, on creation unless it says otherwise. */

const authentication = { keys: 'lan', keyId: 1, mode: 'permissive' };
const member = (node: string, priority: number) => ({ node, priority });
/** A VipGroup's spec as the controller writes it. */
export const group = {
  eip: 'lan',
  protocol: 'vip',
  interface: 'eth0',
  addresses: ['192.0.2.1', '192.0.2.2'],
  vrrp: { virtualRouterId: 1 },
  members: [member('a', 254), member('b', 234)],
};

/** Specs of Eips that are accepted. */
export const acceptedEips: readonly object[] = [
  { address: '192.0.2.0/24' },
  { address: '192.0.2.1, 2001:DB8::/64,192.0.2.7-192.0.2.9', protocol: 'bgp', interface: '' },
  { address: '192.0.2.1', protocol: 'layer2', interface: 'can_reach:2001:db8::1' },
  { address: '192.0.2.1', protocol: 'vip' },
  { address: '192.0.2.1', protocol: 'layer2', interface: 'eth0, eno*,enp0s31f6.4094' },
  { address: '192.0.2.1', protocol: 'vip', interface: 'subnet_of:192.0.2.1' },
  { address: '10.0.0.1-10.0.0.1' },
  { address: ' 10.0.0.9 - 10.0.1.0 ' },
  { address: '9.255.255.255-10.0.0.0' },
  { address: '10.0.0.9-10.0.0.10, 10.0.0.1 - 10.0.0.1,192.0.2.0/24' },
  { address: '2001:db8::-2001:db8::1,2001:db8:1::9-2001:DB8:1::A,2001:db8:2::ffff-2001:db8:2::1:0' },
  { address: '2001:db8:0:0:0:0:0:2-2001:db8::3,1:2:3:4:5:6:7::-1:2:3:4:5:6:7:8, 1::-1::' },
  {
    address: Array.from(
      { length: 1000 },
      (_, at) => `2001:db8:${at.toString(16)}::1-2001:db8:${at.toString(16)}::9`,
    ).join(),
  },
  { address: '2001:db8::1-2001:db8::ff, 64:ff9b::192.0.2.1-64:ff9b::192.0.2.9, 192.0.2.0/24' },
  { address: '0:0:0:0:0:0:0:2-::3' },
  { address: Array.from({ length: 500 }, (_, at) => `10.${at >> 8}.${at & 255}.1`).join(', ') },
  { address: '192.0.2.1', protocol: 'vip', interface: 'enp0s31f6.4094', vrrp: {} },
  { address: '192.0.2.1', protocol: 'vip', interface: 'eth0', vrrp: { version: 2, advertisementInterval: '1s' } },
  { address: '192.0.2.1', protocol: 'vip', interface: 'eth0', vrrp: { version: 3, authentication } },
  { address: '192.0.2.1', vrrp: { fastDetection: { interval: '10ms' } } },
  { address: '192.0.2.1', vrrp: { advertisementInterval: '1s', fastDetection: { interval: '140ms', multiplier: 20 } } },
  { address: '192.0.2.1', vrrp: { askLeader: true, fastDetection: { interval: '0.1s' } } },
  { address: '192.0.2.1', vrrp: { askLeader: false } },
];

/** Specs of Eips that are refused, as by the controller, and what the message says. */
export const refusedEips: readonly (readonly [spec: object, message: RegExp])[] = [
  [{ address: '192.0.2.1', interface: 'eth0,eth 1' }, /name of a NIC/],
  [{ address: '192.0.2.1', interface: 'subnet_of' }, /name of a NIC/],
  [{ address: 'lb.example.com' }, /host names are none/],
  [{ address: '10.0.0.9-10.0.0.1' }, /runs backwards/],
  [{ address: ' 10.0.1.0 - 10.0.0.255' }, /runs backwards/],
  [{ address: '10.0.0.1-10.0.0.5,10.0.0.9-10.0.0.1' }, /runs backwards/],
  [{ address: '10.0.0.1-10.0.0.5, 2001:db8::1, 10.0.1.10 - 10.0.1.9 ,10.0.2.1' }, /runs backwards/],
  [{ address: '2001:db8::2-2001:db8::1' }, /runs backwards/],
  [{ address: '2001:db8::1,2001:db8:0:0::B-2001:DB8::a' }, /runs backwards/],
  [{ address: '2001:db8::1:0-2001:db8::ffff' }, /runs backwards/],
  [{ address: '2001:db8:1::-2001:db8::1' }, /runs backwards/],
  [{ address: '64:ff9b::192.0.2.1,10.0.1.0-10.0.0.1' }, /runs backwards/],
  [
    { address: `${Array.from({ length: 250 }, (_, at) => `10.0.${at}.1-10.0.${at}.9`).join()},10.1.0.9-10.1.0.1` },
    /runs backwards/,
  ],
  [{ address: '10.0.0.256' }, /no IP address and no CIDR block/],
  [{ address: '10.0.0.1, 10.0.0.1-10.0.0.300' }, /no IP address and no CIDR block/],
  [{ address: '10.0.0.0/33' }, /no IP address and no CIDR block/],
  [{ address: '010.0.0.1' }, /no IP address and no CIDR block/],
  [{ address: 'fe80::1%eth0' }, /host names are none/],
  [{ address: '::ffff:192.0.2.1' }, /no IP address and no CIDR block/],
  [{ address: '127.0.0.1' }, /no Service can be reached/],
  [{ address: '10.0.0.1, 224.0.0.5-224.0.0.9' }, /no Service can be reached/],
  [{ address: '126.0.0.1-127.0.0.1' }, /no Service can be reached/],
  [{ address: '239.255.255.250' }, /no Service can be reached/],
  [{ address: '0.0.0.0/0' }, /no Service can be reached/],
  [{ address: '255.255.255.255' }, /no Service can be reached/],
  [{ address: '169.254.1.0/24' }, /no Service can be reached/],
  [{ address: '2001:db8::1,::1' }, /no Service can be reached/],
  [{ address: '::-::9' }, /no Service can be reached/],
  [{ address: 'FE80::1-fe80::9' }, /no Service can be reached/],
  [{ address: 'ff02::1' }, /no Service can be reached/],
  [{ address: '::ffff:c000:201' }, /no Service can be reached/],
  [{ address: '192.0.2.1,,192.0.2.3' }, /no IP address and no CIDR block/],
  [{ address: '192.0.2.1,' }, /no IP address and no CIDR block/],
  [{ address: ' ' }, /no IP address and no CIDR block/],
  [{ address: '192.0.2.201-205' }, /no IP address and no CIDR block/],
  [{ address: '10.0.0.1-10.0.0.2-10.0.0.3' }, /a range has two ends/],
  [{ address: '10.0.0.0/24-10.0.1.0/24' }, /a range has two ends/],
  [{ address: '10.0.0.1-fd00::1' }, /mixes IPv4 and IPv6/],
  [{ address: '192.0.2.1, fd00::1 - 10.0.0.1' }, /mixes IPv4 and IPv6/],
  [{ address: '192.0.2.1', interface: 'a-name-of-sixteen' }, /name of a NIC/],
  [{ address: '192.0.2.1', interface: 'eth0:1' }, /name of a NIC/],
  [{ address: '192.0.2.1', interface: 'can_reach:gateway' }, /name of a NIC/],
  [{ address: '192.0.2.1', interface: 'can_reach' }, /name of a NIC/],
  [{ address: '192.0.2.1', vrrp: { version: 2 } }, /advertisementInterval is missing/],
  [{ address: '192.0.2.1', vrrp: { fastDetection: { interval: '9ms' } } }, /10ms to 1s/],
  [{ address: '192.0.2.1', vrrp: { advertisementInterval: '10s', fastDetection: { interval: '2s' } } }, /10ms to 1s/],
  [{ address: '192.0.2.1', vrrp: { fastDetection: { interval: '250ms' } } }, /as long as three intervals/],
  [
    { address: '192.0.2.1', vrrp: { advertisementInterval: '1s', fastDetection: { interval: '1s', multiplier: 4 } } },
    /as long as three intervals/,
  ],
  [{ address: '192.0.2.1', vrrp: { askLeader: false, fastDetection: { interval: '10ms' } } }, /askLeader is false/],
  [{ address: '192.0.2.1', vrrp: { version: 2, advertisementInterval: '1s', authentication } }, /are not signed/],
];

/** Pools that are refused because they have an address twice, which the controller accepts. */
export const repeatingPools: readonly string[] = [
  '192.0.2.1,192.0.2.1',
  '192.0.2.1, 192.0.2.3,192.0.2.1 ',
  'fd00::1,10.0.0.1,fd00::2,10.0.0.1',
  '10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6, 10.0.0.5',
  '2001:db8::A, 10.0.0.0/24, 2001:db8::a',
  `${Array.from({ length: 127 }, (_, at) => `10.0.0.${at}`).join()},10.0.0.126`,
];

/** Specs of VipGroups that are accepted. */
export const acceptedGroups: readonly (readonly [claim: string, spec: object])[] = [
  ['as the controller writes it', group],
  [
    'of as many addresses and members as it can have',
    {
      ...group,
      addresses: Array.from(
        { length: 255 },
        (_, at) => `fd00:1111:2222:3333:4444:5555:6666:${(0x7700 + at).toString(16)}`,
      ),
      members: Array.from({ length: 255 }, (_, at) => member(`node-${at}`, 255 - at)),
    },
  ],
  ['of BGP', { protocol: 'bgp', addresses: ['2001:db8::1'], members: [] }],
  [
    'of BGP, of as many addresses and members as it can have, all of one priority',
    {
      protocol: 'bgp',
      addresses: Array.from(
        { length: 4_000 },
        (_, at) => `fd00:1111:2222:3333:4444:5555:6666:${(0x1000 + at).toString(16)}`,
      ),
      members: Array.from({ length: 1_000 }, (_, at) => member(`node-${at}`, 100)),
    },
  ],
];

/** What is wrong with a VipGroup that is refused, as by an agent; the change that makes `group` so; what the message says. */
export const refusedGroups: readonly (readonly [claim: string, change: object, message: RegExp])[] = [
  ['of both families', { addresses: ['192.0.2.1', '2001:db8::1'] }, /one family/],
  [
    'without a NIC, and without an address that it could be near',
    { interface: undefined, addresses: [] },
    /interface is missing/,
  ],
  [
    'of more addresses than an advert carries',
    { addresses: Array.from({ length: 256 }, (_, at) => `10.0.${at >> 8}.${at & 255}`) },
    /more than 255 addresses/,
  ],
  ['with an address that is none', { addresses: ['192.0.2.256'] }, /no IPv4 or IPv6 address/],
  ['with a block for an address', { addresses: ['192.0.2.0/24'] }, /no IPv4 or IPv6 address/],
  ['without a virtual router ID', { vrrp: undefined }, /vrrp is missing/],
  ['with signed adverts of version 2', { vrrp: { virtualRouterId: 1, version: 2, authentication } }, /are not signed/],
  ['with one priority twice', { members: [member('a', 254), member('b', 254)] }, /same priority/],
];

/** Specs of BgpConfs that are accepted; the first is that of OpenELB's documentation. */
export const acceptedConfs: readonly object[] = [
  { as: 50000, listenPort: 17900, routerId: '192.168.0.2' },
  { asPerRack: { leaf1: 50001, leaf2: 4200000001 }, listenPort: -1, routerId: '' },
  {
    as: 64512,
    drainWait: '0s',
    gracefulRestart: { enabled: true, restartTime: 120 },
    communityAliases: { web: '64512:100' },
  },
];

export const refusedConfs: readonly (readonly [spec: object, message: RegExp])[] = [
  [{ as: 0 }, /AS number/],
  [{ as: 4294967296 }, /AS number/],
  [{ as: 64512, routerId: '192.0.2.256' }, /32 bits/],
  [{ as: 64512, routerId: '0.0.0.0' }, /32 bits/],
  [{ as: 64512, routerId: '2001:db8::1' }, /32 bits/],
  [{ as: 64512, listenPort: 65536 }, /65535/],
  [{ as: 64512, drainWait: '11m' }, /10m/],
];

const router = { neighborAddress: '192.168.0.5', peerAs: 50001 };

/** Specs of BgpPeers that are accepted; the first is that of OpenELB's documentation. */
export const acceptedPeers: readonly object[] = [
  { conf: router },
  {
    conf: { ...router, authPassword: '', localAs: 0, peerGroup: '', peerType: 0, removePrivateAs: '' },
    ebgpMultihop: { enabled: true, multihopTtl: 2 },
    timers: {
      config: { connectRetry: '10', holdTime: '90', keepaliveInterval: '30', minimumAdvertisementInterval: '' },
    },
    transport: { passiveMode: false, remotePort: 17900 },
    gracefulRestart: { enabled: true },
    afiSafis: [
      {
        config: { family: { afi: 'AFI_IP', safi: 'SAFI_UNICAST' }, enabled: true },
        addPaths: { config: { sendMax: 10 } },
      },
    ],
    nodeSelector: { matchLabels: { 'openelb.kubesphere.io/rack': 'leaf1' } },
  },
  { conf: router, bfd: {}, ebgpMultihop: { enabled: true, multihopTtl: 3 }, ttlSecurity: true },
  { conf: { neighborAddress: 'default_gateway:IPv6', asType: 'external', passwordSecret: { name: 'tor' } } },
  { conf: { neighborInterface: 'eth1', asType: 'external' }, bfd: { receiveInterval: '50ms', transmitInterval: '1m' } },
  {
    conf: { neighborAddress: 'fe80::1', neighborInterface: 'eth1', peerAs: 64513, authPassword: 'clear' },
    ttlSecurity: true,
  },
  {
    conf: { neighborAddress: '2001:db8::1', peerAs: 4200000000 },
    sourceAddress: '2001:db8::/64',
    communities: ['64512:100', '64512:1:2', 'rt:64512:100', 'no-export', 'web'],
    advertise: [
      {
        eips: ['wan'],
        eipSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold'] }] },
        aggregationLength: 24,
        aggregationLengthV6: 64,
        localPref: 200,
        med: 0,
        prepend: 2,
        communities: ['blackhole'],
      },
    ],
  },
];

export const refusedPeers: readonly (readonly [spec: object, message: RegExp])[] = [
  [{}, /neighborAddress/],
  [{ conf: { peerAs: 50001 } }, /neighborAddress is missing/],
  [{ conf: { neighborAddress: '192.168.0.5' } }, /given once/],
  [{ conf: { ...router, asType: 'internal' } }, /given once/],
  [{ conf: { ...router, neighborAddress: 'router.example' } }, /host names are none/],
  [{ conf: { ...router, peerAs: 4294967296 } }, /AS number/],
  [{ conf: { ...router, localAs: -1 } }, /AS number/],
  [{ conf: { ...router, authPassword: 'secret\n' } }, /line break/],
  [{ conf: { ...router, authPassword: 'x'.repeat(81) } }, /80 bytes/],
  [{ conf: { ...router, authPassword: 'x', passwordSecret: { name: 'tor' } } }, /leave out authPassword/],
  [{ conf: router, bfd: { receiveInterval: '10ms' } }, /50ms to 60s/],
  [{ conf: router, ebgpMultihop: { multihopTtl: 256 } }, /1 to 255/],
  [{ conf: router, transport: { remotePort: 70000 } }, /1 to 65535/],
  [{ conf: router, timers: { config: { holdTime: '2' } } }, /number of seconds as text/],
  [{ conf: router, timers: { config: { connectRetry: '30s' } } }, /number of seconds as text/],
];
