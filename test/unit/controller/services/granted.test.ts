import assert from 'node:assert/strict';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { keepService, type Service } from '../../../../src/controller/objects/builtin-objects.js';
import { foreignOwners, grantedInStatus, statusText } from '../../../../src/controller/services/granted.js';
import { originLabel, originOf } from '../../../../src/controller/services/origin-label.js';
import { serviceRequest } from '../../../../src/controller/services/request.js';
import { formatIp, parseIp } from '../../../../src/core/ip/address.js';
import { type ExclusionKind, exclusionsFrom } from '../../../../src/core/ipam/exclusions.js';

const label = 'eip.openelb.kubesphere.io/v1alpha2';
const record = 'eip.openelb.kubesphere.io/allocated-addresses';
const written = (manager: string) => [
  { manager: 'kubectl', fieldsV1: { 'f:spec': {} } },
  { manager, subresource: 'status', fieldsV1: { 'f:status': { 'f:loadBalancer': { 'f:ingress': {} } } } },
];
const service = (
  ingress: readonly object[],
  o: { managedFields?: unknown; labels?: object; annotations?: object } = {},
): Service =>
  keepService({
    metadata: { name: 'web', namespace: 'default', ...o },
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress } },
  } as never);
const pools = poolsOf([
  { metadata: { name: 'lan' }, spec: { address: '192.0.2.0/28', protocol: 'vip', interface: 'eth0' } },
  {
    metadata: { name: 'team' },
    spec: { address: '198.51.100.0/28', protocol: 'vip', interface: 'eth0', namespaces: ['team'] },
  },
]);
const barred = (text: string, kind: ExclusionKind) => {
  const { family, value } = parseIp(text)!;
  return { range: { family, first: value, last: value }, kind, what: kind };
};
const exclusions = exclusionsFrom([
  barred('192.0.2.11', 'node'),
  barred('192.0.2.12', 'member'),
  barred('192.0.2.0', 'subnet'),
  barred('127.0.0.1', 'never'),
]);
const granted = (object: Service) =>
  grantedInStatus(object, serviceRequest(object, undefined, [], pools), pools, exclusions)
    .map(formatIp)
    .join();

describe('an address in the status of a Service', () => {
  const all = ['192.0.2.1', '192.0.2.11', '203.0.113.9', '127.0.0.1'].map((ip) => ({ ip }));

  it('counts when we wrote it, wherever it lies, but for what no host can have', () =>
    assert.equal(
      granted(service(all, { managedFields: written('openelb-controller') })),
      '192.0.2.1,192.0.2.11,203.0.113.9',
    ));

  it("counts when the Service's record says so", () =>
    assert.equal(granted(service(all, { annotations: { [record]: '203.0.113.9, x' } })), '192.0.2.1,203.0.113.9'));

  it('counts when another wrote it in a pool that the Service may use, as OpenELB did', () => {
    assert.equal(granted(service(all, { managedFields: written('manager') })), '192.0.2.1');
    assert.equal(granted(service([{ ip: '192.0.2.0' }], { managedFields: written('manager') })), '192.0.2.0');
  });

  it("does not when another wrote a node's own, though a pool holds it", () =>
    assert.equal(granted(service(['192.0.2.11', '192.0.2.12'].map((ip) => ({ ip })))), ''));

  for (const [claim, o, expected] of [
    ['not when it may not use it', {}, ''],
    ['when it names it', { annotations: { [label]: 'team' } }, '198.51.100.1'],
    ['when its label says that it comes from there', { labels: { [label]: 'team' } }, '198.51.100.1'],
  ] as const) {
    it(`counts in the pool of another namespace ${claim}`, () =>
      assert.equal(granted(service([{ ip: '198.51.100.1' }], { managedFields: written('manager'), ...o })), expected));
  }

  it('is told with who wrote it, in bounds', () => {
    const object = service([...all, { hostname: 'h'.repeat(300) }], { managedFields: written('k3s') });
    assert.equal(foreignOwners(object), '"k3s"');
    assert.equal(foreignOwners(service([], { managedFields: written('openelb-controller') })), 'somebody');
    assert.equal(statusText(object), '192.0.2.1, 192.0.2.11, 203.0.113.9 and 2 more');
    assert.equal(statusText(service([{ hostname: 'h'.repeat(300) }])), 'h'.repeat(64));
    assert.equal(statusText(service([])), 'nothing');
    const more = [
      { ip: '192.0.2.1', hostname: 'a.example' },
      { ip: '192.0.2.2', ipMode: 'Proxy' },
    ];
    assert.equal(statusText(service(more)), '192.0.2.1 a.example, 192.0.2.2 (Proxy)');
  });

  for (const managedFields of [
    undefined,
    null,
    7,
    {},
    [null, 3, {}, { manager: 7 }, { manager: 'x', fieldsV1: null }],
  ]) {
    it(`is nobody's by managedFields ${JSON.stringify(managedFields)}`, () =>
      assert.equal(service(all, { managedFields }).ingressOwners, undefined));
  }
});

describe('the label that names the Eip', () => {
  it('is its name, or its beginning and a hash, from which the name is found', () => {
    const long = `${'a'.repeat(62)}${'.b.'.repeat(20)}c`;
    const other = `${long.slice(0, -1)}d`;
    assert.equal(originLabel('lan'), 'lan');
    assert.equal(originLabel('x'.repeat(63)), 'x'.repeat(63));
    assert.equal(originLabel(long).length, 63);
    assert.match(originLabel(long), /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/);
    assert.notEqual(originLabel(long), originLabel(other));
    const eips = [{ name: 'lan' }, { name: other }, { name: long }];
    for (const { name } of eips) assert.equal(originOf(originLabel(name), eips), name);
    assert.equal(originOf('gone', eips), 'gone');
  });
});
