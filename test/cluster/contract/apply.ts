import assert from 'node:assert/strict';
import type { Body } from './raw-client.js';
import { type Subject, since, widget, widgets } from './subject.js';

const path = (name: string) => `${widgets}/${name}`;

/** The fields a manager owns, as FieldsV1, without the marks of status that older servers do not make. */
function fieldsOf(body: Body, manager: string): Body {
  return body.metadata.managedFields?.find((entry: Body) => entry.manager === manager)?.fieldsV1;
}

export function apply(subject: Subject): void {
  describe('server-side apply', () => {
    const applyAs = async (manager: string, name: string, spec: object, force = false) =>
      subject.client.apply(path(name), manager, widget(name, spec), force);

    it('creates what is not there and records who owns what', async () => {
      const { status, body } = await applyAs('ann', 'a1', {
        size: 1,
        box: { depth: 2 },
        members: [{ node: 'n1', state: 'up' }],
        tags: ['x'],
        steps: ['s'],
      });
      assert.equal(status, 201);
      const [entry] = body.metadata.managedFields;
      assert.equal(entry.manager, 'ann');
      assert.equal(entry.operation, 'Apply');
      assert.equal(entry.apiVersion, 'contract.example/v1');
      assert.equal(entry.fieldsType, 'FieldsV1');
      assert.match(entry.time, /^\d{4}-.*Z$/);
      assert.deepEqual(entry.fieldsV1, {
        'f:spec': {
          'f:size': {},
          'f:box': { 'f:depth': {} },
          'f:members': { 'k:{"node":"n1"}': { '.': {}, 'f:node': {}, 'f:state': {} } },
          'f:tags': { 'v:"x"': {} },
          'f:steps': {},
        },
      });
    });

    it('leaves what defaults filled in to nobody', async () => {
      const { body } = await applyAs('ann', 'a2', { size: 1 });
      assert.equal(body.spec.color, 'red');
      assert.deepEqual(fieldsOf(body, 'ann'), { 'f:spec': { 'f:size': {} } });
      assert.equal((await applyAs('bob', 'a2', { size: 1, color: 'green' })).status, 200);
    });

    it('changes nothing, not even the resourceVersion, when applied again', async () => {
      const { body: first } = await applyAs('ann', 'a3', { size: 1 });
      const { status, body } = await applyAs('ann', 'a3', { size: 1 });
      assert.equal(status, 200);
      assert.deepEqual(body, first);
    });

    it('lets managers own different fields of one object', async () => {
      await applyAs('ann', 'a4', { size: 1 });
      const { body } = await applyAs('bob', 'a4', { size: 1, box: { width: 3 } });
      assert.deepEqual(body.spec, { size: 1, color: 'red', box: { width: 3 } });
      assert.deepEqual(fieldsOf(body, 'ann'), { 'f:spec': { 'f:size': {} } });
      assert.deepEqual(fieldsOf(body, 'bob'), { 'f:spec': { 'f:size': {}, 'f:box': { 'f:width': {} } } });
    });

    it('refuses to change a field of another applier, naming both', async () => {
      await applyAs('ann', 'a5', { size: 1 });
      const { status, body } = await applyAs('bob', 'a5', { size: 2 });
      assert.equal(status, 409);
      assert.equal(body.reason, 'Conflict');
      assert.equal(body.message, 'Apply failed with 1 conflict: conflict with "ann": .spec.size');
      assert.deepEqual(body.details.causes, [
        { reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.spec.size' },
      ]);
    });

    it('lists all conflicts, by manager', async () => {
      await applyAs('ann', 'a6', { size: 1, code: 'a' });
      await applyAs('cid', 'a6', { size: 1, box: { depth: 1 } });
      const { body } = await applyAs('bob', 'a6', { size: 2, code: 'b', box: { depth: 2 } });
      assert.equal(body.details.causes.length, 4);
      assert.equal(
        body.message,
        'Apply failed with 4 conflicts: conflicts with "ann":\n- .spec.code\n- .spec.size\nconflicts with "cid":\n- .spec.size\n- .spec.box.depth',
      );
    });

    it('takes ownership away when forced', async () => {
      await applyAs('ann', 'a7', { size: 1, code: 'a' });
      const { status, body } = await applyAs('bob', 'a7', { size: 2 }, true);
      assert.equal(status, 200);
      assert.equal(body.spec.size, 2);
      assert.deepEqual(fieldsOf(body, 'ann'), { 'f:spec': { 'f:code': {} } });
      assert.equal((await applyAs('ann', 'a7', { size: 1, code: 'a' })).status, 409);
    });

    it('removes what its applier no longer applies', async () => {
      await applyAs('ann', 'a8', { size: 1, code: 'a', box: { depth: 1, width: 2 }, labels: { k: 'v', l: 'w' } });
      const { body } = await applyAs('ann', 'a8', { size: 1, box: { width: 2 }, labels: { l: 'w' } });
      assert.deepEqual(body.spec, { size: 1, color: 'red', box: { width: 2 }, labels: { l: 'w' } });
    });

    // kube-apiserver 1.20 leaves a null behind, which its own validation then refuses.
    since(subject, 22, 'removes a map or list together with its last part', async () => {
      await applyAs('ann', 'a24', {
        size: 1,
        box: { width: 2 },
        labels: { l: 'w' },
        members: [{ node: 'n1' }],
        tags: ['a'],
      });
      const { status, body } = await applyAs('ann', 'a24', { size: 1 });
      assert.equal(status, 200, body.message);
      assert.deepEqual(body.spec, { size: 1, color: 'red' });
    });

    it('keeps a field until its last owner stops applying it', async () => {
      await applyAs('ann', 'a9', { size: 1, code: 'a' });
      await applyAs('bob', 'a9', { size: 1, code: 'a' });
      assert.equal((await applyAs('ann', 'a9', { size: 1 })).body.spec.code, 'a');
      assert.equal((await applyAs('bob', 'a9', { size: 1 })).body.spec.code, undefined);
    });

    it('does not remove what somebody wrote without applying it', async () => {
      await applyAs('ann', 'a10', { size: 1 });
      await subject.client.merge(path('a10'), { spec: { code: 'w' } });
      assert.equal((await applyAs('ann', 'a10', { size: 1 })).body.spec.code, 'w');
    });

    it('merges a list-type map by its keys', async () => {
      await applyAs('ann', 'a11', { size: 1, members: [{ node: 'n1', state: 'up' }] });
      const { body } = await applyAs('bob', 'a11', { size: 1, members: [{ node: 'n2', state: 'down' }] });
      assert.deepEqual(body.spec.members, [
        { node: 'n1', state: 'up' },
        { node: 'n2', state: 'down' },
      ]);
      const { body: moved } = await applyAs('bob', 'a11', { size: 1, members: [{ node: 'n2', state: 'up' }] });
      assert.deepEqual(moved.spec.members, [
        { node: 'n1', state: 'up' },
        { node: 'n2', state: 'up' },
      ]);
      const { status, body: refused } = await applyAs('bob', 'a11', {
        size: 1,
        members: [{ node: 'n1', state: 'down' }],
      });
      assert.equal(status, 409);
      assert.match(refused.message, /: \.spec\.members\[node="n1"\]\.state$/);
      const { body: left } = await applyAs('bob', 'a11', { size: 1 });
      assert.deepEqual(left.spec.members, [{ node: 'n1', state: 'up' }]);
    });

    it('refuses two items of one key, and an item without its key', async () => {
      const twice = await applyAs('ann', 'a12', { size: 1, members: [{ node: 'n1' }, { node: 'n1' }] });
      assert.ok(twice.status >= 400, String(twice.status));
      assert.match(twice.body.message, /duplicate entries for key \[node="n1"\]/);
      const nameless = await applyAs('ann', 'a12', { size: 1, members: [{ state: 'up' }] });
      assert.ok(nameless.status >= 400, String(nameless.status));
      assert.match(nameless.body.message, /omits key field "node"/);
    });

    it('merges a set by its values', async () => {
      await applyAs('ann', 'a13', { size: 1, tags: ['a', 'b'] });
      const { body } = await applyAs('bob', 'a13', { size: 1, tags: ['c', 'b'] });
      assert.deepEqual([...body.spec.tags].sort(), ['a', 'b', 'c']);
      const { body: left } = await applyAs('ann', 'a13', { size: 1 });
      assert.deepEqual([...left.spec.tags].sort(), ['b', 'c']);
    });

    it('treats an atomic list as one field', async () => {
      await applyAs('ann', 'a14', { size: 1, steps: ['a', 'b'] });
      const { status, body } = await applyAs('bob', 'a14', { size: 1, steps: ['a'] });
      assert.equal(status, 409);
      assert.match(body.message, /: \.spec\.steps$/);
      assert.deepEqual((await applyAs('bob', 'a14', { size: 1, steps: ['c'] }, true)).body.spec.steps, ['c']);
    });

    since(subject, 22, 'owns parts of free-form maps', async () => {
      await applyAs('ann', 'a15', { size: 1, free: { deep: { a: 1 } } });
      const { body } = await applyAs('bob', 'a15', { size: 1, free: { deep: { b: [1, 2] } } });
      assert.deepEqual(body.spec.free, { deep: { a: 1, b: [1, 2] } });
      assert.equal((await applyAs('bob', 'a15', { size: 1, free: { deep: { a: 2 } } })).status, 409);
    });

    it('gives what an update changes to the updater', async () => {
      await applyAs('ann', 'a16', { size: 1, code: 'a' });
      const { body } = await subject.client.merge(`${path('a16')}?fieldManager=ed`, { spec: { size: 3 } });
      assert.deepEqual(fieldsOf(body, 'ann'), { 'f:spec': { 'f:code': {} } });
      const updater = body.metadata.managedFields.find((entry: Body) => entry.manager === 'ed');
      assert.equal(updater.operation, 'Update');
      assert.deepEqual(updater.fieldsV1, { 'f:spec': { 'f:size': {} } });
      const { status, body: refused } = await applyAs('ann', 'a16', { size: 1, code: 'a' });
      assert.equal(status, 409);
      assert.match(
        refused.message,
        /^Apply failed with 1 conflict: conflict with "ed" using contract\.example\/v1( at \S+)?: \.spec\.size$/,
      );
    });

    it('forgets the ownership of fields that are removed', async () => {
      await applyAs('ann', 'a17', { size: 1, code: 'a' });
      const { body } = await subject.client.merge(path('a17'), { spec: { code: null } });
      assert.deepEqual(fieldsOf(body, 'ann'), { 'f:spec': { 'f:size': {} } });
    });

    it('records what a creation sets, with the maps it makes', async () => {
      const created = {
        ...widget('a18', { size: 1, box: { depth: 1 } }),
        metadata: { name: 'a18', labels: { l: 'v' } },
      };
      const { body } = await subject.client.post(`${widgets}?fieldManager=maker`, created);
      assert.deepEqual(fieldsOf(body, 'maker'), {
        'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
        'f:spec': { '.': {}, 'f:size': {}, 'f:color': {}, 'f:box': { '.': {}, 'f:depth': {} } },
      });
    });

    it('owns labels and annotations one by one', async () => {
      const labelled = (labels: object) => ({ ...widget('a19'), metadata: { name: 'a19', labels } });
      await subject.client.apply(path('a19'), 'ann', labelled({ a: '1' }));
      const { body } = await subject.client.apply(path('a19'), 'bob', labelled({ b: '2' }));
      assert.deepEqual(body.metadata.labels, { a: '1', b: '2' });
      const { body: left } = await subject.client.apply(path('a19'), 'ann', widget('a19'));
      assert.deepEqual(left.metadata.labels, { b: '2' });
    });

    it('applies to the state of a resourceVersion only', async () => {
      const { body } = await applyAs('ann', 'a20', { size: 1 });
      await subject.client.merge(path('a20'), { spec: { code: 'x' } });
      const dated = {
        ...widget('a20', { size: 2 }),
        metadata: { name: 'a20', resourceVersion: body.metadata.resourceVersion },
      };
      assert.equal((await subject.client.apply(path('a20'), 'ann', dated)).status, 409);
    });

    it('asks for a field manager and refuses managedFields and unknown fields', async () => {
      const content = { contentType: 'application/apply-patch+yaml' };
      const anonymous = await subject.client.request('PATCH', path('a21'), widget('a21'), content);
      assert.equal(anonymous.status, 422);
      assert.match(anonymous.body.message, /fieldManager: Required value/);
      const owned = { ...widget('a21'), metadata: { name: 'a21', managedFields: [] as object[] } };
      owned.metadata.managedFields.push({ manager: 'x', operation: 'Apply', apiVersion: 'contract.example/v1' });
      const forged = await subject.client.apply(path('a21'), 'ann', owned);
      assert.equal(forged.status, 400);
      assert.match(forged.body.message, /metadata.managedFields must be nil/);
      const odd = await applyAs('ann', 'a21', { size: 1, nonsense: true });
      assert.ok(odd.status >= 400, String(odd.status));
      assert.match(odd.body.message, /\.spec\.nonsense: field not declared in schema/);
    });

    it('takes managers of 128 characters, and no longer ones', async () => {
      assert.equal((await applyAs('m'.repeat(128), 'a27', { size: 1 })).status, 201);
      const { status, body } = await applyAs('m'.repeat(129), 'a28', { size: 1 });
      assert.equal(status, 422);
      assert.equal(body.details.causes[0].field, 'fieldManager');
      const put = await subject.client.merge(`${path('a27')}?fieldManager=${'m'.repeat(129)}`, { spec: { size: 2 } });
      assert.equal(put.status, 422);
    });

    it('still validates', async () => {
      const { status, body } = await applyAs('ann', 'a22', { size: 0 });
      assert.equal(status, 422);
      assert.equal(body.details.causes[0].field, 'spec.size');
    });

    it('reads YAML', async () => {
      const text = 'apiVersion: contract.example/v1\nkind: Widget\nmetadata: {name: a23}\nspec:\n  size: 4\n';
      const { status, body } = await subject.client.request('PATCH', `${path('a23')}?fieldManager=ann`, undefined, {
        text,
        contentType: 'application/apply-patch+yaml',
      });
      assert.equal(status, 201);
      assert.equal(body.spec.size, 4);
    });

    it('removes the last label of an object and nothing else of its metadata', async () => {
      const labelled = { ...widget('a25'), metadata: { name: 'a25', labels: { a: '1' } } };
      await subject.client.apply(path('a25'), 'ann', labelled);
      const { status, body } = await subject.client.apply(path('a25'), 'ann', {
        ...widget('a25'),
        metadata: { name: 'a25' },
      });
      assert.equal(status, 200, body.message);
      assert.equal(body.metadata.labels, undefined);
      assert.equal(body.metadata.name, 'a25');
      assert.ok(body.metadata.uid);
    });

    it('merges ports of a Service by port and protocol', async () => {
      const service = (ports: object[]) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'applied' },
        spec: { ports },
      });
      const at = subject.inside('services', 'applied');
      await subject.client.apply(at, 'ann', service([{ port: 53, protocol: 'UDP', name: 'u' }]));
      const { status, body } = await subject.client.apply(
        at,
        'bob',
        service([{ port: 53, protocol: 'TCP', name: 't' }]),
      );
      assert.equal(status, 200, body.message);
      assert.deepEqual(body.spec.ports.map((port: Body) => `${port.protocol}:${port.name}`).sort(), ['TCP:t', 'UDP:u']);
    });
  });
}
