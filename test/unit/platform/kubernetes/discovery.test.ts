import assert from 'node:assert/strict';
import { type ApiClient, openClient } from '../../../../src/platform/kubernetes/client.js';
import { fixedConnection } from '../../../../src/platform/kubernetes/connection.js';
import { discover } from '../../../../src/platform/kubernetes/discovery.js';
import { answer, type FaultServer, startFaultServer, status } from './fault-server.js';

describe('discovery', () => {
  let server: FaultServer;
  let client: ApiClient;

  beforeEach(async () => {
    server = await startFaultServer();
    client = openClient(fixedConnection({ server: server.url }));
  });

  afterEach(async () => {
    client.close();
    await server.stop();
  });

  /** Documents by path; a number is a refusal. */
  const serving = (documents: Record<string, unknown>) =>
    server.fault(({ path }, response) => {
      const document = documents[path];
      if (typeof document === 'object') return answer(response, 200, document);
      const code = typeof document === 'number' ? document : 404;
      return answer(response, code, status(code, 'Nope', path));
    });

  const old = {
    '/version': { major: '1', minor: '20+', gitVersion: 'v1.20.2-eks' },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/api/v1': { resources: [{ name: 'services' }, { name: 'services/status' }] },
    '/apis': {
      kind: 'APIGroupList',
      groups: [
        {
          name: 'events.k8s.io',
          versions: [{ groupVersion: 'events.k8s.io/v1' }, { groupVersion: 'events.k8s.io/v1beta1' }],
        },
        { name: 'metrics.k8s.io', versions: [{ groupVersion: 'metrics.k8s.io/v1beta1' }] },
      ],
    },
    '/apis/events.k8s.io/v1': { resources: [{ name: 'events' }] },
    '/apis/events.k8s.io/v1beta1': { resources: null },
    '/apis/metrics.k8s.io/v1beta1': 503,
  };

  it('asks an old server for each group version, and a broken extension hides only itself', async () => {
    serving(old);
    const apis = await discover(client);
    assert.equal(apis.has('v1', 'services'), true);
    assert.equal(apis.has('v1', 'services/status'), true);
    assert.equal(apis.has('v1', 'widgets'), false);
    assert.equal(apis.has('events.k8s.io/v1', 'events'), true);
    assert.equal(apis.has('events.k8s.io/v1beta1', 'events'), false);
    assert.deepEqual(apis.unavailable, ['metrics.k8s.io/v1beta1']);
    assert.deepEqual(apis.version, { major: 1, minor: 20, gitVersion: 'v1.20.2-eks' });
    assert.deepEqual([apis.atLeast(20), apis.atLeast(21)], [true, false]);
  });

  it('asks only for the groups it is told to', async () => {
    serving(old);
    const apis = await discover(client, { groups: ['events.k8s.io'] });
    assert.equal(apis.has('events.k8s.io/v1', 'events'), true);
    assert.deepEqual(server.requests.map(({ path }) => path).sort(), [
      '/api',
      '/apis',
      '/apis/events.k8s.io/v1',
      '/apis/events.k8s.io/v1beta1',
      '/version',
    ]);
  });

  it('reads everything of a new server from three documents', async () => {
    const resource = (name: string, ...subresources: string[]) => ({
      resource: name,
      subresources: subresources.map((subresource) => ({ subresource })),
    });
    serving({
      '/version': { major: '1', minor: '34', gitVersion: 'v1.34.1' },
      '/api': {
        kind: 'APIGroupDiscoveryList',
        items: [{ versions: [{ version: 'v1', resources: [resource('services', 'status')] }] }],
      },
      '/apis': {
        kind: 'APIGroupDiscoveryList',
        items: [
          {
            metadata: { name: 'discovery.k8s.io' },
            versions: [{ version: 'v1', resources: [resource('endpointslices')] }],
          },
          { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1', freshness: 'Stale' }] },
        ],
      },
    });
    const apis = await discover(client);
    assert.equal(apis.has('v1', 'services/status'), true);
    assert.equal(apis.has('discovery.k8s.io/v1', 'endpointslices'), true);
    assert.deepEqual(apis.unavailable, ['metrics.k8s.io/v1']);
    assert.equal(server.requests.length, 3);
    assert.match(
      server.requests.find(({ path }) => path === '/apis')?.headers.accept ?? '',
      /as=APIGroupDiscoveryList.*,application\/json$/,
    );
  });

  it('fails when the server itself cannot be asked', async () => {
    serving({ ...old, '/apis': 500 });
    await assert.rejects(discover(client), /GET \/apis: 500/);
  });
});
