import assert from 'node:assert/strict';
import { rebalanceAnnotation } from '../../../../src/api/annotations.js';
import type { Eip } from '../../../../src/api/eip.js';
import { eipDifference, sameLabels, sameNode } from '../../../../src/controller/cache/differences.js';
import type { Node } from '../../../../src/controller/objects/builtin-objects.js';

describe('what differs', () => {
  const eip: Eip = { metadata: { name: 'lan', annotations: {} }, spec: { address: '192.0.2.0/29' } };
  const noted = (annotations: Record<string, string>): Eip => ({ ...eip, metadata: { name: 'lan', annotations } });

  it('between two versions of an Eip is its definition before its notes, and its notes before its status', () => {
    assert.equal(eipDifference(eip, { ...eip, status: { usage: 1 } as NonNullable<Eip['status']> }), 'status');
    assert.equal(eipDifference(eip, noted({ [rebalanceAnnotation]: 'true' })), 'notes');
    assert.equal(eipDifference(eip, noted({ 'eip.openelb.kubesphere.io/is-default-eip': 'true' })), 'definition');
    assert.equal(eipDifference(eip, { ...eip, spec: { address: '192.0.2.0/28' } }), 'definition');
    assert.equal(eipDifference(eip, { ...eip, wrong: [{ path: 'spec', message: 'is wrong' }] }), 'definition');
    assert.equal(eipDifference({ ...eip, metadata: { name: 'lan', deletionTimestamp: 't' } }, eip), 'definition');
  });

  it('of an Eip that came or went is its definition', () => {
    assert.equal(eipDifference(eip, undefined), 'definition');
    assert.equal(eipDifference(undefined, eip), 'definition');
  });

  it('of a Node is what placement and pools read of it', () => {
    const node: Node = { metadata: { name: 'n1', labels: { rack: '1' } } };
    assert.ok(sameNode(node, { ...node, metadata: { ...node.metadata, resourceVersion: '8' } }));
    for (const other of [
      undefined,
      { metadata: { name: 'n1' } },
      { ...node, spec: { unschedulable: true } },
      { ...node, spec: { podCIDRs: ['10.0.0.0/24'] } },
      { ...node, status: { addresses: [{ type: 'InternalIP', address: '192.0.2.9' }] } },
    ])
      assert.ok(!sameNode(node, other));
  });

  it('of a Namespace is its labels', () => {
    const namespace = { metadata: { name: 'x', labels: { team: 'yes' } } };
    assert.ok(sameLabels(namespace, { metadata: { ...namespace.metadata, resourceVersion: '8' } }));
    assert.ok(!sameLabels(namespace, { metadata: { name: 'x' } }));
    assert.ok(!sameLabels(namespace, undefined));
  });
});
