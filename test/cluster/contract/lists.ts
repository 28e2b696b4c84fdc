import assert from 'node:assert/strict';
import type { Body } from './raw-client.js';
import type { Subject } from './subject.js';

const names = (body: Body): string[] => body.items.map((item: Body) => item.metadata.name);

export function lists(subject: Subject): void {
  describe('lists', () => {
    const inside = (query = '') => `${subject.inside('configmaps')}?${query}`;

    before(async () => {
      for (const [name, labels] of Object.entries({
        l1: { row: 'a', odd: 'yes' },
        l2: { row: 'b' },
        l3: { row: 'b', odd: 'yes' },
      }))
        await subject.client.post(inside(), { metadata: { name, labels } });
    });

    it('come in key order, without types of their items, at the newest resourceVersion', async () => {
      const { body } = await subject.client.get(inside('labelSelector=row'));
      assert.equal(body.kind, 'ConfigMapList');
      assert.deepEqual(names(body), ['l1', 'l2', 'l3']);
      assert.equal(body.items[0].kind, undefined);
      const { body: next } = await subject.client.post(inside(), { metadata: { name: 'l4' } });
      assert.ok(Number(next.metadata.resourceVersion) > Number(body.metadata.resourceVersion));
    });

    const selectors: [string, string[]][] = [
      ['row=b', ['l2', 'l3']],
      ['row==a', ['l1']],
      ['row,row!=b', ['l1']],
      ['row in (a,b),odd', ['l1', 'l3']],
      ['row,!odd', ['l2']],
      ['row notin (a),odd=yes', ['l3']],
    ];
    for (const [selector, expected] of selectors)
      it(`select by labels: ${selector}`, async () => {
        const { body } = await subject.client.get(inside(`labelSelector=${encodeURIComponent(selector)}`));
        assert.deepEqual(names(body), expected);
      });

    it('refuse a label selector that makes no sense', async () => {
      assert.equal((await subject.client.get(inside('labelSelector=a%3D%3D%3Db'))).status, 400);
    });

    it('select by name', async () => {
      assert.deepEqual(names((await subject.client.get(inside('fieldSelector=metadata.name=l2'))).body), ['l2']);
    });

    it('select Pods by node and Events by what they are about', async () => {
      const pods = subject.inside('pods');
      const spec = (nodeName: string) => ({ nodeName, containers: [{ name: 'c', image: 'i' }] });
      await subject.client.post(pods, { metadata: { name: 'p1' }, spec: spec('n1') });
      await subject.client.post(pods, { metadata: { name: 'p2' }, spec: spec('n2') });
      assert.deepEqual(names((await subject.client.get(`${pods}?fieldSelector=spec.nodeName=n2`)).body), ['p2']);
      const events = subject.inside('events');
      for (const name of ['e1', 'e2'])
        await subject.client.post(events, {
          metadata: { name },
          involvedObject: { kind: 'Service', name, namespace: subject.namespace },
        });
      const about = `${events}?fieldSelector=involvedObject.kind=Service,involvedObject.name=e2`;
      assert.deepEqual(names((await subject.client.get(about)).body), ['e2']);
    });

    it('refuse a field that cannot be selected by', async () => {
      const { status, body } = await subject.client.get(inside('fieldSelector=data.a=1'));
      assert.equal(status, 400);
      assert.match(body.message, /data\.a/);
    });

    it('come in pages of one and the same state', async () => {
      const { body: first } = await subject.client.get(inside('labelSelector=row&limit=2'));
      assert.deepEqual(names(first), ['l1', 'l2']);
      await subject.client.post(inside(), { metadata: { name: 'l2b', labels: { row: 'late' } } });
      const { body: second } = await subject.client.get(
        inside(`labelSelector=row&limit=2&continue=${first.metadata.continue}`),
      );
      assert.deepEqual(names(second), ['l3']);
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
      assert.equal(second.metadata.continue ?? '', '');
      await subject.client.delete(subject.inside('configmaps', 'l2b'));
    });

    it('refuse a continue token that is none', async () => {
      assert.equal((await subject.client.get(inside('limit=1&continue=nonsense'))).status, 400);
    });

    it('span namespaces', async () => {
      const { body } = await subject.client.get('/api/v1/configmaps?labelSelector=row=a');
      assert.deepEqual(names(body), ['l1']);
    });
  });
}
