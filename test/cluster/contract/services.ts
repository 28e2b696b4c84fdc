import assert from 'node:assert/strict';
import type { Body } from './raw-client.js';
import { type Subject, since } from './subject.js';

export function services(subject: Subject): void {
  describe('Services', () => {
    const at = (name?: string) => subject.inside('services', name);
    const create = (name: string, spec: object) => subject.client.post(at(), { metadata: { name }, spec });

    it('get an address, a type, protocols and target ports', async () => {
      const { body } = await create('v1', { ports: [{ port: 80 }] });
      assert.match(body.spec.clusterIP, /^10\.96\.\d+\.\d+$/);
      assert.deepEqual(body.spec.clusterIPs ?? [body.spec.clusterIP], [body.spec.clusterIP]);
      assert.equal(body.spec.type, 'ClusterIP');
      assert.equal(body.spec.sessionAffinity, 'None');
      assert.deepEqual(body.spec.ports, [{ port: 80, protocol: 'TCP', targetPort: 80 }]);
      assert.deepEqual(body.status, { loadBalancer: {} });
    });

    it('of type LoadBalancer get node ports and a traffic policy', async () => {
      const { body } = await create('v2', {
        type: 'LoadBalancer',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ],
      });
      const ports = body.spec.ports.map(({ nodePort }: Body) => nodePort);
      for (const port of ports) assert.ok(Number.isInteger(port) && port >= 10_000, String(port));
      assert.notEqual(ports[0], ports[1]);
      assert.equal(body.spec.externalTrafficPolicy, 'Cluster');
    });

    it('with externalTrafficPolicy Local get a port for health checks', async () => {
      const { body } = await create('v3', {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        ports: [{ port: 80 }],
      });
      assert.ok(body.spec.healthCheckNodePort >= 10_000);
      const { body: relaxed } = await subject.client.merge(at('v3'), { spec: { externalTrafficPolicy: 'Cluster' } });
      assert.equal(relaxed.spec.healthCheckNodePort, undefined);
    });

    since(subject, 22, 'keep their node ports when an update leaves them out', async () => {
      const { body: first } = await create('v4', { type: 'LoadBalancer', ports: [{ port: 80 }] });
      const { status, body } = await subject.client.put(at('v4'), {
        ...first,
        spec: { ...first.spec, ports: [{ port: 80 }] },
      });
      assert.equal(status, 200, body.message);
      assert.equal(body.spec.clusterIP, first.spec.clusterIP);
      assert.equal(body.spec.ports[0].nodePort, first.spec.ports[0].nodePort);
    });

    it('cannot change their address', async () => {
      await create('v5', { ports: [{ port: 80 }] });
      const { status } = await subject.client.merge(at('v5'), {
        spec: { clusterIP: '10.96.200.200', clusterIPs: ['10.96.200.200'] },
      });
      assert.equal(status, 422);
    });

    it('lose their node ports when they are no load balancers any more', async () => {
      await create('v6', { type: 'LoadBalancer', ports: [{ port: 80 }] });
      const change = { spec: { type: 'ClusterIP', externalTrafficPolicy: null, ports: [{ port: 80 }] } };
      const { status, body } = await subject.client.merge(at('v6'), change);
      assert.equal(status, 200, body.message);
      assert.equal(body.spec.ports[0].nodePort, undefined);
      assert.equal(body.spec.externalTrafficPolicy, undefined);
    });

    it('do not share a node port', async () => {
      const { body } = await create('v8', { type: 'NodePort', ports: [{ port: 80 }] });
      const { nodePort } = body.spec.ports[0];
      const { status, body: refused } = await create('v9', { type: 'NodePort', ports: [{ port: 80, nodePort }] });
      assert.equal(status, 422);
      assert.match(
        refused.message,
        /spec\.ports\[0\]\.nodePort: Invalid value: \d+: provided port is already allocated/,
      );
    });

    it('may be headless', async () => {
      const { body } = await create('v7', { clusterIP: 'None', selector: { a: 'b' } });
      assert.equal(body.spec.clusterIP, 'None');
    });

    const mistakes: [string, object, string][] = [
      ['no ports', {}, 'spec.ports'],
      ['an unknown type', { type: 'Magic', ports: [{ port: 80 }] }, 'spec.type'],
      ['a port out of range', { ports: [{ port: 70_000 }] }, 'spec.ports[0].port'],
      ['an unknown protocol', { ports: [{ port: 80, protocol: 'ICMP' }] }, 'spec.ports[0].protocol'],
      ['ports without names', { ports: [{ port: 80 }, { port: 81 }] }, 'spec.ports[0].name'],
      [
        'an unknown traffic policy',
        { type: 'LoadBalancer', externalTrafficPolicy: 'Some', ports: [{ port: 80 }] },
        'spec.externalTrafficPolicy',
      ],
    ];
    for (const [what, spec, field] of mistakes)
      it(`are refused with ${what}`, async () => {
        const { status, body } = await create('bad', spec);
        assert.equal(status, 422, JSON.stringify(body));
        assert.ok(
          body.details.causes.some((cause: Body) => cause.field === field),
          JSON.stringify(body.details.causes),
        );
      });

    it('are refused with a port that is no number', async () => {
      const { status, body } = await create('bad', { ports: [{ port: 'http' }] });
      assert.equal(status, 400);
      assert.match(body.message, /cannot be handled as a Service/);
    });
  });
}
