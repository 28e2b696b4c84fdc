import assert from 'node:assert/strict';
import { bgpConfWarnings } from '../../../src/api/bgp-conf-rules.js';
import { bgpPeerWarnings, defaultGatewayFamily, passwordProblem } from '../../../src/api/bgp-peer-rules.js';
import { problemsText } from '../../../src/api/problem.js';
import { readBgpPeer } from '../../../src/api/read-bgp.js';
import { validateBgpConf, validateBgpPeer } from '../../../src/api/validate.js';

const router = { neighborAddress: '192.0.2.254', peerAs: 64513 };
const textOf = (result: ReturnType<typeof validateBgpPeer> | ReturnType<typeof validateBgpConf>) =>
  result.ok ? '' : problemsText(result.problems);
const peer = (spec: object, aliases?: Record<string, string>) =>
  textOf(validateBgpPeer({ metadata: { name: 'tor' }, spec }, aliases === undefined ? {} : { aliases }));
const conf = (spec: object) => textOf(validateBgpConf({ metadata: { name: 'default' }, spec }));

describe('a BgpPeer is refused with path and remedy', () => {
  for (const [claim, spec, message] of [
    [
      'that says nothing of the router',
      { conf: {} },
      /^spec\.conf\.neighborAddress: is missing: give the router's address/,
    ],
    [
      'at an address that no host has',
      { conf: { ...router, neighborAddress: '224.0.0.5' } },
      /neighborAddress: is "224\.0\.0\.5": it must be/,
    ],
    [
      'at a link-local address of any NIC',
      { conf: { ...router, neighborAddress: 'fe80::1' } },
      /neighborInterface: is missing: a link-local address is on one NIC/,
    ],
    [
      'at a gateway on a NIC',
      { conf: { ...router, neighborAddress: 'default_gateway', neighborInterface: 'eth0' } },
      /neighborInterface: is "eth0", but default_gateway is found by the route: leave it out/,
    ],
    [
      'on a NIC that cannot be',
      { conf: { neighborInterface: 'can_reach:192.0.2.1', peerAs: 1 } },
      /neighborInterface: .*name the NIC/,
    ],
    ['of no AS', { conf: { neighborAddress: '192.0.2.254' } }, /peerAs: is missing: .* or asType: external/],
    [
      'of two ASes',
      { conf: { ...router, asType: 'internal' } },
      /asType: is internal, and spec\.conf\.peerAs is 64513: leave out one/,
    ],
    [
      'of an AS in words that mean none',
      { conf: { neighborAddress: '192.0.2.254', asType: 'any' } },
      /asType: is "any": it must be one of external, internal/,
    ],
    [
      'with a password of two lines',
      { conf: { ...router, authPassword: 'secret\n' } },
      /authPassword: has a line break, .*printf/,
    ],
    [
      'from an address of the other family',
      { conf: router, sourceAddress: '2001:db8::1' },
      /sourceAddress: is "2001:db8::1", but the router has an IPv4 address/,
    ],
    [
      'from the router’s own address',
      { conf: router, sourceAddress: '192.0.2.254' },
      /neighborAddress: .*not its own router/,
    ],
    [
      'from what is no address',
      { conf: router, sourceAddress: '192.0.2.0/33' },
      /sourceAddress: is "192\.0\.2\.0\/33": it must be an IP address of the node, or a CIDR/,
    ],
    [
      'with a family that is not announced',
      { conf: router, afiSafis: [{ config: { family: { afi: 'AFI_L2VPN', safi: 'SAFI_EVPN' } } }] },
      /afi: is "AFI_L2VPN": it must be AFI_IP or AFI_IP6; .*safi: is "SAFI_EVPN"/,
    ],
    [
      'with a community that is none',
      { conf: router, communities: ['64512:70000'] },
      /communities\[0\]: is "64512:70000": write 64512:100/,
    ],
    [
      'that chooses nodes in no way there is',
      { conf: router, nodeSelector: { matchExpressions: [{ key: 'a', operator: 'Is', values: ['b'] }] } },
      /nodeSelector\.matchExpressions\[0\]\.operator: is "Is": it must be one of In, NotIn/,
    ],
    [
      'that chooses Eips by no value',
      { conf: router, advertise: [{ eipSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }] },
      /advertise\[0\]\.eipSelector\.matchExpressions\[0\]\.values: is empty/,
    ],
    [
      'that announces from nodes of no value',
      { conf: router, advertise: [{ nodeSelectors: [{}, { matchExpressions: [{ key: 'a', operator: 'In' }] }] }] },
      /advertise\[0\]\.nodeSelectors\[1\]\.matchExpressions\[0\]\.values: is empty/,
    ],
    [
      'that announces blocks of no length',
      { conf: router, advertise: [{ aggregationLength: 33 }] },
      /aggregationLength: is 33: it must be at most 32/,
    ],
    [
      'whose times are numbers',
      { conf: router, timers: { config: { holdTime: 90 } } },
      /holdTime: is 90: it must be of type string/,
    ],
  ] as const)
    it(claim, () => assert.match(peer(spec), message));

  it('with a password that is not shown', () => {
    assert.doesNotMatch(peer({ conf: { ...router, authPassword: 'hunter2\n' } }), /hunter2/);
    assert.doesNotMatch(peer({ conf: { ...router, authPassword: `${'hunter2'.repeat(20)}` } }), /hunter2/);
  });

  it('with a name of a community that the BgpConf does not have, once that is known', () => {
    const spec = { conf: router, advertise: [{ communities: ['web'] }] };
    assert.equal(peer(spec), '');
    assert.equal(peer(spec, { web: '64512:100' }), '');
    assert.match(peer(spec, { mail: '64512:100' }), /"web": no well-known community and no name in .*, which has mail/);
  });

  it('with a misspelt field, in a file, and the field that was meant', () => {
    const object = { apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'BgpPeer', metadata: { name: 'tor' } };
    const text = textOf(validateBgpPeer({ ...object, spec: { conf: { ...router, peerAS: 1 } } }, { strict: true }));
    assert.match(text, /^spec\.conf\.peerAS: is no known field: did you mean peerAs\? here there are /);
  });
});

