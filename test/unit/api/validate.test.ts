import assert from 'node:assert/strict';
import type { Eip } from '../../../src/api/eip.js';
import { problemsText } from '../../../src/api/problem.js';
import { validateEip, validateVipGroup } from '../../../src/api/validate.js';
import type { VipGroup } from '../../../src/api/vip-group.js';

describe('a valid Eip', () => {
  for (const [claim, spec] of [
    ["may be OpenELB's smallest: an address, protocol bgp by default", { address: '192.0.2.0/24' }],
    [
      'may have every OpenELB field',
      {
        address: '192.0.2.10-192.0.2.20',
        protocol: 'layer2',
        interface: 'can_reach:192.0.2.1',
        disable: true,
        usingKnownIPs: true,
        priority: 3,
        namespaces: ['a'],
        namespaceSelector: { team: 'x' },
      },
    ],
    ['may list addresses of both families', { address: '192.0.2.1, 2001:db8::/64, 192.0.2.7-192.0.2.9' }],
    [
      'may tune VRRP',
      {
        address: '192.0.2.1',
        protocol: 'vip',
        interface: 'eth0',
        vrrp: { advertisementInterval: '10ms', preempt: true, preemptDelay: '1m', groups: 4 },
      },
    ],
    [
      'may use VRRP version 2 with whole seconds',
      { address: '192.0.2.1', protocol: 'vip', interface: 'eth0', vrrp: { version: 2, advertisementInterval: '2s' } },
    ],
    [
      'may have its adverts signed',
      {
        address: '192.0.2.1',
        protocol: 'vip',
        interface: 'eth0',
        vrrp: { authentication: { keys: 'lan', keyId: 1, mode: 'receive-only', timeWindow: '300s' } },
      },
    ],
    ['may have fields of a newer version', { address: '192.0.2.1', protocol: 'bgp', newer: 1 }],
  ] as const) {
    it(claim, () => assert.equal(textOf(validateEip({ metadata: { name: 'pool' }, spec })), ''));
  }
});

