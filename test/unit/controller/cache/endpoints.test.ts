import assert from 'node:assert/strict';
import {
  createEndpointIndex,
  type EndpointIndex,
  keepEndpointSlice,
  keepEndpoints,
  sharedNodes,
} from '../../../../src/controller/cache/endpoints.js';

const draining = { ready: false, serving: true, terminating: true };

function nodesOf(...slices: readonly (readonly [node: string, conditions?: object])[][]): readonly string[] {
  const index = createEndpointIndex();
  for (const [at, endpoints] of slices.entries())
    index.put(`a/web-${at}`, keepEndpointSlice(slice(endpoints)), undefined);
  return index.nodes('a/web');
}

function slice(endpoints: readonly (readonly [node: string, conditions?: object])[]) {
  return {
    metadata: { name: 'web-x', namespace: 'a', labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: endpoints.map(([nodeName, conditions]) => ({ nodeName, ...(conditions && { conditions }) })),
  };
}

describe('the nodes that serve a Service', () => {
  it('are those with a ready endpoint in any of its slices, and unknown counts as ready', () => {
    assert.deepEqual(nodesOf([['n2', { ready: true }]], [['n1'], ['n3', { ready: false }], ['n2', {}]]), ['n1', 'n2']);
  });

  it('are those that terminate and still serve while none is ready', () => {
    assert.deepEqual(nodesOf([['n1', draining]], [['n2', { ...draining, serving: false }]]), ['n1']);
  });

  it('are the ready ones alone as soon as there is one, in whatever slice', () => {
    assert.deepEqual(nodesOf([['n1', draining]], [['n2', { ready: true }]]), ['n2']);
  });

  it('are not those whose endpoint serves without being ready or terminating', () => {
    assert.deepEqual(nodesOf([['n1', { ready: false, serving: true }]]), []);
    assert.deepEqual(nodesOf([['n1', { ready: false, terminating: true }]]), []);
  });

  it('are none once its slices are gone, or are another Service’s', () => {
    const index = createEndpointIndex();
    const kept = keepEndpointSlice(slice([['n1']]));
    index.put('a/web-x', kept, undefined);
    index.put('a/web-x', { ...kept, service: 'a/other' }, kept);
    assert.deepEqual([index.nodes('a/web'), index.nodes('a/other')], [[], ['n1']]);
    index.put('a/web-x', undefined, { ...kept, service: 'a/other' });
    assert.deepEqual(index.nodes('a/other'), []);
  });

  it('are read from before nodeName came, and from Endpoints', () => {
    const beta = { endpoints: [{ topology: { 'kubernetes.io/hostname': 'n1' } }, {}] };
    assert.deepEqual(keepEndpointSlice({ ...slice([]), ...beta }).ready, ['n1']);
    const endpoints = { metadata: { name: 'web', namespace: 'a' }, subsets: [{ addresses: [{ nodeName: 'n2' }, {}] }] };
    assert.deepEqual(keepEndpoints(endpoints), { ...keepEndpoints(endpoints), service: 'a/web', ready: ['n2'] });
  });

  it('survive a slice whose endpoints are null', () => {
    assert.deepEqual(keepEndpointSlice({ ...slice([]), endpoints: null }).ready, []);
  });
});

describe('a Service with endpoints', () => {
  const any = (...slices: Parameters<EndpointIndex['put']>[1][]) => {
    const index = createEndpointIndex();
    for (const [at, each] of slices.entries()) index.put(`a/web-${at}`, each, undefined);
    return index.any('a/web');
  };
  const kept = (...conditions: readonly object[]) =>
    keepEndpointSlice({ ...slice([]), endpoints: conditions.map((each) => ({ conditions: each })) });
  const old = (subset: object) => keepEndpoints({ metadata: { name: 'web', namespace: 'a' }, subsets: [subset] });

  it('has them whether they are ready or not, and wherever they are', () => {
    for (const conditions of [{ ready: true }, { ready: false }, draining])
      assert.equal(any(kept(), kept(conditions)), true, JSON.stringify(conditions));
    assert.equal(any(old({ addresses: [{}] })), true);
    assert.equal(any(old({ notReadyAddresses: [{}] })), true);
  });

  it('has none where its slices are empty or gone', () => {
    for (const slices of [[], [kept()], [old({})]]) assert.equal(any(...slices), false);
  });
});

describe('an address that Local Services share', () => {
  it('is where all of them are served', () => {
    assert.deepEqual(
      sharedNodes([
        ['n1', 'n2'],
        ['n2', 'n3'],
      ]),
      ['n2'],
    );
  });

  it('is where some are while no node serves all: their slices change one after another', () => {
    assert.deepEqual(sharedNodes([['n1'], ['n2']]), ['n1', 'n2']);
  });

  it('is nowhere while none is served', () => {
    assert.deepEqual(sharedNodes([[], []]), []);
  });
});
