import assert from 'node:assert/strict';
import type { Body } from './raw-client.js';
import { type Subject, since, widget, widgets } from './subject.js';

const summary = ({ type, object }: { type: string; object: Body }) => `${type} ${object.metadata.name}`;

export function watches(subject: Subject): void {
  describe('watches', () => {
    const inside = (name?: string) => subject.inside('configmaps', name);
    const revision = async (): Promise<string> => (await subject.client.get(inside())).body.metadata.resourceVersion;

    it('tell in order what happened after a resourceVersion', async () => {
      const since = await revision();
      await subject.client.post(inside(), { metadata: { name: 'w1' } });
      await subject.client.merge(inside('w1'), { data: { a: '1' } });
      const watch = await subject.client.watch(`${inside()}?resourceVersion=${since}`);
      await subject.client.delete(inside('w1'));
      const events = [await watch.next(), await watch.next(), await watch.next()];
      watch.close();
      assert.deepEqual(events.map(summary), ['ADDED w1', 'MODIFIED w1', 'DELETED w1']);
      const revisions = events.map(({ object }) => Number(object.metadata.resourceVersion));
      assert.ok(revisions[0]! < revisions[1]! && revisions[1]! < revisions[2]!, `${revisions}`);
      assert.equal(events[2]!.object.data.a, '1');
    });

    it('begin with what is there when no resourceVersion is given', async () => {
      await subject.client.post(widgets, widget('seen1'));
      const watch = await subject.client.watch(`${widgets}?fieldSelector=metadata.name=seen1`);
      assert.equal(summary(await watch.next()), 'ADDED seen1');
      await subject.client.delete(`${widgets}/seen1`);
      assert.equal(summary(await watch.next()), 'DELETED seen1');
      watch.close();
    });

    it('show an object that comes to match as added, one that no longer does as deleted', async () => {
      await subject.client.post(inside(), { metadata: { name: 'w2' } });
      const watch = await subject.client.watch(
        `${inside()}?labelSelector=team=blue&resourceVersion=${await revision()}`,
      );
      await subject.client.merge(inside('w2'), { metadata: { labels: { team: 'blue' } } });
      assert.equal(summary(await watch.next()), 'ADDED w2');
      await subject.client.merge(inside('w2'), { data: { b: '1' } });
      assert.equal(summary(await watch.next()), 'MODIFIED w2');
      const { body } = await subject.client.merge(inside('w2'), { metadata: { labels: { team: 'red' } } });
      const left = await watch.next();
      watch.close();
      assert.equal(summary(left), 'DELETED w2');
      assert.equal(left.object.metadata.labels.team, 'blue');
      assert.equal(left.object.metadata.resourceVersion, body.metadata.resourceVersion);
    });

    it('say 410 when the resourceVersion is too old', async () => {
      // A cache of the real server begins with the CRD, which came later than revision 1.
      subject.cluster.faults?.expireHistory();
      const watch = await subject.client.watch(`${widgets}?resourceVersion=1`);
      const { type, object } = await watch.next();
      assert.equal(type, 'ERROR');
      assert.equal(object.kind, 'Status');
      assert.equal(object.code, 410);
      assert.equal(object.reason, 'Expired');
      assert.match(object.message, /^too old resource version: 1 \(\d+\)$/);
      await watch.ended;
    });

    it('refuse a resourceVersion that is no number', async () => {
      await assert.rejects(subject.client.watch(`${inside()}?resourceVersion=abc`), /refused: [45]00 .*abc/);
    });

    it('send a bookmark before their time is up, and end', async () => {
      const path = `${inside()}?resourceVersion=${await revision()}&allowWatchBookmarks=true&timeoutSeconds=4`;
      const watch = await subject.client.watch(path);
      // Without any event, the real server has nothing to put into a bookmark.
      await subject.client.post(inside(), { metadata: { generateName: 'marked-' } });
      assert.equal((await watch.next()).type, 'ADDED');
      const { type, object } = await watch.next();
      assert.equal(type, 'BOOKMARK');
      assert.equal(object.kind, 'ConfigMap');
      assert.match(object.metadata.resourceVersion, /^\d+$/);
      await watch.ended;
    });

    since(
      subject,
      32,
      'replace a list when asked: what is there, a bookmark that says so, then what happens',
      async () => {
        await subject.client.post(widgets, widget('listed'));
        const query = 'fieldSelector=metadata.name=listed&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
        const watch = await subject.client.watch(`${widgets}?${query}&allowWatchBookmarks=true`);
        assert.equal(summary(await watch.next()), 'ADDED listed');
        const { type, object } = await watch.next();
        assert.equal(type, 'BOOKMARK');
        assert.equal(object.metadata.annotations['k8s.io/initial-events-end'], 'true');
        await subject.client.delete(`${widgets}/listed`);
        assert.equal(summary(await watch.next()), 'DELETED listed');
        watch.close();
      },
    );

    it('cover a custom resource in every version that is served', async () => {
      const watch = await subject.client.watch(
        `/apis/contract.example/v1beta1/widgets?fieldSelector=metadata.name=both`,
      );
      await subject.client.post(widgets, widget('both'));
      const { object } = await watch.next();
      watch.close();
      assert.equal(object.apiVersion, 'contract.example/v1beta1');
    });
  });
}
