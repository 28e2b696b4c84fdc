import assert from 'node:assert/strict';
import { hashText, rankNodes } from '../../../../src/core/placement/rendezvous.js';

/** Found by trying: of one group they hash alike. */
const twins = ['n1k82jet', 'n1xq5she'];

describe('rendezvous hashing', () => {
  it('gives a text the same number in every version, or an upgrade would move all leaders', () => {
    for (const [text, hash] of [
      ['', 0xab3e_7c0b],
      ['a', 0x91e9_da27],
      ['lan-0\nn1', 0xbd8e_229a],
      ['é', 0xa148_7ab7],
      ['一', 0x05c1_adb3],
    ] as const)
      assert.equal(hashText(text), hash, JSON.stringify(text));
  });

  it('ranks by that number, the highest first, whatever the order of the nodes', () => {
    const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
    const ranked = rankNodes('lan-0', nodes);
    const weights = ranked.map((node) => hashText(`lan-0\n${node}`));
    assert.deepEqual(
      weights,
      weights.toSorted((a, b) => b - a),
    );
    assert.deepEqual(rankNodes('lan-0', nodes.toReversed()), ranked);
    assert.notDeepEqual(rankNodes('lan-1', nodes), ranked);
  });

  it('goes by the name where two nodes have the same number', () => {
    assert.equal(hashText(`lan-0\n${twins[0]}`), hashText(`lan-0\n${twins[1]}`));
    assert.deepEqual(rankNodes('lan-0', twins), twins);
    assert.deepEqual(rankNodes('lan-0', twins.toReversed()), twins);
  });
});
