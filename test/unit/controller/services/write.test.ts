import assert from 'node:assert/strict';
import { allocatedAnnotation, eipName, newAddressesAnnotation } from '../../../../src/api/annotations.js';
import { metadataPatch, statusPatch } from '../../../../src/controller/services/write.js';

const changes = { ingress: [{ ip: '192.0.2.1' }], label: 'lan', record: '192.0.2.1', note: '{}' };
const annotations = { [allocatedAnnotation]: '192.0.2.1', [newAddressesAnnotation]: '{}' };
const metadata = { labels: { [eipName]: 'lan' }, annotations };
const service = (written: object = {}) => ({ metadata: { name: 'web', namespace: 'default', ...written } });

describe('the writes of a Service', () => {
  it('say address, label and record at once', () => {
    assert.deepEqual(statusPatch(changes), {
      metadata,
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    });
  });

  it('end with that where the server took all of it', () => {
    assert.equal(metadataPatch(changes, service(metadata)), undefined);
  });

  it('say label and record again to a server that takes no metadata with a status', () => {
    assert.deepEqual(metadataPatch(changes, service()), { metadata });
    assert.deepEqual(metadataPatch(changes, service({ labels: metadata.labels })), { metadata });
    const record = { [allocatedAnnotation]: '192.0.2.1' };
    assert.deepEqual(metadataPatch(changes, service({ ...metadata, annotations: record })), { metadata });
  });

  it('leave the status alone where only metadata changes, and metadata where only conditions do', () => {
    assert.equal(statusPatch({ finalizers: [] }), undefined);
    assert.deepEqual(metadataPatch({ finalizers: [] }, service()), { metadata: { finalizers: [] } });
    assert.deepEqual(statusPatch({ conditions: [] }), { metadata: {}, status: { conditions: null } });
    assert.equal(metadataPatch({ conditions: [] }, service()), undefined);
  });

  it('take away what there is no more of', () => {
    const gone = { [allocatedAnnotation]: null, [newAddressesAnnotation]: null };
    assert.deepEqual(statusPatch({ ingress: [], label: null, record: null, note: null }), {
      metadata: { labels: { [eipName]: null }, annotations: gone },
      status: { loadBalancer: { ingress: null } },
    });
    assert.equal(metadataPatch({ ingress: [], label: null, record: null, note: null }, service()), undefined);
  });
});
