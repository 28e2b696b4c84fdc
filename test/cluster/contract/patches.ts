import assert from 'node:assert/strict';
import { type Subject, widget, widgets } from './subject.js';

const json = { contentType: 'application/json-patch+json' };
const strategic = { contentType: 'application/strategic-merge-patch+json' };

export function patches(subject: Subject): void {
  describe('patches', () => {
    const inside = (name?: string) => subject.inside('configmaps', name);
    const service = (name?: string) => subject.inside('services', name);

    it('merge: null removes, lists are replaced', async () => {
      await subject.client.post(widgets, widget('merged', { size: 1, steps: ['a', 'b'], box: { depth: 1, width: 2 } }));
      const { status, body } = await subject.client.merge(`${widgets}/merged`, {
        spec: { steps: ['c'], box: { width: null } },
      });
      assert.equal(status, 200);
      assert.deepEqual(body.spec, { size: 1, color: 'red', steps: ['c'], box: { depth: 1 } });
    });

    it('with a resourceVersion apply to that state only', async () => {
      const { body } = await subject.client.post(inside(), { metadata: { name: 'exact' } });
      await subject.client.merge(inside('exact'), { data: { a: '1' } });
      const { resourceVersion } = body.metadata;
      const { status } = await subject.client.merge(inside('exact'), {
        metadata: { resourceVersion },
        data: { a: '2' },
      });
      assert.equal(status, 409);
    });

    it('JSON: operations in order, all or nothing', async () => {
      await subject.client.post(inside(), { metadata: { name: 'ops' }, data: { a: '1', 'x.y': '2' } });
      const good = [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'move', from: '/data/x.y', path: '/data/b' },
        { op: 'add', path: '/data/c', value: '3' },
        { op: 'remove', path: '/data/a' },
      ];
      const { body } = await subject.client.request('PATCH', inside('ops'), good, json);
      assert.deepEqual(body.data, { b: '2', c: '3' });
      const bad = [
        { op: 'add', path: '/data/d', value: '4' },
        { op: 'test', path: '/data/b', value: 'no' },
      ];
      assert.equal((await subject.client.request('PATCH', inside('ops'), bad, json)).status, 422);
      assert.deepEqual((await subject.client.get(inside('ops'))).body.data, { b: '2', c: '3' });
    });

    it('JSON: an object is no patch', async () => {
      await subject.client.post(inside(), { metadata: { name: 'object' } });
      assert.equal((await subject.client.request('PATCH', inside('object'), { data: {} }, json)).status, 400);
    });

    it('strategic: ports of a Service are merged by port', async () => {
      const ports = [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ];
      await subject.client.post(service(), { metadata: { name: 'ported' }, spec: { ports } });
      const change = {
        spec: {
          ports: [
            { port: 81, targetPort: 8081 },
            { port: 82, name: 'c' },
            { port: 80, $patch: 'delete' },
          ],
        },
      };
      const { body } = await subject.client.request('PATCH', service('ported'), change, strategic);
      assert.deepEqual(
        body.spec.ports.map(({ name, port, targetPort }: { name: string; port: number; targetPort: number }) => [
          name,
          port,
          targetPort,
        ]),
        [
          ['b', 81, 8081],
          ['c', 82, 82],
        ],
      );
    });

    it('strategic: conditions of a Node are merged by type', async () => {
      const condition = (type: string, status: string) => ({ type, status });
      await subject.client.post('/api/v1/nodes', {
        metadata: { name: 'patched' },
        status: { conditions: [condition('Ready', 'True'), condition('Disk', 'False')] },
      });
      const change = { status: { conditions: [condition('Ready', 'False')] } };
      const { body } = await subject.client.request('PATCH', '/api/v1/nodes/patched/status', change, strategic);
      assert.deepEqual(
        body.status.conditions.map(({ type, status }: { type: string; status: string }) => `${type}=${status}`),
        ['Ready=False', 'Disk=False'],
      );
    });

    it('strategic: not for custom resources', async () => {
      await subject.client.post(widgets, widget('plain'));
      assert.equal((await subject.client.request('PATCH', `${widgets}/plain`, { spec: {} }, strategic)).status, 415);
    });

    it('of what is not there say so', async () => {
      assert.equal((await subject.client.merge(inside('nothing'), {})).status, 404);
    });
  });
}
