import assert from 'node:assert/strict';
import { evaluate, parse } from '@marcbachmann/cel-js';
import { crdManifests } from '../../../src/api/crd.js';
import { eipRules, type ServerRules, vipGroupRules, withRules } from '../../../src/api/server-rules.js';
import { validateEip, validateVipGroup } from '../../../src/api/validate.js';

/** The messages of the rules that an object breaks. No API server with CEL is at hand, so a library evaluates them. */
function broken(rules: ServerRules, spec: object, before?: object): readonly string[] {
  return Object.entries(rules).flatMap(([path, own]) => {
    const self = at({ spec }, path);
    const oldSelf = before && at({ spec: before }, path);
    return own
      .filter(({ rule }) => self !== undefined && (oldSelf !== undefined || !rule.includes('oldSelf')))
      .filter(({ rule }) => evaluate(rule, integers({ self, oldSelf })) !== true)
      .map(({ message }) => message);
  });
}

function at(object: unknown, path: string): unknown {
  return path.split('.').reduce((value, step) => (value as Record<string, unknown> | undefined)?.[step], object);
}

/** JSON numbers are doubles in this library; in Kubernetes those of type integer are CEL's int. */
function integers<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, each) => (typeof each === 'number' ? BigInt(each) : each));
}

const authentication = { keys: 'lan', keyId: 1, mode: 'permissive' };
const member = (node: string, priority: number) => ({ node, priority });
const group = {
  eip: 'lan',
  protocol: 'vip',
  interface: 'eth0',
  addresses: ['192.0.2.1', '192.0.2.2'],
  vrrp: { virtualRouterId: 1 },
  members: [member('a', 254), member('b', 234)],
};

describe('the rules that the API server checks by itself', () => {
  it('are CEL', () => {
    for (const { rule } of [eipRules, vipGroupRules].flatMap((rules) => Object.values(rules).flat())) parse(rule);
  });

  for (const spec of [
    { address: '192.0.2.0/24' },
    { address: '192.0.2.1, 2001:DB8::/64,192.0.2.7-192.0.2.9', protocol: 'bgp', interface: '' },
    { address: '192.0.2.1', protocol: 'layer2', interface: 'can_reach:2001:db8::1' },
    { address: '192.0.2.1', protocol: 'vip' },
    { address: '192.0.2.1', protocol: 'layer2', interface: 'eth0, eno*,enp0s31f6.4094' },
    { address: '192.0.2.1', protocol: 'vip', interface: 'subnet_of:192.0.2.1' },
    { address: '192.0.2.1', protocol: 'vip', interface: 'enp0s31f6.4094', vrrp: {} },
    { address: '192.0.2.1', protocol: 'vip', interface: 'eth0', vrrp: { version: 2, advertisementInterval: '1s' } },
    { address: '192.0.2.1', protocol: 'vip', interface: 'eth0', vrrp: { version: 3, authentication } },
  ]) {
    it(`accept the Eip ${JSON.stringify(spec)}`, () => {
      assert.deepEqual(broken(eipRules, spec), []);
    });
  }

  for (const [spec, message] of [
    [{ address: '192.0.2.1', interface: 'eth0,eth 1' }, /name of a NIC/],
    [{ address: '192.0.2.1', interface: 'subnet_of' }, /name of a NIC/],
    [{ address: 'lb.example.com' }, /host names are none/],
    [{ address: '192.0.2.1', interface: 'a-name-of-sixteen' }, /name of a NIC/],
    [{ address: '192.0.2.1', interface: 'eth0:1' }, /name of a NIC/],
    [{ address: '192.0.2.1', interface: 'can_reach:gateway' }, /name of a NIC/],
    [{ address: '192.0.2.1', interface: 'can_reach' }, /name of a NIC/],
    [{ address: '192.0.2.1', vrrp: { version: 2 } }, /advertisementInterval is missing/],
    [{ address: '192.0.2.1', vrrp: { version: 2, advertisementInterval: '1s', authentication } }, /are not signed/],
  ] as const) {
    it(`refuse the Eip ${JSON.stringify(spec)}, as the controller would`, () => {
      assert.match(broken(eipRules, spec).join(), message);
      assert.equal(validateEip({ metadata: { name: 'pool' }, spec }).ok, false);
    });
  }

  it('accept a VipGroup as the controller writes it, and its next version', () => {
    assert.deepEqual(broken(vipGroupRules, group), []);
    assert.deepEqual(broken(vipGroupRules, { ...group, addresses: [] }, group), []);
    assert.deepEqual(broken(vipGroupRules, { protocol: 'bgp', addresses: ['2001:db8::1'], members: [] }), []);
  });

  for (const [claim, change, message] of [
    ['of both families', { addresses: ['192.0.2.1', '2001:db8::1'] }, /one family/],
    [
      'without a NIC, and without an address that it could be near',
      { interface: undefined, addresses: [] },
      /interface is missing/,
    ],
    ['without a virtual router ID', { vrrp: undefined }, /vrrp is missing/],
    [
      'with signed adverts of version 2',
      { vrrp: { virtualRouterId: 1, version: 2, authentication } },
      /are not signed/,
    ],
    ['with one priority twice', { members: [member('a', 254), member('b', 254)] }, /same priority/],
  ] as const) {
    it(`refuse a VipGroup ${claim}, as an agent would`, () => {
      const spec = JSON.parse(JSON.stringify({ ...group, ...change })) as object;
      assert.match(broken(vipGroupRules, spec).join(), message);
      assert.equal(validateVipGroup({ metadata: { name: 'lan-0' }, spec }).ok, false);
    });
  }

  it('refuse that a VipGroup changes its Eip', () => {
    assert.match(broken(vipGroupRules, { ...group, eip: 'wan' }, group).join(), /eip cannot change/);
    assert.match(broken(vipGroupRules, { ...group, eip: undefined }, group).join(), /eip cannot change/);
  });

  it('are only in the definitions for servers that know them', () => {
    assert.doesNotMatch(JSON.stringify([...crdManifests({ rules: false }).values()]), /x-kubernetes-validations/);
    assert.match(JSON.stringify([...crdManifests({ rules: true }).values()]), /x-kubernetes-validations/);
  });

  it('fail to be made when they are about a field that does not exist', () => {
    assert.throws(() => withRules({ type: 'object', properties: {} }, eipRules), /which the schema does not have/);
  });
});
