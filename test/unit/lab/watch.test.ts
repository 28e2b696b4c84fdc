import assert from 'node:assert/strict';
import { createWatch } from '../../../scripts/lab/watch.js';

const answered = (sentAt: number, by: string) => ({ sentAt, answeredAt: sentAt + 100, by });

describe('the watch over an address', () => {
  it('says nothing while the same node answers', () => {
    const watch = createWatch('192.0.2.1');
    assert.deepEqual(watch.feed([answered(0, 'n1'), answered(1, 'n1')]), []);
  });

  it('tells a silence once when it begins and once when it ends, across feeds', () => {
    const watch = createWatch('192.0.2.1');
    const lost = Array.from({ length: 30 }, (_, i) => ({ sentAt: 1000 + i * 1000 }));
    assert.deepEqual(watch.feed([answered(0, 'n1'), ...lost]), ['192.0.2.1: silent …']);
    assert.deepEqual(watch.feed([answered(40_000, 'n2')]), [
      '192.0.2.1: silent for 40 ms, 30 requests lost; n2 answers',
    ]);
  });

  it('tells of a move that lost nothing', () => {
    const watch = createWatch('192.0.2.1');
    assert.deepEqual(watch.feed([answered(0, 'n1'), answered(1, 'n2')]), ['192.0.2.1: n2 answers, nothing lost']);
  });
});
