import assert from 'node:assert/strict';
import { runRounds } from '../chaos/rounds.js';

/** Each a fault on every node or on all but one; `npm run chaos` runs them for as long as one likes. */
const rounds = 4;

describe('a cluster that faults befall', function () {
  this.timeout(300_000);

  it(`keeps each address at one node that answers, and shows what is so, over ${rounds} rounds`, async () => {
    const { rounds: lived, fail } = await runRounds(`e2echaos${process.pid}`, {
      seed: 'ci',
      first: 0,
      last: rounds - 1,
      until: Number.POSITIVE_INFINITY,
      say: (text) => console.log(`      ${text}`),
    });
    assert.equal(fail, undefined, fail && [fail.text, ...fail.history].join('\n'));
    assert.equal(lived, rounds);
  });
});