describe('an Eip is refused with path and remedy', () => {
  for (const [claim, spec, text] of [
    ['no address', {}, /^spec\.address: is missing/],
    ['an empty address', { address: '' }, /^spec\.address: is empty/],
    ['a bad address', { address: '192.0.2.256' }, /^spec\.address: "192\.0\.2\.256" is not an IP address/],
    [
      'a backwards range',
      { address: '192.0.2.9-192.0.2.3' },
      /^spec\.address: range 192\.0\.2\.9-192\.0\.2\.3 runs backwards: write it as 192\.0\.2\.3-192\.0\.2\.9$/,
    ],
    [
      'a multicast block',
      { address: '192.0.2.1,224.0.0.0/30' },
      /^spec\.address: holds 224\.0\.0\.0\/30, which is multicast/,
    ],
    [
      'a selector of nodes with an operator that does not exist',
      { address: '192.0.2.1', nodeSelectors: [{}, { matchExpressions: [{ key: 'zone', operator: 'Equals' }] }] },
      /^spec\.nodeSelectors\[1\]\.matchExpressions\[0\]\.operator: is "Equals": it must be one of In, NotIn, Exists/,
    ],
    [
      'more selectors of nodes than anybody reads',
      { address: '192.0.2.1', nodeSelectors: Array.from({ length: 65 }, () => ({})) },
      /^spec\.nodeSelectors: has 65 entries: at most 64 are possible$/,
    ],
    [
      'the virtual MAC in layer2 mode',
      { address: '192.0.2.1', protocol: 'layer2', interface: 'eth0', vrrp: { virtualMac: true } },
      /^spec\.vrrp\.virtualMac: is true, but protocol layer2 .*: use protocol vip, or leave it out$/,
    ],
    ...(
      [
        ['a signature without an ID of the key', { keys: 'lan', mode: 'enforce' }, /authentication\.keyId: is missing/],
        ['a signature without a mode', { keys: 'lan', keyId: 1 }, /authentication\.mode: is missing/],
        ['key ID 0', { keys: 'lan', keyId: 0, mode: 'enforce' }, /authentication\.keyId: is 0: it must be at least 1$/],
        [
          'key ID 256',
          { keys: 'lan', keyId: 256, mode: 'enforce' },
          /authentication\.keyId: is 256: it must be at most 255$/,
        ],
        [
          'a mode that does not exist',
          { keys: 'lan', keyId: 1, mode: 'strict' },
          /authentication\.mode: is "strict": it must be one of receive-only, permissive, enforce$/,
        ],
        [
          'a time window of parts of a second',
          { keys: 'lan', keyId: 1, mode: 'enforce', timeWindow: '1500ms' },
          /authentication\.timeWindow: is "1500ms": it must be a whole number of seconds from 1s to 300s$/,
        ],
        [
          'a time window of an hour',
          { keys: 'lan', keyId: 1, mode: 'enforce', timeWindow: '1h' },
          /authentication\.timeWindow: is "1h"/,
        ],
        [
          'a key in place of its name, without repeating it',
          { keys: 'hex:5ec2e7', keyId: 1, mode: 'enforce' },
          /^(?!.*5ec2e7)spec\.vrrp\.authentication\.keys: is no name: .* belongs into the Secret$/,
        ],
        [
          'signed adverts of version 2',
          { keys: 'lan', keyId: 1, mode: 'enforce' },
          /authentication: is set, but adverts of VRRP version 2 are not signed: use version 3, or leave it out$/,
          { version: 2, advertisementInterval: '1s' },
        ],
      ] as const
    ).map(
      ([claim, authentication, text, vrrp]) =>
        [
          claim,
          { address: '192.0.2.1', protocol: 'vip', interface: 'eth0', vrrp: { ...vrrp, authentication } },
          text,
        ] as const,
    ),
    ['the whole Internet', { address: '0.0.0.0/0' }, /^spec\.address: holds 0\.0\.0\.0\/8/],
    [
      'an unknown protocol',
      { address: '192.0.2.1', protocol: 'ospf' },
      /^spec\.protocol: is "ospf": it must be one of bgp, layer2, vip$/,
    ],
    [
      'a list of interfaces with one that cannot be',
      { address: '192.0.2.1', protocol: 'vip', interface: 'eth0, eth 1' },
      /^spec\.interface: "eth 1" is no NIC name .* a list of up to 16/,
    ],
    [
      'more interfaces than a list may have',
      { address: '192.0.2.1', protocol: 'vip', interface: Array.from({ length: 17 }, (_, at) => `e${at}`).join() },
      /^spec\.interface: "e0,.*" is no NIC name/,
    ],
    [
      'subnet_of without an address',
      { address: '192.0.2.1', protocol: 'vip', interface: 'subnet_of' },
      /^spec\.interface: "subnet_of" names no address: write subnet_of:IP/,
    ],
    [
      'an interface that cannot be',
      { address: '192.0.2.1', protocol: 'vip', interface: 'a-name-of-sixteen' },
      /^spec\.interface: "a-name-of-sixteen" is no NIC name/,
    ],
    [
      'can_reach without an address',
      { address: '192.0.2.1', protocol: 'vip', interface: 'can_reach:gw' },
      /^spec\.interface: "can_reach:gw" names no address: write can_reach:IP/,
    ],
    [
      'an interval out of range',
      { address: '192.0.2.1', vrrp: { advertisementInterval: '41s' } },
      /^spec\.vrrp\.advertisementInterval: is "41s": it must be 10ms to 40\.95s/,
    ],
    [
      'an interval between the steps',
      { address: '192.0.2.1', vrrp: { advertisementInterval: '15ms' } },
      /steps of 10ms/,
    ],
    [
      'an interval that is none',
      { address: '192.0.2.1', vrrp: { advertisementInterval: 'soon' } },
      /^spec\.vrrp\.advertisementInterval: is "soon": it must be a duration such as 250ms/,
    ],
    [
      'half a second in version 2',
      { address: '192.0.2.1', vrrp: { version: 2, advertisementInterval: '500ms' } },
      /whole number of seconds/,
    ],
    [
      'the default interval in version 2',
      { address: '192.0.2.1', vrrp: { version: 2 } },
      /advertisementInterval: is missing/,
    ],
    [
      'fast detection that asks too often',
      { address: '192.0.2.1', vrrp: { fastDetection: { interval: '1ms' } } },
      /^spec\.vrrp\.fastDetection\.interval: is "1ms": it must be 10ms to 1s$/,
    ],
    [
      'fast detection that takes as long as adverts do',
      { address: '192.0.2.1', vrrp: { advertisementInterval: '100ms', fastDetection: { interval: '100ms' } } },
      /^spec\.vrrp\.fastDetection: takes 300 ms, .*: take a shorter interval, or leave it out$/,
    ],
    [
      'fast detection that may not ask',
      { address: '192.0.2.1', vrrp: { askLeader: false, fastDetection: { interval: '10ms' } } },
      /^spec\.vrrp\.fastDetection: asks the leader .*, and askLeader is false: leave out one of them$/,
    ],
    [
      'fast detection by a single question',
      { address: '192.0.2.1', vrrp: { fastDetection: { interval: '10ms', multiplier: 1 } } },
      /^spec\.vrrp\.fastDetection\.multiplier: is 1/,
    ],
    ['a number for a text', { address: 5 }, /^spec\.address: is 5: it must be of type string/],
    [
      'two faults at once',
      { address: 'x', protocol: 'vip', interface: 'a/b' },
      /^spec\.address: .*; spec\.interface: /,
    ],
  ] as const) {
    it(claim, () => assert.match(textOf(validateEip({ metadata: { name: 'pool' }, spec })), text));
  }

  it('a name too long for its VipGroups', () => {
    assert.match(
      textOf(validateEip({ metadata: { name: 'x'.repeat(241) }, spec: { address: '192.0.2.1' } })),
      /^metadata\.name: has 241/,
    );
  });

  it('something that is no object', () => {
    for (const value of [undefined, null, 'Eip', 3, []]) assert.equal(validateEip(value).ok, false);
  });
});

