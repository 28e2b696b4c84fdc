import assert from 'node:assert/strict';
import { type Throttle, throttle, type Verdict } from '../../../../src/agent/engine/realtime-throttle.js';

/** Runs rounds of the loop, each at an instant in milliseconds, and gives the verdicts that change something. */
function verdicts(rounds: readonly (readonly [atMs: number, rests: boolean])[]): string[] {
  let state: Throttle = { busySince: 0, throttledAt: undefined };
  const changes: string[] = [];
  for (const [atMs, rests] of rounds) {
    const judged: { state: Throttle; verdict: Verdict } = throttle(state, rests, atMs * 1000);
    state = judged.state;
    if (judged.verdict !== 'as-before') changes.push(`${judged.verdict} at ${atMs}`);
  }
  return changes;
}

describe('an engine at real-time priority', () => {
  it('keeps it while it rests now and again', () =>
    assert.deepEqual(
      verdicts([
        [0, false],
        [1900, false],
        [1901, true],
        [3900, false],
        [3901, true],
      ]),
      [],
    ));
  it('gives it up when it has not rested for two seconds', () =>
    assert.deepEqual(
      verdicts([
        [0, true],
        [1000, false],
        [2000, false],
        [2001, false],
        [3000, false],
      ]),
      ['give-up-priority at 2001'],
    ));
  it('gets it back once it has behaved for ten seconds', () =>
    assert.deepEqual(
      verdicts([
        [2001, false],
        [2002, true],
        [12_001, true],
        [12_002, true],
        [12_003, true],
      ]),
      ['give-up-priority at 2001', 'regain-priority at 12002'],
    ));
  it('begins its probation anew at each round without rest', () =>
    assert.deepEqual(
      verdicts([
        [2001, false],
        [8000, false],
        [12_002, true],
        [18_001, true],
      ]),
      ['give-up-priority at 2001', 'regain-priority at 18001'],
    ));
});
