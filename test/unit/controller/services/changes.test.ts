import assert from 'node:assert/strict';
import type { Service } from '../../../../src/controller/objects/builtin-objects.js';
import { allocatedFromChange, releasingChanges, servingChanges } from '../../../../src/controller/services/changes.js';
import { originLabel } from '../../../../src/controller/services/origin-label.js';
import { serviceRequest, statusAddresses } from '../../../../src/controller/services/request.js';
import { parseIp } from '../../../../src/core/ip/address.js';

const label = 'eip.openelb.kubesphere.io/v1alpha2';

describe('what is written to a Service of ours', () => {
  for (const [claim, ips, labels, annotations, grants, expected] of [
    [
      'is address and label when it has neither',
      [],
      {},
      {},
      [['192.0.2.1', 'lan']],
      { ingress: [{ ip: '192.0.2.1' }], label: 'lan', record: '192.0.2.1' },
    ],
    ['is nothing when both are right', ['192.0.2.1'], { [label]: 'lan' }, {}, [['192.0.2.1', 'lan']], {}],
    [
      'is the label alone when only that is wrong',
      ['192.0.2.1'],
      { [label]: 'old' },
      {},
      [['192.0.2.1', 'lan']],
      { label: 'lan', record: '192.0.2.1' },
    ],
    [
      'is both addresses of dual stack',
      ['192.0.2.1'],
      { [label]: 'lan' },
      {},
      [
        ['192.0.2.1', 'lan'],
        ['2001:db8::1', 'six'],
      ],
      { ingress: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }], record: '192.0.2.1,2001:db8::1' },
    ],
    [
      'is their removal when it gets none',
      ['192.0.2.1'],
      { [label]: 'lan' },
      {},
      [],
      { ingress: [], label: null, record: '192.0.2.1' },
    ],
    [
      'keeps the label that was asked for when its pool was split',
      ['192.0.2.1'],
      { [label]: 'lan' },
      { [label]: 'lan' },
      [['192.0.2.1', 'upper']],
      {},
    ],
    [
      'keeps the label of the pool it serves from while another is asked for in vain',
      ['192.0.2.1'],
      { [label]: 'lan' },
      { [label]: 'full' },
      [['192.0.2.1', 'lan']],
      {},
    ],
    [
      'is the beginning and a hash of a name that is too long for a label',
      [],
      {},
      {},
      [['192.0.2.1', 'x'.repeat(64)]],
      { ingress: [{ ip: '192.0.2.1' }], label: originLabel('x'.repeat(64)), record: '192.0.2.1' },
    ],
  ] as const) {
    it(claim, () => {
      const object = service(ips, { labels, annotations });
      const request = serviceRequest(object, undefined, statusAddresses(object), []);
      assert.deepEqual(
        servingChanges(
          object,
          request,
          grants.map(([ip, pool]) => ({ address: parseIp(ip)!, pool })),
        ),
        expected,
      );
    });
  }

  for (const [claim, entry] of [
    ['writes leading zeros', { ip: '192.000.002.001' }],
    ['writes it in the guise of IPv6', { ip: '::ffff:192.0.2.1' }],
    ['adds a host name', { ip: '192.0.2.1', hostname: 'rival.example.com' }],
    ['adds a mode in which nodes do not serve it', { ip: '192.0.2.1', ipMode: 'Proxy' }],
  ] as const) {
    it(`is its address alone where somebody else ${claim}`, () => {
      const object: Service = {
        ...service([], { labels: { [label]: 'lan' } }),
        status: { loadBalancer: { ingress: [entry] } },
      };
      const request = serviceRequest(object, undefined, statusAddresses(object), []);
      const grants = [{ address: parseIp('192.0.2.1')!, pool: 'lan' }];
      assert.deepEqual(servingChanges(object, request, grants).ingress, [{ ip: '192.0.2.1' }]);
      assert.deepEqual(servingChanges(object, request, []).ingress, []);
      assert.deepEqual(releasingChanges(object, () => true).ingress, []);
    });
  }

  it("takes OpenELB's finalizer off and leaves others", () => {
    const object = service([], { finalizers: ['a.example/x', 'finalizer.lb.kubesphere.io/v1alpha1'] });
    assert.deepEqual(servingChanges(object, serviceRequest(object, undefined, [], []), []), {
      finalizers: ['a.example/x'],
    });
  });
});

describe("what is written to a Service that has an address of a pool of MetalLB's", () => {
  const now = 'metallb.io/ip-allocated-from-pool';
  const former = 'metallb.universe.tf/ip-allocated-from-pool';
  const optedIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };
  const eip = (labels: Record<string, string>) => ({ metadata: { name: 'lan', labels } });
  const theirs = [{ name: 'lan', eip: eip({ 'openelb.io/made-from': 'metallb' }) }];
  const mine = [{ name: 'lan', eip: eip({}) }];
  for (const [claim, annotations, pools, expected] of [
    ['is the name of the pool', {}, theirs, { [now]: 'lan' }],
    ['is nothing where it says so', { [now]: 'lan' }, theirs, undefined],
    [
      'is the name of the pool in the present spelling alone',
      { [former]: 'old' },
      theirs,
      { [now]: 'lan', [former]: null },
    ],
    [
      'takes the former spelling off, though it be right',
      { [now]: 'lan', [former]: 'lan' },
      theirs,
      { [former]: null },
    ],
    ["is nothing where the pool is a person's", { [former]: 'old' }, mine, undefined],
    ['is nothing where it asks in our words', optedIn, theirs, undefined],
  ] as const) {
    it(claim, () => {
      const grants = [{ address: parseIp('192.0.2.1')!, pool: 'lan' }];
      assert.deepEqual(allocatedFromChange(service([], { annotations }), grants, pools).allocatedFrom, expected);
    });
  }

  it('goes in both spellings when it is ours no more', () => {
    const object = service([], { annotations: { [now]: 'lan', [former]: 'lan' } });
    assert.deepEqual(
      releasingChanges(object, () => false),
      { allocatedFrom: { [now]: null, [former]: null } },
    );
  });
});

describe('what is written to a Service that is ours no more', () => {
  it('is the removal of our label and our addresses, not of others', () => {
    const object = service(['192.0.2.1', '203.0.113.9'], { labels: { [label]: 'lan' } });
    assert.deepEqual(
      releasingChanges(object, (address) => address.value >> 8n === 0xc00002n),
      { ingress: [{ ip: '203.0.113.9' }], label: null },
    );
  });

  it('is nothing when nothing of ours is there', () => {
    assert.deepEqual(
      releasingChanges(service(['203.0.113.9'], {}), () => false),
      {},
    );
  });
});

function service(ips: readonly string[], metadata: object): Service {
  return {
    metadata: { name: 'web', namespace: 'ns', ...metadata },
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  };
}
