import assert from 'node:assert/strict';
import type { Request } from '../../cluster-nodes/lab/judge.js';
import { counted } from '../../cluster-nodes/lab/standstills.js';

/** Requests each 40 ms for two seconds, of which those from and until these milliseconds were lost. */
const asked = (from = 0, until = 0): readonly Request[] =>
  Array.from({ length: 50 }, (_, at) => {
    const sentAt = at * 40_000;
    const lost = at * 40 >= from && at * 40 < until;
    return lost ? { sentAt } : { sentAt, answeredAt: sentAt + 1_000, by: 'n1' };
  });
const lostOf = (target: readonly Request[], nodes: readonly (readonly Request[])[]) =>
  counted(new Map([['tcp', target]]), nodes)
    .get('tcp')!
    .filter(({ answeredAt }) => answeredAt === undefined).length;

describe('what a judge counts as lost', () => {
  it('is what was lost while the nodes answered for themselves', () => {
    assert.equal(lostOf(asked(400, 800), [asked(), asked(), asked()]), 10);
  });

  it('is what was lost while one of them did not: that may be what is tested', () => {
    assert.equal(lostOf(asked(400, 800), [asked(400, 800), asked(), asked()]), 10);
  });

  it('is not what was lost while two of them did not', () => {
    assert.equal(lostOf(asked(400, 800), [asked(400, 800), asked(440, 760), asked()]), 0);
  });

  it('is what was lost at another time than they', () => {
    assert.equal(lostOf(asked(0, 400), [asked(1600, 1800), asked(1600, 1800), asked()]), 10);
    assert.equal(lostOf(asked(400, 800), [asked(400, 440), asked(1600, 1640), asked()]), 10);
  });
});
