import assert from 'node:assert/strict';
import type { Body } from './raw-client.js';
import { type Subject, widget, widgets } from './subject.js';

const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

function cells(table: Body): Record<string, unknown>[] {
  const names: string[] = table.columnDefinitions.map(({ name }: Body) => name);
  return table.rows.map((row: Body) => Object.fromEntries(names.map((name, index) => [name, row.cells[index]])));
}

export function tables(subject: Subject): void {
  describe('tables', () => {
    it('show Services as kubectl does', async () => {
      const services = subject.inside('services');
      const spec = {
        type: 'LoadBalancer',
        selector: { app: 'x' },
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ],
      };
      const { body } = await subject.client.post(services, {
        metadata: { name: 'shown', labels: { table: 'yes' } },
        spec,
      });
      const [first, second] = body.spec.ports.map(({ nodePort }: Body) => nodePort);
      const { body: table } = await subject.client.get(`${services}?labelSelector=table`, asTable);
      assert.equal(table.kind, 'Table');
      assert.equal(table.apiVersion, 'meta.k8s.io/v1');
      assert.match(table.metadata.resourceVersion, /^\d+$/);
      const [{ Age, ...rest }] = cells(table) as [Record<string, unknown>];
      assert.match(String(Age), /^\d+s$/);
      assert.deepEqual(rest, {
        Name: 'shown',
        Type: 'LoadBalancer',
        'Cluster-IP': body.spec.clusterIP,
        'External-IP': '<pending>',
        'Port(s)': `80:${first}/TCP,81:${second}/TCP`,
        Selector: 'app=x',
      });
      const [row] = table.rows;
      assert.equal(row.object.kind, 'PartialObjectMetadata');
      assert.equal(row.object.metadata.name, 'shown');
      assert.equal(row.object.spec, undefined);
    });

    it('show Nodes, Namespaces and Leases', async () => {
      const status = {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '192.0.2.9' }],
        nodeInfo: nodeInfo(),
      };
      await subject.client.post('/api/v1/nodes', {
        metadata: { name: 'shown', labels: { 'node-role.kubernetes.io/worker': '' } },
        spec: { unschedulable: true },
        status,
      });
      const { body: nodes } = await subject.client.get('/api/v1/nodes?fieldSelector=metadata.name=shown', asTable);
      const [node] = cells(nodes) as [Record<string, unknown>];
      assert.equal(node.Status, 'Ready,SchedulingDisabled');
      assert.equal(node.Roles, 'worker');
      assert.equal(node.Version, 'v1.35.0');
      assert.equal(node['Internal-IP'], '192.0.2.9');
      assert.equal(node['External-IP'], '<none>');
      const { body: namespaces } = await subject.client.get(`/api/v1/namespaces/${subject.namespace}`, asTable);
      assert.equal((cells(namespaces) as [Record<string, unknown>])[0].Status, 'Active');
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${subject.namespace}/leases`;
      await subject.client.post(leases, { metadata: { name: 'shown' }, spec: { holderIdentity: 'me' } });
      const { body: lease } = await subject.client.get(`${leases}/shown`, asTable);
      assert.equal((cells(lease) as [Record<string, unknown>])[0].Holder, 'me');
    });

    it('show the columns of a CRD, wide ones by their priority', async () => {
      await subject.client.post(widgets, widget('shown', { size: 7 }));
      const since = new Date(Date.now() - 3 * 3600_000 - 5 * 60_000).toISOString().replace(/\.\d+/, '');
      await subject.client.merge(`${widgets}/shown/status`, { status: { since } });
      const { body } = await subject.client.get(`${widgets}?fieldSelector=metadata.name=shown`, asTable);
      const shown = body.columnDefinitions.map(({ name, type, priority }: Body) => [name, type, priority]);
      assert.deepEqual(shown, [
        ['Name', 'string', 0],
        ['Size', 'integer', 0],
        ['Since', 'date', 0],
        ['Color', 'string', 1],
      ]);
      assert.deepEqual(cells(body), [{ Name: 'shown', Size: 7, Since: '3h5m', Color: 'red' }]);
    });

    it('carry whole objects or none when asked', async () => {
      const { body: whole } = await subject.client.get(`${widgets}/shown?includeObject=Object`, asTable);
      assert.equal(whole.rows[0].object.spec.size, 7);
      const { body: none } = await subject.client.get(`${widgets}/shown?includeObject=None`, asTable);
      assert.equal(none.rows[0].object ?? null, null);
    });

    it('can be watched', async () => {
      const watch = await subject.client.watch(`${widgets}?fieldSelector=metadata.name=shown`, asTable);
      const first = await watch.next();
      assert.equal(first.object.kind, 'Table');
      assert.equal(first.object.columnDefinitions.length, 4);
      await subject.client.merge(`${widgets}/shown`, { spec: { size: 8 } });
      const second = await watch.next();
      watch.close();
      assert.equal(second.type, 'MODIFIED');
      assert.equal(second.object.columnDefinitions ?? null, null);
      assert.equal(second.object.rows[0].cells[1], 8);
    });

    it('give way to metadata alone', async () => {
      const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
      const { body } = await subject.client.get(`${widgets}?fieldSelector=metadata.name=shown`, { accept });
      assert.equal(body.kind, 'PartialObjectMetadataList');
      assert.equal(body.items[0].metadata.name, 'shown');
      assert.equal(body.items[0].spec, undefined);
    });

    it('are refused in a form nobody speaks', async () => {
      assert.equal((await subject.client.get(widgets, { accept: 'text/csv' })).status, 406);
    });
  });
}

function nodeInfo() {
  const empty = [
    'machineID',
    'systemUUID',
    'bootID',
    'kernelVersion',
    'osImage',
    'containerRuntimeVersion',
    'kubeProxyVersion',
    'operatingSystem',
    'architecture',
  ];
  return { ...Object.fromEntries(empty.map((field) => [field, 'x'])), kubeletVersion: 'v1.35.0' };
}
