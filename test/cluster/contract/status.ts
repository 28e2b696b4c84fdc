import assert from 'node:assert/strict';
import { type Subject, since, widget, widgets } from './subject.js';

const path = (name: string) => `${widgets}/${name}`;
const withStatus = (name: string, status: object) => ({
  apiVersion: 'contract.example/v1',
  kind: 'Widget',
  metadata: { name },
  status,
});

export function status(subject: Subject): void {
  describe('the status of an object', () => {
    const report = (node: string, name: string, status: object, force = false) =>
      subject.client.apply(`${path(name)}/status`, `agent-${node}`, withStatus(name, status), force);

    it('is not set by creating or updating the object', async () => {
      const { body } = await subject.client.post(widgets, { ...widget('s1'), status: { holder: 'me' } });
      assert.equal(body.status, undefined);
      const { body: updated } = await subject.client.merge(path('s1'), { status: { holder: 'me' } });
      assert.equal(updated.status, undefined);
    });

    it('is all that its own endpoint changes', async () => {
      const { body: live } = await subject.client.post(widgets, widget('s2'));
      const sent = { ...live, spec: { size: 5 }, status: { holder: 'n1' } };
      sent.metadata.labels = { sneaked: 'in' };
      const { status, body } = await subject.client.put(`${path('s2')}/status`, sent);
      assert.equal(status, 200);
      assert.equal(body.status.holder, 'n1');
      assert.equal(body.spec.size, 1);
      assert.equal(body.metadata.labels, undefined);
      assert.equal(body.metadata.generation, 1);
      assert.notEqual(body.metadata.resourceVersion, live.metadata.resourceVersion);
    });

    it('is validated', async () => {
      await subject.client.post(widgets, widget('s3'));
      const { status, body } = await subject.client.merge(`${path('s3')}/status`, { status: { since: 'yesterday' } });
      assert.equal(status, 422);
      assert.equal(body.details.causes[0].field, 'status.since');
    });

    it('of what is not there cannot be applied', async () => {
      assert.equal((await report('n1', 'nothing', { holder: 'n1' })).status, 404);
    });

    it('takes one entry from each of many appliers', async () => {
      await subject.client.post(widgets, widget('s4'));
      for (const node of ['n1', 'n2', 'n3']) {
        const { status, body } = await report(node, 's4', { members: [{ node, state: 'Backup' }] });
        assert.equal(status, 200, body.message);
      }
      const { body } = await report('n2', 's4', { holder: 'n2', members: [{ node: 'n2', state: 'Active' }] });
      assert.deepEqual(body.status, {
        holder: 'n2',
        members: [
          { node: 'n1', state: 'Backup' },
          { node: 'n2', state: 'Active' },
          { node: 'n3', state: 'Backup' },
        ],
      });
      assert.equal(body.metadata.generation, 1);
    });

    it('passes a field from one applier to the next by force, and stays when the first lets go', async () => {
      await subject.client.post(widgets, widget('s5'));
      await report('n1', 's5', { holder: 'n1', members: [{ node: 'n1', state: 'Active' }] });
      const polite = await report('n2', 's5', { holder: 'n2', members: [{ node: 'n2', state: 'Active' }] });
      assert.equal(polite.status, 409);
      assert.match(polite.body.message, /conflict with "agent-n1".*: \.status\.holder$/);
      await report('n2', 's5', { holder: 'n2', members: [{ node: 'n2', state: 'Active' }] }, true);
      const { body } = await report('n1', 's5', { members: [{ node: 'n1', state: 'Backup' }] });
      assert.deepEqual(body.status, {
        holder: 'n2',
        members: [
          { node: 'n1', state: 'Backup' },
          { node: 'n2', state: 'Active' },
        ],
      });
    });

    it('loses the entry of an applier that applies none', async () => {
      await subject.client.post(widgets, widget('s6'));
      await report('n1', 's6', { members: [{ node: 'n1' }] });
      await report('n2', 's6', { members: [{ node: 'n2' }] });
      const { body } = await report('n1', 's6', {});
      assert.deepEqual(body.status, { members: [{ node: 'n2' }] });
    });

    since(subject, 22, 'belongs to its endpoint: an apply of the object does not claim it', async () => {
      await subject.client.post(widgets, widget('s8'));
      await report('n1', 's8', { holder: 'n1' });
      const { body } = await subject.client.apply(path('s8'), 'agent-n1', widget('s8', { size: 1 }));
      assert.equal(body.status.holder, 'n1');
      const own = body.metadata.managedFields.filter((entry: { manager: string }) => entry.manager === 'agent-n1');
      assert.deepEqual(
        own.map((entry: { subresource?: string }) => entry.subresource ?? ''),
        ['', 'status'],
      );
    });

    it('does not move when applied again', async () => {
      await subject.client.post(widgets, widget('s7'));
      const { body: first } = await report('n1', 's7', { holder: 'n1' });
      const { body: second } = await report('n1', 's7', { holder: 'n1' });
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    });

    it('of a Service carries the addresses of its load balancer', async () => {
      const services = subject.inside('services');
      await subject.client.post(services, {
        metadata: { name: 'balanced' },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
      });
      const applied = (ips: string[]) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'balanced' },
        status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
      });
      const at = `${services}/balanced/status`;
      const { status, body } = await subject.client.apply(at, 'openelb', applied(['192.0.2.1', '2001:db8::1']));
      assert.equal(status, 200, body.message);
      const ips = (ingress: { ip: string }[] | undefined) => (ingress ?? []).map(({ ip }) => ip);
      assert.deepEqual(ips(body.status.loadBalancer.ingress), ['192.0.2.1', '2001:db8::1']);
      const { body: changed } = await subject.client.apply(at, 'openelb', applied(['192.0.2.2']));
      assert.deepEqual(ips(changed.status.loadBalancer.ingress), ['192.0.2.2']);
      const { body: bad } = await subject.client.apply(at, 'openelb', applied(['nonsense']));
      assert.equal(bad.code, 422);
      const { body: none } = await subject.client.apply(at, 'openelb', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'balanced' },
        status: { loadBalancer: {} },
      });
      assert.deepEqual(ips(none.status.loadBalancer.ingress), []);
    });

    it('of a Service survives an update of its spec', async () => {
      const services = subject.inside('services');
      await subject.client.post(services, {
        metadata: { name: 'kept' },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
      });
      await subject.client.merge(`${services}/kept/status`, {
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.3' }] } },
      });
      const { body } = await subject.client.merge(`${services}/kept`, { spec: { ports: [{ port: 81 }] } });
      assert.equal(body.status.loadBalancer.ingress[0].ip, '192.0.2.3');
    });
  });
}