describe('a BgpConf is refused with path and remedy', () => {
  for (const [claim, spec, message] of [
    ['without an AS', {}, /^spec\.as: is missing: give the AS number of the nodes/],
    ['with a rack without one', { asPerRack: { leaf1: 0 } }, /spec\.asPerRack\.leaf1: is 0: an AS number is/],
    [
      'with an identifier that is none',
      { as: 1, routerId: '2001:db8::1' },
      /spec\.routerId: is "2001:db8::1": it is 32 bits/,
    ],
    [
      'with a name for a community that is one itself',
      { as: 1, communityAliases: { 'no-export': '64512:1' } },
      /communityAliases\.no-export: has a name that is a community itself/,
    ],
    [
      'with a name for what is no community',
      { as: 1, communityAliases: { web: 'mail' } },
      /communityAliases\.web: is "mail": write 64512:100/,
    ],
    [
      'with an address to listen on that is none',
      { as: 1, listenAddresses: ['eth0'] },
      /listenAddresses\[0\]: is "eth0": it must be an IP address/,
    ],
    ['with a wait that has no end', { as: 1, drainWait: '1h' }, /drainWait: is "1h": it must be 0s to 10m/],
  ] as const)
    it(claim, () => assert.match(conf(spec), message));
});

describe('what is accepted with a warning', () => {
  it('is a password in clear text, which is not shown, and what has no effect', () => {
    const spec = { conf: { ...router, authPassword: 'hunter2', vrf: 'blue' }, transport: { tcpMss: 1400 } };
    assert.equal(peer(spec), '');
    const text = problemsText(bgpPeerWarnings({ metadata: { name: 'tor' }, spec }));
    assert.match(text, /authPassword: is a password that whoever may read BgpPeers can read: use passwordSecret/);
    assert.match(text, /spec\.conf\.vrf: has no effect.*spec\.transport\.tcpMss: has no effect/);
    assert.doesNotMatch(text, /hunter2/);
    assert.deepEqual(bgpPeerWarnings({ metadata: { name: 'tor' }, spec: { conf: router } }), []);
  });

  it('is a BgpConf of another name, and a policy in a ConfigMap', () => {
    const text = problemsText(bgpConfWarnings({ metadata: { name: 'second' }, spec: { as: 1, policy: 'cm' } }));
    assert.match(
      text,
      /metadata\.name: is "second": only the BgpConf of the name default.*spec\.policy: has no effect/,
    );
    assert.deepEqual(bgpConfWarnings({ metadata: { name: 'default' }, spec: { as: 1 } }), []);
  });
});

describe('fields of a BgpPeer', () => {
  it('stand for the gateway of the default route of a family', () => {
    assert.deepEqual(
      ['default_gateway', 'default_gateway:IPv4', 'default_gateway:IPv6', 'default_gateway:6', '192.0.2.1'].map(
        defaultGatewayFamily,
      ),
      [4, 4, 6, undefined, undefined],
    );
  });

  it('are passwords by their bytes, not their characters', () => {
    assert.equal(passwordProblem('ü'.repeat(40)), undefined);
    assert.match(passwordProblem('ü'.repeat(41))!, /has 82 bytes/);
  });

  it('are read as far as they have the shape of some, whatever an object holds', () => {
    assert.equal(readBgpPeer({ spec: {} }), undefined);
    const read = readBgpPeer({
      metadata: { name: 'tor' },
      spec: { conf: { ...router, peerAs: 'x' }, bfd: 7 },
      status: { nodes: [{ node: 'n1', state: 'Odd' }, { node: 7 }, null], nodesPeerStatus: { n1: null } },
    });
    assert.deepEqual(read, {
      metadata: { name: 'tor' },
      spec: { conf: { neighborAddress: '192.0.2.254' } },
      status: { nodes: [{ node: 'n1' }], nodesPeerStatus: {} },
    });
  });
});
