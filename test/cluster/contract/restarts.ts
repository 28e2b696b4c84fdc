import assert from 'node:assert/strict';
import { type Subject, widget, widgets } from './subject.js';

export function restarts(subject: Subject): void {
  describe('a restart', function () {
    this.timeout(90_000);

    it('ends watches and keeps objects, their revisions and the address', async () => {
      const { body: before } = await subject.client.post(widgets, widget('kept'));
      const watch = await subject.client.watch(`${widgets}?resourceVersion=${before.metadata.resourceVersion}`);
      await subject.cluster.restart();
      await watch.ended;
      const { body: after } = await subject.client.get(`${widgets}/kept`);
      assert.deepEqual(after, before);
      const { body: next } = await subject.client.post(widgets, widget('next'));
      assert.ok(Number(next.metadata.resourceVersion) > Number(before.metadata.resourceVersion));
    });
  });
}
