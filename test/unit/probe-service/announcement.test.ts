import assert from 'node:assert/strict';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { announced, type ServiceView } from '../../../src/probe-service/announcement.js';

const at = (...ips: readonly string[]): ServiceView => ({
  status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
});
const group = (spec: Partial<VipGroup['spec']>, status: VipGroup['status']): VipGroup => ({
  metadata: { name: 'g' },
  spec: { protocol: 'vip', addresses: ['192.0.2.1'], members: [], ...spec },
  ...(status === undefined ? {} : { status }),
});
const missing = (service: ServiceView | undefined, ...groups: readonly VipGroup[]) => {
  const found = announced(service, groups);
  return 'missing' in found ? found.missing : undefined;
};

describe('a Service is announced', () => {
  it('when each of its addresses is in a group that a node holds', () => {
    const other = { ...group({ addresses: ['2001:db8::1'] }, { holder: 'n2' }), metadata: { name: 'six' } };
    assert.deepEqual(announced(at('192.0.2.1', '2001:db8::1'), [group({}, { holder: 'n1' }), other]), {
      announcements: [
        { address: '192.0.2.1', nodes: ['n1'], group: 'g' },
        { address: '2001:db8::1', nodes: ['n2'], group: 'six' },
      ],
    });
    assert.match(missing(at('192.0.2.1', '2001:db8::1'), group({}, { holder: 'n1' }))!, /no VipGroup has 2001:db8::1/);
  });

  it('with BGP by every node that has told a router, and has an endpoint where only such may', () => {
    const members = ['n1', 'n2', 'n3'].map((node) => ({ node, state: node === 'n3' ? 'Idle' : 'Announcing' }) as const);
    const nodes = (onlyOn?: Record<string, string[]>) => {
      const found = announced(at('192.0.2.1'), [group({ protocol: 'bgp', ...(onlyOn && { onlyOn }) }, { members })]);
      return 'missing' in found ? found.missing : found.announcements[0]!.nodes;
    };
    assert.deepEqual(nodes(), ['n1', 'n2']);
    assert.deepEqual(nodes({ '192.0.2.1': ['n2', 'n3'] }), ['n2']);
    assert.match(String(nodes({ '192.0.2.1': ['n3'] })), /nobody announces 192\.0\.2\.1/);
  });

  it('not by a group without a holder, or whose holder does not answer for the address', () => {
    assert.match(missing(at('192.0.2.1'), group({}, {}))!, /nobody announces .*kubectl describe vipgroup g/);
    assert.match(missing(at('192.0.2.1'), group({}, undefined))!, /nobody announces/);
    const notHeld = [{ address: '192.0.2.1', reason: 'AnsweredElsewhere', message: 'by 02:00:00:00:00:01' }];
    assert.match(missing(at('192.0.2.1'), group({}, { holder: 'n1', notHeld }))!, /AnsweredElsewhere by 02:00/);
  });

  it('and why it has no address is said in the words of its condition', () => {
    assert.equal(missing(undefined), 'there is no such Service');
    assert.equal(missing({}), 'it has no address, and no controller has said why');
    const conditions = [{ type: 'x', status: 'False', reason: 'PoolFull', message: 'Eip lan is full' }];
    assert.equal(missing({ status: { conditions } }), 'it has no address: PoolFull: Eip lan is full');
    for (const odd of [{ status: null }, { status: { loadBalancer: null, conditions: null } }] as const)
      assert.match(missing(odd)!, /no address/);
  });
});
