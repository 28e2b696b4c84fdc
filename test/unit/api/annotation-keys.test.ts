import assert from 'node:assert/strict';
import fc from 'fast-check';
import { annotationProblem, isOurName, quoted, saysNo } from '../../../src/api/annotation-keys.js';
import { nearest } from '../../../src/api/spelling.js';

describe('the spelling of a word', () => {
  for (const [text, words, found] of [
    ['openelb.io/vip', ['openelb.io/vip'], ['openelb.io/vip']],
    ['OpenELB.io/vip ', ['openelb.io/vip'], ['openelb.io/vip']],
    ['opnelb.io/vip', ['openelb.io/vip'], ['openelb.io/vip']],
    ['openeelb.io/vpi', ['openelb.io/vip'], ['openelb.io/vip']],
    ['a/v1alpha3', ['a/v1alpha1', 'a/v1alpha2'], ['a/v1alpha1', 'a/v1alpha2']],
    ['a/v1alpha2', ['a/v1alpha1', 'a/v1alpha2'], ['a/v1alpha2']],
    ['openelb.io/layer2', ['openelb.io/vip'], []],
    ['', ['openelb'], []],
    ['', ['ab'], ['ab']],
  ] as const) {
    it(`"${text}" is near ${found.join(' and ') || 'nothing'} of ${words.join(' ')}`, () => {
      assert.deepEqual(nearest(text, words), found);
    });
  }

  it('counts slips as the whole table of the alignment does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        assert.equal(nearest(a, [b]).length === 1, slips(a, b) <= 2, `${a} ${b} ${slips(a, b)}`);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an annotation', () => {
  for (const [key, kind, problem] of [
    ['lb.kubesphere.io/v1alpha1', 'Service', undefined],
    ['eip.openelb.kubesphere.io/sharing-key', 'Service', undefined],
    ['protocol.openelb.kubesphere.io/v1alpha1', 'Service', undefined],
    ['layer2.openelb.kubesphere.io/v1alpha1', 'Service', undefined],
    ['metallb.io/address-pool', 'Service', undefined],
    ['kubesphere.io/creator', 'Service', undefined],
    ['app', 'Service', undefined],
    ['constructor', 'Service', undefined],
    ['lb.kubesphere.io/v1alpha2', 'Service', /unknown and does nothing: write lb\.kubesphere\.io\/v1alpha1 \(openelb/],
    ['lb.kubsphere.io/v1alpha1', 'Service', /write lb\.kubesphere\.io\/v1alpha1 /],
    ['LB.KubeSphere.io/v1alpha1', 'Service', /write lb\.kubesphere\.io\/v1alpha1 /],
    [
      'eip.openelb.kubesphere.io/v1alpha3',
      'Service',
      /write eip\.\S+\/v1alpha2 \(names the Eip\) or eip\.\S+\/v1alpha1 /,
    ],
    ['eip.openelb.kubesphere.io/sharing-keys', 'Service', /write eip\.openelb\.kubesphere\.io\/sharing-key /],
    ['openelb.io/pool', 'Service', /write lb\.\S+ .* or eip\.\S+\/v1alpha2 .* or .*\/v1alpha1 .* or .*\/sharing-key /],
    ['eip.porter.kubesphere.io/v1alpha1', 'Service', /unknown and does nothing/],
    ['node-proxy.openelb.kubesphere.io/type', 'Service', /OpenELB's proxy on the nodes/],
    ['eip.openelb.kubesphere.io/is-default-eip', 'Service', /is for an Eip and does nothing on a Service: move it/],
    ['eip.openelb.kubesphere.io/is-default-eip', 'Eip', undefined],
    ['eip.openelb.kubesphere.io/foreign-virtual-router-ids', 'Eip', undefined],
    ['eip.openelb.kubesphere.io/is-defualt-eip', 'Eip', /write eip\.openelb\.kubesphere\.io\/is-default-eip /],
    ['eip.openelb.kubesphere.io/default', 'Eip', /is-default-eip .* or .*force-removal .* or .*rebalance /],
    ['lb.kubesphere.io/v1alpha1', 'Eip', /is for a Service and does nothing on an Eip: move it to the Service/],
  ] as const) {
    it(`${key} on ${kind}: ${problem === undefined ? 'nothing to say' : problem.source}`, () => {
      const message = annotationProblem(key, kind);
      if (problem === undefined) assert.equal(message, undefined);
      else assert.match(message ?? '', problem);
    });
  }

  it('of any name is judged without failing, and repeated in at most 64 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const message = annotationProblem(`openelb.io/${name}`, 'Eip') ?? '';
        assert.ok(message.length < 600, message);
      }),
    );
    assert.equal(quoted('a'.repeat(64)), `"${'a'.repeat(64)}"`);
    assert.equal(quoted('a'.repeat(65)), `"${'a'.repeat(64)}"…`);
    assert.equal(quoted('two\nlines'), '"two\\nlines"');
  });

  it('is ours by its domain alone', () => {
    assert.ok(isOurName('openelb.io/layer2') && isOurName('a.openelb.kubesphere.io/x'));
    for (const other of ['notopenelb.io/x', 'openelb.io.example.com/x', 'openelb.io', 'kubesphere.io/x']) {
      assert.equal(isOurName(other), false, other);
    }
  });

  it('says no in many ways', () => {
    assert.deepEqual(['no', 'False', ' off ', '0', 'none'].map(saysNo), [true, true, true, true, true]);
    assert.deepEqual(['', 'yes', 'opnelb'].map(saysNo), [false, false, false]);
  });
});

/** Optimal string alignment distance, by its definition. */
function slips(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j));
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const options = [table[i - 1]![j]! + 1, table[i]![j - 1]! + 1, table[i - 1]![j - 1]! + same];
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) options.push(table[i - 2]![j - 2]! + 1);
      table[i]![j] = Math.min(...options);
    }
  }
  return table[a.length]![b.length]!;
}
