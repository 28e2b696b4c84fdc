import assert from 'node:assert/strict';
import { type Subject, widget, widgets } from './subject.js';

const configMap = (name: string, data: object = { a: '1' }) => ({ metadata: { name }, data });

export function objects(subject: Subject): void {
  describe('objects', () => {
    const inside = (name?: string) => subject.inside('configmaps', name);

    it('gives a created object its identity', async () => {
      const { status, body } = await subject.client.post(inside(), configMap('born'));
      assert.equal(status, 201);
      const { uid, creationTimestamp, resourceVersion, namespace } = body.metadata;
      assert.match(uid, /^[0-9a-f]{8}-/);
      assert.match(creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.match(resourceVersion, /^[1-9]\d*$/);
      assert.equal(namespace, subject.namespace);
      assert.equal(body.kind, 'ConfigMap');
      assert.deepEqual((await subject.client.get(inside('born'))).body, body);
    });

    it('makes up a name behind generateName', async () => {
      const { body } = await subject.client.post(inside(), { metadata: { generateName: 'made-' } });
      assert.match(body.metadata.name, /^made-[a-z0-9]{5}$/);
    });

    it('refuses to create what exists', async () => {
      await subject.client.post(inside(), configMap('twice'));
      const { status, body } = await subject.client.post(inside(), configMap('twice'));
      assert.equal(status, 409);
      assert.equal(body.reason, 'AlreadyExists');
      assert.equal(body.message, 'configmaps "twice" already exists');
      assert.deepEqual(body.details, { name: 'twice', kind: 'configmaps' });
    });

    it('refuses to create in a namespace that does not exist', async () => {
      const { status, body } = await subject.client.post('/api/v1/namespaces/nowhere/configmaps', configMap('lost'));
      assert.equal(status, 404);
      assert.equal(body.message, 'namespaces "nowhere" not found');
    });

    it('refuses a name that is no DNS name', async () => {
      const { status, body } = await subject.client.post(inside(), configMap('Not_a_name'));
      assert.equal(status, 422);
      assert.equal(body.reason, 'Invalid');
      assert.equal(body.details.causes[0].field, 'metadata.name');
    });

    it('says what is not there', async () => {
      const { status, body } = await subject.client.get(inside('absent'));
      assert.equal(status, 404);
      assert.equal(body.kind, 'Status');
      assert.equal(body.reason, 'NotFound');
      assert.equal(body.message, 'configmaps "absent" not found');
      assert.equal((await subject.client.get('/api/v1/nonsense')).status, 404);
      assert.equal((await subject.client.get('/apis/contract.example/v1/nonsense')).status, 404);
    });

    it('refuses a body that is no JSON, of another kind or of an unknown media type', async () => {
      assert.equal((await subject.client.request('POST', inside(), undefined, { text: '{' })).status, 400);
      const wrongKind = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'odd' } };
      assert.equal((await subject.client.post(inside(), wrongKind)).status, 400);
      const odd = await subject.client.request('POST', inside(), undefined, { text: 'x', contentType: 'text/csv' });
      assert.equal(odd.status, 415);
    });

    it('refuses an update for an older resourceVersion', async () => {
      const { body: first } = await subject.client.post(inside(), configMap('raced'));
      const { body: second } = await subject.client.put(inside('raced'), { ...first, data: { a: '2' } });
      assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
      const { status, body } = await subject.client.put(inside('raced'), { ...first, data: { a: '3' } });
      assert.equal(status, 409);
      assert.equal(body.reason, 'Conflict');
      assert.match(body.message, /^Operation cannot be fulfilled on configmaps "raced": the object has been modified/);
      assert.equal((await subject.client.get(inside('raced'))).body.data.a, '2');
    });

    it('keeps the resourceVersion when an update changes nothing', async () => {
      const { body: first } = await subject.client.post(inside(), configMap('still'));
      const { body: second } = await subject.client.put(inside('still'), first);
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    });

    it('overwrites a ConfigMap without a resourceVersion, but no custom resource', async () => {
      await subject.client.post(inside(), configMap('blunt'));
      assert.equal((await subject.client.put(inside('blunt'), configMap('blunt', { b: '2' }))).status, 200);
      await subject.client.post(widgets, widget('blunt'));
      const { status, body } = await subject.client.put(`${widgets}/blunt`, widget('blunt'));
      assert.equal(status, 422);
      assert.equal(body.details.causes[0].field, 'metadata.resourceVersion');
    });

    it('keeps uid and creationTimestamp whatever an update says', async () => {
      const { body: first } = await subject.client.post(inside(), configMap('same'));
      const metadata = { name: 'same', creationTimestamp: '2001-01-01T00:00:00Z' };
      const { body } = await subject.client.put(inside('same'), { metadata, data: {} });
      assert.equal(body.metadata.uid, first.metadata.uid);
      assert.equal(body.metadata.creationTimestamp, first.metadata.creationTimestamp);
    });

    it('refuses an update of an object with another uid', async () => {
      await subject.client.post(inside(), configMap('other'));
      const metadata = { name: 'other', uid: '11111111-1111-1111-1111-111111111111' };
      assert.equal((await subject.client.put(inside('other'), { metadata })).status, 409);
    });

    it('counts generations of the spec only', async () => {
      const { body: first } = await subject.client.post(widgets, widget('counted'));
      assert.equal(first.metadata.generation, 1);
      const { body: labelled } = await subject.client.merge(`${widgets}/counted`, { metadata: { labels: { a: 'b' } } });
      assert.equal(labelled.metadata.generation, 1);
      const { body: resized } = await subject.client.merge(`${widgets}/counted`, { spec: { size: 2 } });
      assert.equal(resized.metadata.generation, 2);
    });

    it('does on dryRun everything but keep it', async () => {
      const { status, body } = await subject.client.post(`${inside()}?dryRun=All`, configMap('dry'));
      assert.equal(status, 201);
      assert.equal(body.metadata.name, 'dry');
      assert.equal((await subject.client.get(inside('dry'))).status, 404);
    });

    it('answers a deletion with a Status, and the object is gone', async () => {
      await subject.client.post(inside(), configMap('gone'));
      const { status, body } = await subject.client.delete(inside('gone'));
      assert.equal(status, 200);
      assert.equal(body.status, 'Success');
      assert.equal(body.details.kind, 'configmaps');
      assert.equal((await subject.client.get(inside('gone'))).status, 404);
      assert.equal((await subject.client.delete(inside('gone'))).status, 404);
    });

    it('keeps an object until its last finalizer is gone', async () => {
      await subject.client.post(widgets, {
        ...widget('held'),
        metadata: { name: 'held', finalizers: ['contract.example/hold'] },
      });
      const { body: dying } = await subject.client.delete(`${widgets}/held`);
      assert.equal(dying.kind, 'Widget');
      assert.ok(dying.metadata.deletionTimestamp);
      assert.equal((await subject.client.get(`${widgets}/held`)).status, 200);
      assert.equal((await subject.client.merge(`${widgets}/held`, { metadata: { finalizers: null } })).status, 200);
      assert.equal((await subject.client.get(`${widgets}/held`)).status, 404);
    });

    it('deletes only the object that a precondition names', async () => {
      await subject.client.post(inside(), configMap('precious'));
      const preconditions = { uid: '11111111-1111-1111-1111-111111111111' };
      const { status, body } = await subject.client.delete(inside('precious'), {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions,
      });
      assert.equal(status, 409);
      assert.match(body.message, /UID in (the )?precondition/);
    });

    it('deletes the part of a collection that a selector names', async () => {
      for (const [name, set] of [
        ['d1', 'x'],
        ['d2', 'x'],
        ['d3', 'y'],
      ])
        await subject.client.post(inside(), { metadata: { name, labels: { set } } });
      assert.equal((await subject.client.delete(`${inside()}?labelSelector=set=x`)).status, 200);
      assert.equal((await subject.client.get(inside('d1'))).status, 404);
      assert.equal((await subject.client.get(inside('d3'))).status, 200);
    });

    it('shows an Event under both of its APIs', async () => {
      const event = {
        metadata: { name: 'seen' },
        involvedObject: { kind: 'Widget', name: 'w', namespace: subject.namespace },
        reason: 'Tested',
        message: 'it was seen',
        type: 'Normal',
      };
      assert.equal((await subject.client.post(subject.inside('events'), event)).status, 201);
      const { body } = await subject.client.get(`/apis/events.k8s.io/v1/namespaces/${subject.namespace}/events/seen`);
      assert.equal(body.note, 'it was seen');
      assert.equal(body.regarding.name, 'w');
    });

    it('takes times of a Lease with exactly six digits', async () => {
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${subject.namespace}/leases`;
      const lease = (name: string, renewTime: string) => ({
        metadata: { name },
        spec: { holderIdentity: 'me', renewTime },
      });
      assert.equal((await subject.client.post(leases, lease('exact', '2026-01-02T03:04:05.000006Z'))).status, 201);
      assert.equal((await subject.client.post(leases, lease('short', '2026-01-02T03:04:05.006Z'))).status, 400);
    });
  });
}
