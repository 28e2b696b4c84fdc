import assert from 'node:assert/strict';
import type { Service } from '../../../../src/controller/objects/builtin-objects.js';
import { isOurs, wasOurs } from '../../../../src/controller/services/ownership.js';
import { serviceRequest, statusAddresses } from '../../../../src/controller/services/request.js';
import { formatIp } from '../../../../src/core/ip/address.js';

const optIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };

describe('a Service is ours', () => {
  for (const [claim, metadata, spec, all, expected] of [
    ['with the annotation', { annotations: optIn }, {}, false, true],
    ['with our class', {}, { loadBalancerClass: 'openelb.io/vip' }, false, true],
    ['with neither, when all are', {}, {}, true, true],
    ['not with neither', {}, {}, false, false],
    [
      'not with another class, in spite of the annotation',
      { annotations: optIn },
      { loadBalancerClass: 'metallb' },
      true,
      false,
    ],
    ['not when it opts out, though all are', { annotations: { 'lb.kubesphere.io/v1alpha1': 'none' } }, {}, true, false],
    ['not when it is no load balancer', { annotations: optIn }, { type: 'ClusterIP' }, true, false],
  ] as const) {
    it(claim, () => assert.equal(isOurs(service(metadata, spec), all), expected));
  }

  it('or was, when it has our label and no other class', () => {
    const labels = { 'eip.openelb.kubesphere.io/v1alpha2': 'lan' };
    assert.equal(wasOurs(service({ labels }, {})), true);
    assert.equal(wasOurs(service({ labels }, { type: 'ClusterIP' })), true);
    assert.equal(wasOurs(service({ labels }, { loadBalancerClass: 'metallb' })), false);
    assert.equal(wasOurs(service({}, {})), false);
  });
});

describe('what a Service asks for', () => {
  it('is read from annotations, spec and labels', () => {
    const object = service(
      {
        creationTimestamp: '2024-01-01T00:00:00Z',
        annotations: {
          'eip.openelb.kubesphere.io/v1alpha2': 'lan, dmz',
          'eip.openelb.kubesphere.io/v1alpha1': '192.0.2.7',
          'eip.openelb.kubesphere.io/sharing-key': 'k',
        },
        labels: { 'eip.openelb.kubesphere.io/v1alpha2': 'lan' },
      },
      {
        loadBalancerIP: '192.0.2.8',
        ipFamilies: ['IPv6', 'IPv4'],
        ipFamilyPolicy: 'PreferDualStack',
        externalTrafficPolicy: 'Local',
        selector: { b: '2', a: '1' },
        ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }],
      },
    );
    const { terms, ...rest } = serviceRequest(object, { metadata: { name: 'ns', labels: { team: 'x' } } }, [], []);
    assert.deepEqual(rest, {
      key: 'ns/web',
      created: '2024-01-01T00:00:00Z',
      namespace: { name: 'ns', labels: { team: 'x' } },
      families: [6, 4],
      oneFamilySuffices: true,
      labels: { 'eip.openelb.kubesphere.io/v1alpha2': 'lan' },
      pools: ['lan', 'dmz'],
      current: [],
      origin: 'lan',
    });
    assert.deepEqual(
      { ...terms, asked: terms.asked.map(formatIp) },
      {
        namespace: 'ns',
        sharingKey: 'k',
        asked: ['192.0.2.7'],
        ports: ['TCP/80', 'UDP/53'],
        local: true,
        selector: 'a=1,b=2',
      },
    );
  });

  it('has each family once', () => {
    assert.deepEqual(serviceRequest(service({}, { ipFamilies: ['IPv4', 'IPv4'] }), undefined, [], []).families, [4]);
  });

  it('has the family of its cluster IP where the server says no families', () => {
    assert.deepEqual(serviceRequest(service({}, { clusterIP: 'fd00::1' }), undefined, [], []).families, [6]);
    assert.deepEqual(serviceRequest(service({}, { clusterIP: '10.0.0.1' }), undefined, [], []).families, [4]);
    assert.deepEqual(serviceRequest(service({}, {}), undefined, [], []).families, [4]);
  });

  for (const empty of ['', ' ', ',']) {
    it(`is the address of its spec where its annotation is ${JSON.stringify(empty)}, which does nothing`, () => {
      const annotations = { 'eip.openelb.kubesphere.io/v1alpha1': empty };
      const { terms } = serviceRequest(service({ annotations }, { loadBalancerIP: '192.0.2.8' }), undefined, [], []);
      assert.deepEqual(terms.asked.map(formatIp), ['192.0.2.8']);
    });
  }

  it('may be what is no address', () => {
    assert.equal(serviceRequest(service({}, { loadBalancerIP: 'web' }), undefined, [], []).badAddress, 'web');
  });
});

it('host names in the status of a Service are no addresses', () => {
  const status = { loadBalancer: { ingress: [{ hostname: 'a.example' }, { ip: '192.0.2.1' }, { ip: 'bad' }] } };
  assert.deepEqual(statusAddresses({ ...service({}, {}), status }).map(formatIp), ['192.0.2.1']);
});

function service(metadata: object, spec: object): Service {
  return { metadata: { name: 'web', namespace: 'ns', ...metadata }, spec: { type: 'LoadBalancer', ...spec } };
}