const group = {
  apiVersion: 'network.kubesphere.io/v1alpha2',
  kind: 'VipGroup',
  metadata: { name: 'pool-0' },
  spec: {
    protocol: 'vip',
    interface: 'eth0',
    addresses: ['192.0.2.10', '192.0.2.11'],
    vrrp: { virtualRouterId: 51 },
    members: [
      { node: 'a', address: '192.0.2.1', priority: 254 },
      { node: 'b', priority: 234 },
    ],
  },
};

describe('a valid VipGroup', () => {
  it('is taken as it is', () =>
    assert.deepEqual(validateVipGroup(group, { strict: true }), { ok: true, value: group }));

  it('may be empty of addresses and members', () => {
    assert.equal(textOf(validateVipGroup({ ...group, spec: { ...group.spec, addresses: [], members: [] } })), '');
  });

  it('may carry any status, which does not come along', () => {
    for (const status of [{ holder: 5 }, { notHeld: 1.5 }, null, 'x'])
      assert.deepEqual(validateVipGroup({ ...group, status }), { ok: true, value: group });
  });
});

describe('a VipGroup is refused with path and remedy', () => {
  const { spec } = group;
  for (const [claim, change, text] of [
    ['a VRID of 0', { vrrp: { virtualRouterId: 0 } }, /^spec\.vrrp\.virtualRouterId: is 0: it must be at least 1$/],
    [
      'a VRID of 256',
      { vrrp: { virtualRouterId: 256 } },
      /^spec\.vrrp\.virtualRouterId: is 256: it must be at most 255$/,
    ],
    ['no VRID', { vrrp: {} }, /^spec\.vrrp\.virtualRouterId: is missing/],
    ['no vrrp', { vrrp: undefined }, /^spec\.vrrp: is missing: protocol vip needs spec\.vrrp\.virtualRouterId$/],
    [
      'no interface, and no address that it could be near',
      { interface: undefined, addresses: [] },
      /^spec\.interface: is missing/,
    ],
    [
      'unicast to a member without an address, where no controller fills it in',
      {
        eip: undefined,
        vrrp: { virtualRouterId: 1, transport: 'unicast' },
        members: [
          { node: 'a', priority: 254, address: '192.0.2.1' },
          { node: 'b', priority: 234 },
        ],
      },
      /^spec\.members\[1\]\.address: is missing: by unicast the others reach the member there: give its address on the group's NIC/,
    ],
    [
      'an address with a prefix length',
      { addresses: ['192.0.2.10/24'] },
      /^spec\.addresses\[0\]: is "192\.0\.2\.10\/24": it must be an IPv4 or IPv6 address without a prefix length$/,
    ],
    [
      'two families',
      { addresses: ['192.0.2.10', '2001:db8::1'] },
      /^spec\.addresses\[1\]: is "2001:db8::1": a group has addresses of one family/,
    ],
    [
      'an address twice',
      { addresses: ['2001:db8::1', '2001:db8:0::1'], members: [] },
      /^spec\.addresses\[1\]: .*the same as spec\.addresses\[0\]/,
    ],
    ['a multicast address', { addresses: ['224.0.0.18'] }, /^spec\.addresses\[0\]: .*multicast/],
    [
      '256 addresses',
      { addresses: Array.from({ length: 256 }, (_, i) => `10.0.${i >> 8}.${i & 255}`) },
      /^spec\.addresses: has 256 entries: one advert carries 255 IPv4/,
    ],
    [
      '91 IPv6 addresses',
      { addresses: Array.from({ length: 91 }, (_, i) => `2001:db8::${i.toString(16)}`), members: [] },
      /^spec\.addresses: has 91 entries: one advert carries 90 IPv6/,
    ],
    [
      'a priority of 0',
      { members: [{ node: 'a', priority: 0 }] },
      /^spec\.members\[0\]\.priority: is 0: it must be at least 1$/,
    ],
    [
      'equal priorities',
      {
        members: [
          { node: 'a', priority: 9 },
          { node: 'b', priority: 9 },
        ],
      },
      /^spec\.members\[1\]\.priority: is 9, as in spec\.members\[0\]/,
    ],
    [
      'a node twice',
      {
        members: [
          { node: 'a', priority: 9 },
          { node: 'a', priority: 8 },
        ],
      },
      /^spec\.members\[1\]\.node: is "a", as in spec\.members\[0\]/,
    ],
    [
      'a member address of the other family',
      { members: [{ node: 'a', priority: 9, address: 'fe80::1' }] },
      /^spec\.members\[0\]\.address: .*IPv4/,
    ],
    [
      'a member address that is none',
      { members: [{ node: 'a', priority: 9, address: 'a.example' }] },
      /^spec\.members\[0\]\.address: is "a\.example"/,
    ],
  ] as const) {
    it(claim, () => assert.match(textOf(validateVipGroup({ ...group, spec: { ...spec, ...change } })), text));
  }

  it('a misspelt field, in a file', () => {
    const misspelt = { ...group, spec: { ...spec, vrrp: { virtualRouterId: 1, advertInterval: '1s' } } };
    assert.equal(textOf(validateVipGroup(misspelt)), '');
    assert.match(
      textOf(validateVipGroup(misspelt, { strict: true })),
      /^spec\.vrrp\.advertInterval: is no known field: here there are version, advertisementInterval/,
    );
  });

  it('another kind, in a file', () => {
    assert.match(
      textOf(validateVipGroup({ ...group, kind: 'Eip' }, { strict: true })),
      /^kind: is "Eip": it must be VipGroup$/,
    );
    assert.match(
      textOf(validateVipGroup({ ...group, apiVersion: undefined }, { strict: true })),
      /^apiVersion: is missing: write network/,
    );
  });
});

