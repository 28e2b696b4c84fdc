// What happens after a deletion: kube-controller-manager does it for the real server, the small one does it itself.
import assert from 'node:assert/strict';
import { type Body, createRawClient, type RawClient } from './contract/raw-client.js';
import { type Cluster, startCluster } from './harness.js';

const kind = process.env.KUBEBUILDER_ASSETS ? 'real' : 'small';
const configMaps = '/api/v1/namespaces/default/configmaps';

describe(`garbage on the ${kind} API server`, function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let client: RawClient;

  before(async function () {
    this.timeout(90_000);
    cluster = await startCluster({ controllerManager: true });
    client = createRawClient(cluster);
  });
  after(() => cluster?.stop());

  const create = async (name: string, owners: Body[] = []): Promise<Body> => {
    const ownerReferences = owners.map(({ metadata }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: metadata.name,
      uid: metadata.uid,
      blockOwnerDeletion: true,
    }));
    return (await client.post(configMaps, { metadata: { name, ownerReferences } })).body;
  };
  const isGone = async (path: string) => (await client.get(path)).status === 404;
  const remove = (name: string, propagationPolicy: string) =>
    client.delete(`${configMaps}/${name}`, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy });

  it('goes with its owner', async () => {
    const owner = await create('owner');
    await create('owned', [owner]);
    await remove('owner', 'Background');
    await until(() => isGone(`${configMaps}/owned`));
  });

  it('stays while one of its owners does', async () => {
    const [first, second] = [await create('first'), await create('second')];
    await create('shared', [first, second]);
    await create('witness', [first]);
    await remove('first', 'Background');
    await until(() => isGone(`${configMaps}/witness`));
    assert.equal(await isGone(`${configMaps}/shared`), false);
    await remove('second', 'Background');
    await until(() => isGone(`${configMaps}/shared`));
  });

  it('goes before its owner when the deletion is in the foreground', async () => {
    const owner = await create('patient');
    await create('hurried', [owner]);
    const { body } = await remove('patient', 'Foreground');
    assert.deepEqual(body.metadata.finalizers, ['foregroundDeletion']);
    await until(() => isGone(`${configMaps}/patient`));
    assert.ok(await isGone(`${configMaps}/hurried`));
  });

  it('forgets its owner when it is orphaned', async () => {
    const owner = await create('parent');
    await create('orphan', [owner]);
    await remove('parent', 'Orphan');
    await until(() => isGone(`${configMaps}/parent`));
    const { status, body } = await client.get(`${configMaps}/orphan`);
    assert.equal(status, 200);
    assert.equal(body.metadata.ownerReferences, undefined);
  });

  it('is everything in a namespace that is deleted', async () => {
    await client.post('/api/v1/namespaces', { metadata: { name: 'doomed' } });
    const inside = '/api/v1/namespaces/doomed/configmaps';
    await client.post(inside, { metadata: { name: 'held', finalizers: ['contract.example/hold'] } });
    const { body } = await client.delete('/api/v1/namespaces/doomed');
    assert.equal(body.status.phase, 'Terminating');
    await until(async () => Boolean((await client.get(`${inside}/held`)).body.metadata.deletionTimestamp));
    const late = await client.post(inside, { metadata: { name: 'late' } });
    assert.equal(late.status, 403);
    assert.match(late.body.message, /because it is being terminated/);
    await client.merge(`${inside}/held`, { metadata: { finalizers: null } });
    await until(() => isGone('/api/v1/namespaces/doomed'));
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'it did not happen within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
