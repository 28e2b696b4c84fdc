import assert from 'node:assert/strict';
import { growthOf, hasGrown } from '../../soak/growth.js';

describe('what has grown in a soak', () => {
  const grown = (...values: readonly number[]) => {
    const [growth] = growthOf(values.map((value) => new Map([['heap', value]])));
    return hasGrown(growth!);
  };

  it('is what is more than 3 % higher in the last third than in the first', () => {
    assert.equal(grown(100, 100, 100, 101, 102, 102), false);
    assert.equal(grown(100, 100, 101, 102, 104, 104), true);
    assert.equal(grown(100, 100, 60, 60, 60, 60), false);
  });

  it('is not one high value, nor less than half of one thing', () => {
    assert.equal(grown(100, 100, 100, 100, 100, 200, 100, 100, 100), false);
    assert.equal(grown(1, 1, 1, 1.2, 1.2, 1.2), false);
    assert.equal(grown(1, 1, 1, 2, 2, 2), true);
  });

  it('is also what was not there before', () => {
    assert.equal(grown(0, 0, 0, 0, 3, 3), true);
    assert.equal(grown(0, 0, 0, 0, 0, 0), false);
  });
});