describe('connections over moves', () => {
  const metadata = { name: 'a' };
  const problems = (spec: object) => textOf(validateVipGroup({ metadata, spec: { members: [], ...spec } }));

  it('are kept for at most an hour, of an Eip with any protocol', () => {
    const pool = (drainConnections: string) => ({ address: '192.0.2.1', vrrp: { drainConnections } });
    assert.equal(textOf(validateEip({ metadata, spec: pool('5m') })), '');
    assert.match(
      textOf(validateEip({ metadata, spec: pool('2h') })),
      /drainConnections: is "2h": it must be at most 1h/,
    );
  });

  it('stand beside the vrrp block of a group with protocol bgp, and in it with any other', () => {
    const routed = { protocol: 'bgp', addresses: ['192.0.2.1'] };
    const vrrp = { virtualRouterId: 7, drainConnections: '5m' };
    assert.equal(problems({ ...routed, drainConnections: '5m' }), '');
    assert.match(
      problems({ ...routed, drainConnections: '2h' }),
      /^spec\.drainConnections: is "2h": it must be at most 1h$/m,
    );
    assert.match(
      problems({ ...routed, vrrp }),
      /^spec\.vrrp\.drainConnections: .* spec\.drainConnections: move it there$/m,
    );
    const elected = { protocol: 'vip', interface: 'eth0', addresses: ['192.0.2.1'], vrrp: { virtualRouterId: 7 } };
    assert.match(
      problems({ ...elected, drainConnections: '5m' }),
      /^spec\.drainConnections: .* spec\.vrrp\.drainConnections: move it there$/m,
    );
  });
});

function textOf(result: ReturnType<typeof validateEip> | ReturnType<typeof validateVipGroup>): string {
  return result.ok ? '' : problemsText(result.problems);
}

// What the checks say is valid is what the types allow.
const typed: readonly [Eip['spec'], VipGroup['spec']] = [
  { address: '192.0.2.1', vrrp: { groups: 1 } },
  { protocol: 'bgp', addresses: [], members: [] },
];
void typed;
