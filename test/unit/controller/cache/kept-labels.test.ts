import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import { eipProblems } from '../../../../src/api/eip-rules.js';
import { type KeptLabels, labelsOf, noteEip } from '../../../../src/controller/cache/kept-labels.js';
import { keepService } from '../../../../src/controller/objects/builtin-objects.js';

const choosing = (...labels: readonly string[]): Eip => ({
  metadata: { name: 'lan' },
  spec: { address: '192.0.2.0/28', serviceSelectors: labels.map((label) => ({ matchLabels: { [label]: 'x' } })) },
});

describe('of the labels of Services', () => {
  it('those are kept that an Eip chooses by, for as long as one does', () => {
    const kept: KeptLabels = new Map();
    assert.equal(noteEip(kept, choosing('app'), undefined), true);
    assert.equal(noteEip(kept, choosing('app', 'tier'), undefined), true);
    assert.equal(noteEip(kept, choosing('app'), choosing('app', 'tier')), false);
    assert.deepEqual([...kept.keys()], ['app']);
    noteEip(kept, undefined, choosing('app'));
    assert.deepEqual([...kept], [['app', 1]]);
    noteEip(kept, undefined, choosing('app'));
    assert.equal(kept.size, 0);
    assert.equal(noteEip(kept, choosing('app'), undefined), true);
  });

  it('none is kept for Eips that choose by none', () => {
    const kept: KeptLabels = new Map();
    assert.equal(noteEip(kept, choosing(), undefined), false);
    assert.equal(noteEip(kept, undefined, choosing()), false);
    assert.equal(kept.size, 0);
    const service = keepService({ metadata: { name: 'web', namespace: 'x', labels: { app: 'web' } } }, kept);
    assert.equal(service.metadata.labels, undefined);
  });

  it('no others are kept of a Service, however many it has', () => {
    const labels = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`label-${at}`, 'x']));
    const kept = new Set(['label-7', 'constructor']);
    const service = keepService({ metadata: { name: 'web', namespace: 'x', labels } }, kept);
    assert.deepEqual(service.metadata.labels, { 'label-7': 'x' });
  });

  it('an Eip that chooses by very many is wrong, and has no more than the first of them kept', () => {
    const eip = choosing(...Array.from({ length: 17 }, (_, at) => `label-${at}`));
    assert.equal(labelsOf(eip).length, 16);
    assert.match(eipProblems(eip)[0]?.message ?? '', /^name 17 labels: at most 16 are possible/);
  });

  it('an Eip that chooses by an operator that does not exist is wrong', () => {
    const serviceSelectors = [{ matchExpressions: [{ key: 'app', operator: 'Is' }] }];
    const eip: Eip = { metadata: { name: 'lan' }, spec: { address: '192.0.2.1', serviceSelectors } };
    assert.equal(eipProblems(eip)[0]?.path, 'spec.serviceSelectors[0].matchExpressions[0].operator');
  });
});
